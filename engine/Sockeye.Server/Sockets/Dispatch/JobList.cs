using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>The jobs of one socket that wait, in their order, and what they weigh.</summary>
/// <remarks>A part of its <see cref="HandlerQueue"/>, whose lock guards it; whether it is empty any thread may ask. It owns its jobs until they are taken. What may wait is limited by
/// <see cref="HandlerLoad"/>, for what clients send.</remarks>
internal struct JobList
{
    private HandlerJob? _first;
    private HandlerJob? _last;
    private int _count;
    private int _bytes;

    /// <summary>Whether nothing waits. Any thread.</summary>
    public readonly bool IsEmpty => Volatile.Read(in _first) is null;

    /// <summary>How many wait. Any thread.</summary>
    public readonly int Count => Volatile.Read(in _count);

    /// <summary>The one whose turn is next.</summary>
    public readonly HandlerJob? First => _first;

    /// <summary>Whether more waits than so many jobs, or so many bytes.</summary>
    public readonly bool IsMoreThan(int count, int bytes) => _count > count || _bytes > bytes;

    public void Append(HandlerJob job)
    {
        if (_last is null)
        {
            Volatile.Write(ref _first, job);
        }
        else
        {
            _last.Next = job;
        }

        _last = job;
        _count++;
        _bytes += job.Bytes;
        BufferCounters.Hold(job.BytesBesideFrames);
    }

    /// <summary>Takes the first job out.</summary>
    public void RemoveFirst()
    {
        var job = _first!;
        Volatile.Write(ref _first, job.Next);
        if (job.Next is null)
        {
            _last = null;
        }

        job.Next = null;
        Forget(job);
    }

    /// <summary>Takes out what may be dropped, which the handlers of the connection and of its end may not.</summary>
    /// <param name="isMeant">Which of it; null: all.</param>
    /// <param name="events">Number of events among it.</param>
    /// <returns>The jobs as a chain, to be discarded without the lock.</returns>
    public HandlerJob? RemoveDroppable(Predicate<HandlerJob>? isMeant, out int events)
    {
        HandlerJob? first = null, last = null, dropped = null, next;
        events = 0;
        for (var job = _first; job is not null; job = next)
        {
            next = job.Next;
            if (job.MayBeDropped && isMeant?.Invoke(job) != false)
            {
                events += job is QueuedEvent ? 1 : 0;
                Forget(job);
                job.Next = dropped;
                dropped = job;
                continue;
            }

            first ??= job;
            if (last is not null)
            {
                last.Next = job;
            }

            last = job;
        }

        if (last is not null)
        {
            last.Next = null;
        }

        Volatile.Write(ref _first, first);
        _last = last;
        return dropped;
    }

    /// <summary>Counts a job out.</summary>
    private void Forget(HandlerJob job)
    {
        _count--;
        _bytes -= job.Bytes;
        BufferCounters.Hold(-job.BytesBesideFrames);
    }
}
