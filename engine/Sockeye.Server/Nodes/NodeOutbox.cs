using System.Runtime.CompilerServices;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;

namespace Sockeye.Server.Nodes;

/// <summary>What leaves this server for others in streams: at once, or at the end of the turn in which a game loop says it, as one message for each subject.</summary>
/// <remarks>It owns a batch for each game loop that has published, which goes with the loop. Any thread. Lives as long as the cluster of its server.</remarks>
internal sealed class NodeOutbox(ClusterPort port, LoopSet loops)
{
    private readonly ConditionalWeakTable<ServerGameLoop, TurnBatch> _batches = [];

    /// <summary>Publishes the next message of the stream of a subject.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="isRoom">Whether it is that of one room: what goes to two rooms has no order, and what goes to a room and to all has the order in which it was said.</param>
    /// <param name="head">The head, which is complete apart from its number.</param>
    /// <param name="parts">The body.</param>
    /// <returns>Whether the bus has taken it; what waits for the end of a turn was taken by that.</returns>
    public EmitResult Publish(string subject, bool isRoom, HeadWriter head, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        if (!head.IsTooLong && loops.CurrentGameLoop() is { } loop)
        {
            var batch = _batches.GetValue(loop, _ => new TurnBatch(port));
            if (!batch.IsHeld)
            {
                batch.IsHeld = true;
                loop.Hold(batch);
            }

            return batch.Add(subject, isRoom, head, parts);
        }

        return port.Publish(subject, head, parts);
    }

    /// <summary>Publishes at once, behind what waits for the end of this turn.</summary>
    public EmitResult PublishNow(string subject, HeadWriter head, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        if (loops.CurrentGameLoop() is { } loop && _batches.TryGetValue(loop, out var batch))
        {
            batch.Send();
        }

        return port.Publish(subject, head, parts);
    }
}
