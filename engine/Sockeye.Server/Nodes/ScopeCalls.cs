using Sockeye.Abstractions.Sockets;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;

namespace Sockeye.Server.Nodes;

/// <summary>What other servers are asked about the sockets of a namespace, or of all namespaces of a pattern, and how their answers become one.</summary>
/// <remarks>It owns nothing. Any thread. Lives as long as the namespace.</remarks>
/// <param name="hub">Asks.</param>
/// <param name="name">The namespace, or the pattern.</param>
/// <param name="server">Reads what is answered.</param>
internal sealed class ScopeCalls(NodeHub hub, string name, ServerContext server)
{
    private TimeSpan Patience => hub.Options.RequestTimeout;

    /// <summary>Adds the sockets of other servers to those of this one.</summary>
    public async Task<FetchResult> FetchAsync(BroadcastScope scope, List<RemoteSocket> own, CancellationToken cancellationToken)
    {
        List<string> missing = [];
        foreach (var (node, answer) in await AskAllAsync(ClusterKind.Fetch, scope, cancellationToken).ConfigureAwait(false))
        {
            if (answer is null || !TryRead(answer, own))
            {
                missing.Add(node.Name);
            }
        }

        return new FetchResult(own, missing);
    }

    /// <summary>Adds the number of the sockets of other servers to that of this one.</summary>
    public async Task<SocketCount> CountAsync(BroadcastScope scope, int own, CancellationToken cancellationToken)
    {
        List<string> missing = [];
        foreach (var (node, answer) in await AskAllAsync(ClusterKind.Count, scope, cancellationToken).ConfigureAwait(false))
        {
            if (!TryRead(answer, out var count))
            {
                missing.Add(node.Name);
            }

            own += count;
        }

        return new SocketCount(own, missing);
    }

    /// <summary>Asks each server what has become of a call there, by the subject on which it got it.</summary>
    public async Task CollectAsync(ClusterNode[] nodes, Func<ClusterNode, string> subject, EmitResult sent, Call call, BroadcastAckCollector collector)
    {
        await WhenAllAsync(nodes, async node =>
        {
            var answer = await hub.CollectAsync(node, sent, call, subject(node)).ConfigureAwait(false);
            if (answer is null || !NodeAckCollector.TryPass(answer, collector, server.Codec))
            {
                collector.NodeMissing(node.Name);
            }
        }, collector.NodeMissing).ConfigureAwait(false);
        collector.PartDone();
    }

    /// <inheritdoc cref="CollectAsync(ClusterNode[], Func{ClusterNode, string}, EmitResult, Call, BroadcastAckCollector)" />
    public async Task CollectAsync(ClusterNode[] nodes, Func<ClusterNode, string> subject, EmitResult sent, Call call, SocketActionCollector collector)
    {
        var count = 0;
        await WhenAllAsync(nodes, async node =>
        {
            var answer = await hub.CollectAsync(node, sent, call, subject(node)).ConfigureAwait(false);
            if (!TryRead(answer, out var applied))
            {
                collector.NodeMissing(node.Name);
            }

            Interlocked.Add(ref count, applied);
        }, collector.NodeMissing).ConfigureAwait(false);
        collector.PartDone(count);
    }

    private async Task<(ClusterNode Node, byte[]? Answer)[]> AskAllAsync(ClusterKind kind, BroadcastScope scope, CancellationToken cancellationToken)
    {
        return await Task.WhenAll(hub.Calls.All.Select(async node => (node, await hub.Calls.AskAsync(
            node, () => hub.Port.Head(kind).Field(WireField.Namespace, name).Scope(scope), default, Patience, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
    }

    /// <summary>Asks all, each for itself: whatever goes wrong with one of them, it is missing, and who waits is told of the rest.</summary>
    private async Task WhenAllAsync(ClusterNode[] nodes, Func<ClusterNode, Task> ask, Action<string> missing)
    {
        await Task.WhenAll(nodes.Select(Ask)).ConfigureAwait(false);

        async Task Ask(ClusterNode node)
        {
            try
            {
                await ask(node).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // A fault of the engine, or of a bus: nobody awaits this but who counts the parts.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                server.ReportFault(fault);
                missing(node.Name);
            }
        }
    }

    /// <summary>A number of sockets; an answer without one is of a server that has none of them.</summary>
    private static bool TryRead(byte[]? answer, out int count)
    {
        var body = new WireReader(answer);
        count = answer is { Length: > 0 } ? body.Number() : 0;
        if (answer is not null && body.IsWhole && count >= 0)
        {
            return true;
        }

        count = 0;
        return false;
    }

    private bool TryRead(ReadOnlySpan<byte> answer, List<RemoteSocket> sockets)
    {
        var body = new WireReader(answer);
        while (!body.IsAtEnd)
        {
            var bytes = body.Bytes();
            if (bytes.IsEmpty)
            {
                return false;
            }

            var one = new WireReader(bytes);
            if (SocketWire.Read(ref one, server.Codec) is not { } socket)
            {
                return false;
            }

            sockets.Add(socket);
        }

        return body.IsWhole;
    }
}
