using System.Numerics;
using Sockeye.Abstractions.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>The acknowledgements that one client owes to one socket.</summary>
/// <remarks>It owns them until they are answered, timed out or failed with their socket. The socket's loop. Made with the first one, and kept as long as the socket. Of more than the limit
/// none is added.</remarks>
internal sealed class AckTable(ClientLink client, int limit)
{
    private readonly Dictionary<long, PendingAck> _open = [];
    private readonly ITransportLoop _loop = client.Session.Loop;

    public int Count => _open.Count;

    /// <returns>False: too many are open, or the client still owes an answer to this id, which was given 2^30 ids ago.</returns>
    public bool TryAdd(PendingAck ack)
    {
        if (_open.Count >= limit || !_open.TryAdd(ack.Id, ack))
        {
            return false;
        }

        if (_open.Count == 1)
        {
            client.BeginOwing();
        }

        // One due-list for each power of two, so that callers who compute their timeouts do not make a list for each.
        var interval = TimeSpan.FromTicks((long)BitOperations.RoundUpToPowerOf2((ulong)ack.Timeout.Ticks));
        // By the clock, not by the turn's time: in a long turn that would be early.
        _loop.DueList(interval).Add(ack, _loop.ReadClock() + ack.Timeout);
        return true;
    }

    /// <summary>Takes one out; null if it was answered, timed out, or never existed.</summary>
    public PendingAck? Remove(long id)
    {
        if (!_open.Remove(id, out var ack))
        {
            return null;
        }

        DueList.Cancel(ack);
        if (_open.Count == 0)
        {
            client.EndOwing();
        }

        return ack;
    }

    /// <summary>Nobody waits for this one any more.</summary>
    public void Forget(AckCallback callback)
    {
        if (_open.TryGetValue(callback.AckId, out var ack) && (ack.Callback == callback || (ack.Callback as TracedAck)?.Inner == callback))
        {
            Remove(ack.Id);
            (ack.Callback as TracedAck)?.Forget();
        }
    }

    /// <summary>Nobody will answer any more.</summary>
    public void FailAll()
    {
        // A callback may emit again; the table is empty by then.
        PendingAck[] open = [.. _open.Values];
        if (open.Length == 0)
        {
            return;
        }

        _open.Clear();
        client.EndOwing();
        foreach (var ack in open)
        {
            DueList.Cancel(ack);
            ack.Callback.Fail(AckStatus.Disconnected);
        }
    }
}
