namespace Sockeye.Transport.Loops;

/// <summary>The open connections of a transport, and with them those of its listeners that have limits of their own.</summary>
/// <remarks>Any thread. Lives as long as the transport. One lock for all of them, once for each connection that opens and once when it closes: loops that accept at the same time never take one more than there may be.</remarks>
internal sealed class ConnectionLimit(int max) : LimitedCount(max)
{
    private readonly Lock _lock = new();

    /// <summary>Whether accepting has to pause at a listener.</summary>
    /// <param name="listener">Its own limit; null: it has none.</param>
    internal bool IsReachedFor(ListenerLimit? listener) => IsReached || listener is { Connections.IsReached: true };

    /// <summary>Takes a place for a connection that is about to be accepted.</summary>
    /// <param name="listener">The listener's own limit; null: it has none.</param>
    /// <returns>False: there is no room, and nothing is taken.</returns>
    internal bool TryOpen(ListenerLimit? listener)
    {
        lock (_lock)
        {
            if (IsReachedFor(listener))
            {
                return false;
            }

            Change(listener, 1);
            return true;
        }
    }

    /// <summary>There is a connection that no limit holds back.</summary>
    internal void Opened(ListenerLimit? listener = null)
    {
        lock (_lock)
        {
            Change(listener, 1);
        }
    }

    /// <summary>The place of a connection is free.</summary>
    internal void Closed(ListenerLimit? listener = null)
    {
        int left, leftThere;
        lock (_lock)
        {
            (left, leftThere) = Change(listener, -1);
        }

        FellTo(left);
        listener?.Connections.FellTo(leftThere);
    }

    /// <summary>Calls when there may be room again at a listener.</summary>
    internal void Watch(ListenerLimit? listener, Action roomy)
    {
        FellBelow += roomy;
        if (listener is not null)
        {
            listener.Connections.FellBelow += roomy;
        }
    }

    /// <summary>Calls no more.</summary>
    internal void Unwatch(ListenerLimit? listener, Action roomy)
    {
        FellBelow -= roomy;
        if (listener is not null)
        {
            listener.Connections.FellBelow -= roomy;
        }
    }

    private (int All, int There) Change(ListenerLimit? listener, int change) => (Add(change), listener?.Connections.Add(change) ?? 0);
}
