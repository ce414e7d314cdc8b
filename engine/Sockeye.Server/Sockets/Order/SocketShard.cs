namespace Sockeye.Server.Sockets;

/// <summary>What the order of a namespace has in store on one event loop, as a socket there sees it.</summary>
/// <remarks>It owns the queue of its loop. Belongs to its loop, apart from <see cref="Queue"/>, which the order lock guards. Lives as long as the namespace.</remarks>
internal abstract class SocketShard
{
    /// <summary>Order lock.</summary>
    public DeliveryQueue Queue { get; } = new();

    /// <summary>Whether an entry is being applied further up the stack.</summary>
    public bool IsBusy { get; protected set; }

    /// <summary>Applies what this thread has queued before, so that what it does next can be done at once.</summary>
    /// <returns>False: an entry is being applied further up the stack, or a game loop holds them back; then the next one has to queue up as well.</returns>
    public bool TryCatchUp()
    {
        if (IsBusy)
        {
            return false;
        }

        DrainWaiting();
        return Queue.Count == 0;
    }

    /// <summary>Applies what waits. Not from inside an entry.</summary>
    public void DrainWaiting()
    {
        if (Queue.Count > 0)
        {
            Drain();
        }
    }

    /// <summary>Applies what is queued; nothing if an entry is being applied further up the stack, which then goes on with it.</summary>
    public abstract void Drain();
}
