using System.Collections.Concurrent;
using Sockeye.Server.Cluster;

namespace Sockeye.Server.Relays;

// What was last of a relay and is lost shows in the stream of the two servers, which does not tell whose it was: so the other server is asked.
internal sealed partial class RelayHub
{
    private readonly ConcurrentDictionary<int, NodeCheck> _checks = new();
    private TimeSpan _askedUpTo = TimeSpan.MinValue;

    /// <summary>Something of a node has not come. Of whose relay it was only that node knows; relays with one that is not in the cluster end by themselves.</summary>
    private void Missed(int node)
    {
        if (!_isClosed && _membership.Members.Has(node))
        {
            var check = _checks.GetOrAdd(node, static _ => new NodeCheck());
            Interlocked.Exchange(ref check.Stamp, NextStamp());
            Port.Publish(Port.Subjects.Relay(node), Port.Head(ClusterKind.RelayAsk).Field(WireField.Call, Interlocked.Increment(ref check.Token)), []);
        }
    }

    /// <summary>A request that has no answer in the time in which each poll gets one may never have come: where the numbers of the stream did not tell, as just after a server has come, nothing else would.</summary>
    private void AskForUnanswered(TimeSpan now)
    {
        var before = now - Engine.Options.PingInterval - Patience;
        foreach (var node in _mine.Select(static pair => pair.Value).Where(entry => entry.Since <= before && entry.Since > _askedUpTo && entry.IsUnanswered).Select(static entry => entry.Node).Distinct())
        {
            Missed(node);
        }

        _askedUpTo = before;
    }

    private void Stand(int node, long incarnation, long token)
    {
        // One of which nothing was sent is not known there.
        (RelayEnd End, uint Sent)[] ends = [.. All().Where(end => end.Node == node && end.Incarnation == incarnation).Select(static end => (end, end.SentForSure)).Where(static stand => !stand.end.IsEntry || stand.SentForSure > 0)];
        var most = Math.Max(1, Math.Min(Port.Bus.MaxMessageBytes / 2, 64 << 10) / RelayStanding.Bytes);
        for (var at = 0; at == 0 || at < ends.Length; at += most)
        {
            var part = ends.AsSpan(at, Math.Min(most, ends.Length - at));
            var body = new byte[part.Length * RelayStanding.Bytes];
            for (var i = 0; i < part.Length; i++)
            {
                new RelayStanding(part[i].End.Id, part[i].Sent, part[i].End.IsEntry).Write(body.AsSpan(i * RelayStanding.Bytes));
            }

            var left = (ends.Length - at - part.Length + most - 1) / most;
            Port.Publish(Port.Subjects.Relay(node), Port.Head(ClusterKind.RelayStand).Field(WireField.Call, token).Field(WireField.Left, left), [body]);
        }
    }

    private void OnStand(in ClusterMessage message)
    {
        var token = message.Number(WireField.Call);
        if (!_checks.TryGetValue(message.Node, out var check) || token != Interlocked.Read(ref check.Token) || message.Body.Length % RelayStanding.Bytes != 0)
        {
            return;
        }

        for (var rest = message.Body; !rest.IsEmpty; rest = rest[RelayStanding.Bytes..])
        {
            var standing = RelayStanding.Read(rest);
            RelayEnd? end = standing.IsFromEntry
                ? _theirs.GetValueOrDefault((message.Incarnation, standing.Id))
                : _mine.GetValueOrDefault(standing.Id);
            if (end is null || end.Node != message.Node || end.Incarnation != message.Incarnation)
            {
                // What began it here, or what ended it there, is lost.
                Tell(message.Node, new RelayHead(standing.Id, 0, RelayFlags.Cut | (standing.IsFromEntry ? RelayFlags.None : RelayFlags.FromEntry), 0));
                continue;
            }

            end.StandToken = token;
            end.CheckStand(standing.Number);
        }

        if (message.Number(WireField.Left) == 0)
        {
            // It does not know them any more, or never has: else it would have told.
            var (node, incarnation, asked) = (message.Node, message.Incarnation, Interlocked.Read(ref check.Stamp));
            FailAll(end => end.Node == node && end.Incarnation == incarnation && end.StandToken != token && end.Known > 0 && end.Known < asked, RelayFault.Hole);
        }
    }

    /// <summary>What is asked of one node.</summary>
    private sealed class NodeCheck
    {
        public long Token;

        /// <summary>When it was asked last.</summary>
        public long Stamp;
    }
}
