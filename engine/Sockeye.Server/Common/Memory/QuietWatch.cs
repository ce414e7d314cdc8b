namespace Sockeye.Server.Common;

/// <summary>Decides, from what the process used between two looks, whether it is quiet and has something to give back.</summary>
/// <remarks>It owns the last look. One thread at a time. Lives as long as the <see cref="IdleTrim"/> that asks it.</remarks>
internal sealed class QuietWatch
{
    /// <summary>More of one processor than this, and the process is at work: a pause would be noticed. Own choice; the heartbeats of 65,536 idle clients need about 3 %.</summary>
    public const double QuietCpuShare = 0.10;

    /// <summary>Allocating faster than this, the process is at work. Own choice: logs and metrics of a quiet server need less, 20 connects per second more.</summary>
    public const long QuietBytesPerSecond = 128 << 10;

    /// <summary>Bytes allocated since the last trim below which another one is not worth its pause. Own choice: what about 500 connects leave behind.</summary>
    public const long WorthwhileBytes = 4 << 20;

    /// <summary>A larger heap is left alone, because its pause would be too long: about a millisecond for each MiB that lives. Own choice.</summary>
    public const long MaxHeapBytes = 256 << 20;

    private ProcessUse _last;
    private bool _hasLast;

    /// <summary>Whether to trim now: the process has been quiet since the last look, without a single message and without a game loop, and has allocated since the last trim.</summary>
    /// <param name="now">What it has used.</param>
    /// <param name="allocatedAtLastTrim">Bytes that had been allocated when the process was last trimmed; 0 if it never was.</param>
    public bool IsTrimDue(in ProcessUse now, long allocatedAtLastTrim)
    {
        var (last, hasLast) = (_last, _hasLast);
        (_last, _hasLast) = (now, true);
        var seconds = (now.Time - last.Time).TotalSeconds;
        return hasLast
            && seconds > 0
            && now.GameLoops == 0
            && now.Messages == last.Messages
            && (now.Cpu - last.Cpu).TotalSeconds <= QuietCpuShare * seconds
            && now.AllocatedBytes - last.AllocatedBytes <= QuietBytesPerSecond * seconds
            && now.AllocatedBytes - allocatedAtLastTrim >= WorthwhileBytes
            && now.HeapBytes <= MaxHeapBytes;
    }
}
