using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Sockeye.EngineIO.Http;
using Sockeye.Server.Cluster;

namespace Sockeye.Server.Relays;

// A bus that says that nobody listens to the owner of a session says it of one that is dead, and of one that looks for its bus. Nothing has come there, so the request is sent again.
internal sealed partial class RelayHub
{
    /// <summary>Below it stands the number of each relay, where answers would be expected. Nobody listens there.</summary>
    private readonly string _unheard;

    /// <summary>The place of one that nobody has heard: its request is tried again, under another number.</summary>
    public void Replace(HttpExchange exchange, string sid, int node, long incarnation, RelayPeer peer, Action<RelayEntry> begin)
    {
        Interlocked.Increment(ref _entries);
        Add(exchange, sid, node, incarnation, peer, begin);
    }

    private static string Unheard(ClusterPort port) => $"{port.Subjects.Inbox}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16))}.";

    private string? ReplyTo(RelayEnd end) => end.Kind == ClusterKind.RelayOpen ? _unheard + end.Id.ToString("x", CultureInfo.InvariantCulture) : null;

    /// <summary>Nobody listens where a request was sent, and so nobody has got it.</summary>
    private void OnNoResponders(string replyTo)
    {
        if (replyTo.StartsWith(_unheard, StringComparison.Ordinal)
            && long.TryParse(replyTo.AsSpan(_unheard.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) && _mine.TryGetValue(id, out var entry))
        {
            _membership.Doubt(entry.Node);
            entry.Loop.Post(static entry => ((RelayEntry)entry!).OnUnheard(), entry);
        }
    }
}
