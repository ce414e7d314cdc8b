using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using DotNetty.Common.Concurrency;
using DotNetty.Common.Internal;

namespace Sockeye.Transport.Transports;

/// <summary>
/// The task queue of the portable loop, which owns the tasks. DotNetty's loop has no turns; this queue gives it some: when the tasks that stood in it
/// at the beginning of a turn have run, the turn-end items do, and the time between two tasks shows the ones that took too long.
/// </summary>
/// <remarks>Any thread enqueues, the loop dequeues. Lives as long as the loop; what it holds when that has ended is dropped. It is not bounded.</remarks>
internal sealed class PortableQueue : IQueue<IRunnable>
{
    private readonly ConcurrentQueue<IRunnable> _tasks = new();
    private int _left;      // tasks that this turn has still to run

    /// <summary>The loop that takes from this queue; set before anything is enqueued.</summary>
    internal PortableLoop? Loop { get; set; }

    public int Count => _tasks.Count;

    public bool IsEmpty => _tasks.IsEmpty;

    public bool TryEnqueue(IRunnable item)
    {
        _tasks.Enqueue(item);
        return true;
    }

    public bool TryDequeue(out IRunnable item)
    {
        Loop?.TaskEnded();
        if (_left == 0)
        {
            if (Loop is { HasTurnEnds: true } loop)
            {
                item = loop.TurnEnd;
                loop.TaskStarts();
                return true;
            }

            // What comes meanwhile waits for the next turn: work that posts work must not keep what was written from leaving.
            _left = Math.Max(_tasks.Count, 1);
        }

        if (!_tasks.TryDequeue(out item!))
        {
            _left = 0;
            return false;
        }

        _left--;
        Loop?.TaskStarts();
        return true;
    }

    /// <summary>Takes a task that no loop takes any more. Any thread.</summary>
    internal bool TryTake([NotNullWhen(true)] out IRunnable? item) => _tasks.TryDequeue(out item);

    public bool TryPeek(out IRunnable item) => _tasks.TryPeek(out item!);

    public void Clear() => _tasks.Clear();
}
