using System.Runtime;
using Sockeye.Transport.Common;

namespace Sockeye.Transport.Loops;

/// <summary>
/// Tells turns of one loop that took too long. Code that runs for the first time has to be compiled: a turn that took long for that is told at
/// Debug, because no handler is at fault.
/// </summary>
/// <remarks>The loop's thread only; it lives as long as the loop. Short turns cost one comparison: what they compiled counts towards the next long one.</remarks>
internal sealed class LongTurns(LoopSettings settings)
{
    /// <summary>A turn that takes this part of the threshold is one of which is asked what was compiled.</summary>
    private const int Part = 16;

    private readonly TimeSpan _askFrom = settings.StallThreshold < TimeSpan.Zero ? TimeSpan.MaxValue : settings.StallThreshold / Part;
    private TimeSpan _compiledBefore, _compiling;

    /// <summary>How long the calling thread has compiled so far: the runtime's figure, or a test's. With Native AOT it is always zero.</summary>
    internal Func<TimeSpan> Compiled { get; init; } = static () => JitInfo.GetCompilationTime(currentThread: true);

    /// <summary>A turn has ended.</summary>
    /// <returns>Whether it took longer than the threshold.</returns>
    internal bool IsStall(TimeSpan took)
    {
        if (took <= _askFrom)
        {
            return false;
        }

        var compiled = Compiled();
        _compiling = compiled - _compiledBefore;
        _compiledBefore = compiled;
        return took > settings.StallThreshold;
    }

    /// <summary>Tells of the turn that was a stall.</summary>
    internal void Tell(string loop, TimeSpan took, string activity)
    {
        if (took - _compiling > settings.StallThreshold)
        {
            TransportLog.Stall(settings.Logger, loop, took.TotalMilliseconds, activity);
        }
        else
        {
            TransportLog.FirstRun(settings.Logger, loop, took.TotalMilliseconds, _compiling.TotalMilliseconds, activity);
        }
    }
}
