using Sockeye.Cluster;
using Sockeye.Server.Cluster;

namespace Sockeye.Server.Relays;

// What other servers say of relays, and to which of them it belongs. The bus's thread.
internal sealed partial class RelayHub
{
    /// <summary>A message has come for this node. The bus's thread.</summary>
    private void Receive(in ClusterMessage message, string? replyTo)
    {
        switch (message.Kind)
        {
            case ClusterKind.RelayOpen:
                OnOpen(message);
                break;
            case ClusterKind.Relay:
                OnFrame(message);
                break;
            case ClusterKind.RelayAsk:
                Stand(message.Node, message.Incarnation, message.Number(WireField.Call));
                break;
            case ClusterKind.RelayStand:
                OnStand(message);
                break;
            default:
                Port.Count(WireFault.Unknown);
                break;
        }
    }

    private void OnOpen(in ClusterMessage message)
    {
        var loops = Http.Transport.Loops;
        if (!RelayHead.TryRead(message.Find(WireField.Relay), out var head) || !head.IsFromEntry || message.Body.IsEmpty || RelayPeer.Read(message.Find(WireField.Peer)) is not { } peer)
        {
            Port.Count(WireFault.Corrupt);
            return;
        }

        if (head.Number != 1 || _theirs.ContainsKey((message.Incarnation, head.Id)))
        {
            Port.Count(WireFault.Duplicate);
            return;
        }

        // One thread adds to them.
        if (_isClosed || Engine.IsMemoryShort || Volatile.Read(ref _owned) >= _options.OpenRelays)
        {
            Port.Count(WireFault.Refused);
            Tell(message.Node, new RelayHead(head.Id, 1, RelayFlags.Cut | RelayFlags.Busy, 0));
            return;
        }

        var sid = message.Text(WireField.Session);
        var isPoll = message.Body.StartsWith("GET "u8) && (head.Flags & RelayFlags.Whole) != 0;
        // An id that a client has made up names any loop: that there is no such session is an answer too.
        var owned = new RelayOwned(this, loops[peer.Loop < loops.Count ? peer.Loop : 0], head.Id, message.Node, message.Incarnation, peer, isPoll ? sid : null);
        _theirs[(message.Incarnation, head.Id)] = owned;
        Interlocked.Increment(ref _owned);
        if (_isClosed)
        {
            owned.FailLater(RelayFault.Gone);       // who has ended all others meanwhile has not found it
        }

        owned.Receive(head, message);
    }

    private void OnFrame(in ClusterMessage message)
    {
        if (!RelayHead.TryRead(message.Find(WireField.Relay), out var head))
        {
            Port.Count(WireFault.Corrupt);
        }
        else if (head.IsFromEntry)
        {
            if (_theirs.TryGetValue((message.Incarnation, head.Id), out var owned))
            {
                owned.Receive(head, message);
            }
            else if ((head.Flags & RelayFlags.Cut) != 0)
            {
                AnswerLost(message.Incarnation, head.Id);
            }
        }
        else if (_mine.TryGetValue(head.Id, out var entry) && entry.Node == message.Node && entry.Incarnation == message.Incarnation)
        {
            entry.Receive(head, message);
        }
        else if (head.Id > Interlocked.Read(ref _lastId))
        {
            Port.Count(WireFault.Stray);
        }
    }

    /// <summary>A frame that belongs to no relay of this server.</summary>
    private void Tell(int node, in RelayHead head)
    {
        var writer = Port.Head(ClusterKind.Relay);
        head.Write(writer);
        Port.Publish(Port.Subjects.Relay(node), writer, []);
    }
}
