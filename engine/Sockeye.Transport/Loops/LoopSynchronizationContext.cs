namespace Sockeye.Transport.Loops;

/// <summary>A loop that runs callbacks of its synchronisation context.</summary>
internal interface ICallbackLoop
{
    /// <summary>Whether the calling thread is the loop's.</summary>
    bool InEventLoop { get; }

    /// <summary>Queues the callback. After the loop has stopped it runs on the thread pool: a method that awaits on the loop would hang for ever otherwise.</summary>
    void PostCallback(SendOrPostCallback callback, object? state);
}

/// <summary>Brings what follows an <c>await</c> back to the loop. It owns nothing: what it is given stands among the loop's posted work.</summary>
/// <remarks>Any thread. Lives as long as the loop; afterwards what it is given goes to the thread pool.</remarks>
internal sealed class LoopSynchronizationContext(ICallbackLoop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => loop.PostCallback(d, state);

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (loop.InEventLoop)
        {
            d(state);
            return;
        }

        using ManualResetEventSlim done = new();
        Exception? failure = null;
        loop.PostCallback(
            _ =>
            {
                try
                {
                    d(state);
                }
                catch (Exception e)
                {
                    failure = e;
                }
                finally
                {
                    done.Set();
                }
            },
            null);
        done.Wait();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    public override SynchronizationContext CreateCopy() => this;
}
