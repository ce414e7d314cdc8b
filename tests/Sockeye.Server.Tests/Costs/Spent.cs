using Sockeye.Transport;

namespace Sockeye.Server.Tests.Costs;

/// <summary>What a loop has spent, in units that a slow machine does not change.</summary>
internal readonly record struct Spent(long Receives, long Sends, long Accepts, long Controls, long Waits, long Gathered, long Allocated)
{
    /// <summary>On the loop's thread.</summary>
    public static Spent Of(LoopCounters counters) => new(
        counters.Receives, counters.Sends, counters.Accepts, counters.Controls, counters.Waits, counters.BytesGathered, GC.GetAllocatedBytesForCurrentThread());

    public static Spent operator -(Spent a, Spent b) => new(
        a.Receives - b.Receives, a.Sends - b.Sends, a.Accepts - b.Accepts, a.Controls - b.Controls, a.Waits - b.Waits, a.Gathered - b.Gathered, a.Allocated - b.Allocated);
}
