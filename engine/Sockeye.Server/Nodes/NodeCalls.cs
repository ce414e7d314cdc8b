using System.Collections.Concurrent;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;

namespace Sockeye.Server.Nodes;

/// <summary>Questions to other servers, one by one, so that it is known who is missing. One that goes while it is asked is not waited for.</summary>
/// <remarks>It owns a token for each node that is asked. Any thread. Lives as long as the cluster of its server.</remarks>
internal sealed class NodeCalls
{
    private readonly ConcurrentDictionary<(int Node, long Incarnation), CancellationTokenSource> _gone = new();
    private readonly ClusterPort _port;
    private readonly ClusterMembership _membership;
    private long _lastCall;

    public NodeCalls(ClusterPort port, ClusterMembership membership)
    {
        (_port, _membership) = (port, membership);
        membership.Members.Left += OnLeft;
    }

    /// <summary>All that there are.</summary>
    public ClusterNode[] All => _membership.Members.All;

    /// <summary>A number for a call that others are told of.</summary>
    public long Next() => Interlocked.Increment(ref _lastCall);

    /// <summary>Asks a server.</summary>
    /// <param name="node">Which.</param>
    /// <param name="write">Writes the question.</param>
    /// <param name="body">What belongs to it.</param>
    /// <param name="timeout">How long the answer is waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The body of the answer; null: there is none.</returns>
    /// <exception cref="OperationCanceledException">The token has fired.</exception>
    public async Task<byte[]?> AskAsync(ClusterNode node, Func<HeadWriter> write, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var gone = _gone.GetOrAdd((node.NodeId, node.Incarnation), static _ => new CancellationTokenSource());
        if (!_membership.Members.TryFind(node.NodeId, out var there) || there != node.Incarnation)
        {
            OnLeft(node);       // before this could hear of it
            return null;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(gone.Token, cancellationToken);
        var subject = _port.Subjects.Node(node.NodeId);
        var head = write();
        if (head.IsTooLong)
        {
            return null;
        }

        try
        {
            var reply = await _membership.Requester.RequestAsync(subject, _port.Whole(subject, head, [body]), timeout, either.Token).ConfigureAwait(false);
            return reply.IsAnswered && _port.TryOpen("", reply.Payload.Span, out var answer) && answer.Kind == ClusterKind.Reply && answer.Node == node.NodeId && answer.Incarnation == node.Incarnation ? answer.Body.ToArray() : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private void OnLeft(ClusterNode node)
    {
        if (_gone.TryRemove((node.NodeId, node.Incarnation), out var gone))
        {
            gone.Cancel();
        }
    }
}
