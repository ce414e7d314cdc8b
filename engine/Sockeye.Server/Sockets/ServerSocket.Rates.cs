using Sockeye.Server.Common;

namespace Sockeye.Server.Sockets;

/// <content>How often its client may send, where rates are limited. Looked at where an event arrives, before it waits anywhere: what is refused costs no memory.</content>
internal sealed partial class ServerSocket
{
    /// <summary>Whether an event is within its rates; its client hears of one that is not.</summary>
    private bool IsWithinRates(RateTable table, in ReceivedEvent e)
    {
        var rates = Rare.Rates ??= _client.TakeRates() ?? new SocketRates();
        var now = Session.Loop.Now.Ticks;
        long bytes = e.Name.Length + e.Arguments.Length;
        foreach (var attachment in e.Attachments)
        {
            bytes += attachment.Length;
        }

        var limit = rates.TryTake(table, _namespace.Name, Identity, e.Name, bytes, now);
        if (limit == RateLimit.None)
        {
            return true;
        }

        Server.Metrics.RateLimited(limit);
        Server.Log.RateLimited(limit, this, Session.RemoteEndPoint);
        if (!rates.TryRefuse(table, now))
        {
            PutOut(DisconnectReason.RateLimited, "more events were refused than Rates:RefusedPerMinute");
            return false;
        }

        var (name, refusal) = (e.ToName(), limit.Refusal());

        // A client that floods and does not read is told no more than it takes.
        if (Session.IsWritable)
        {
            TellRefused(name, refusal);
        }

        if (e.AckId >= 0)
        {
            new EventContext(this, name, e.AckId).Refuse(refusal);
        }

        return false;
    }

    /// <summary>It ends: its connection keeps what is left.</summary>
    private void KeepRates()
    {
        if (_rare is { Rates: { } rates } rare)
        {
            rare.Rates = null;
            rates.Release();
            _client.KeepRates(rates);
        }
    }

    /// <summary>Disconnects it, in order with what was emitted to it before. On its loop.</summary>
    private void PutOut(DisconnectReason reason, string detail)
    {
        if (Shard.TryCatchUp())
        {
            PutOutInOrder(reason, detail);
        }
        else
        {
            _namespace.RunInOrder(this, new PutOutTask(this, reason, detail));
        }
    }

    private void PutOutInOrder(DisconnectReason reason, string detail)
    {
        if (IsConnected)
        {
            _client.PutOut(this, reason, detail);
        }
    }

    private sealed class PutOutTask(ServerSocket socket, DisconnectReason reason, string detail) : OrderedTask
    {
        public override void Run() => socket.PutOutInOrder(reason, detail);
    }
}
