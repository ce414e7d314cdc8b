namespace Sockeye.Server.Common;

/// <summary>What the process has used up to a moment.</summary>
/// <param name="Time">The moment, on any monotonic clock.</param>
/// <param name="Cpu">Processor time of all threads.</param>
/// <param name="AllocatedBytes">Bytes allocated on the managed heap, those collected since included.</param>
/// <param name="HeapBytes">Bytes on the managed heap at the last collection.</param>
/// <param name="Messages">Events and acknowledgements that servers have received and sent.</param>
/// <param name="GameLoops">Game loops that run at the moment.</param>
internal readonly record struct ProcessUse(TimeSpan Time, TimeSpan Cpu, long AllocatedBytes, long HeapBytes, long Messages = 0, int GameLoops = 0)
{
    public static ProcessUse Now() => new(
        TimeSpan.FromMilliseconds(Environment.TickCount64),
        Environment.CpuUsage.TotalTime,
        GC.GetTotalAllocatedBytes(),
        GC.GetTotalMemory(forceFullCollection: false));
}
