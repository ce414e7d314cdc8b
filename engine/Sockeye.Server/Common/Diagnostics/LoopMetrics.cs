using System.Diagnostics.Metrics;
using System.Globalization;
using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>What the event loops of one server have counted, summed up when somebody reads its meter.</summary>
internal static class LoopMetrics
{
    /// <summary>One for each bucket: its bound in seconds, as the label <c>le</c> of a Prometheus histogram has it.</summary>
    private static readonly KeyValuePair<string, object?>[] Bounds = [.. Enumerable.Range(0, TurnLengths.BucketCount).Select(static bucket => new KeyValuePair<string, object?>("le", Bound(bucket)))];

    public static void Publish(Meter meter, LoopSet loops)
    {
        meter.CreateObservableCounter("sockeye.loop.turns", () => Turns(loops), "{turn}", "Turns of event loops that took at most le seconds from the wake-up until all was sent; +Inf: all turns");
        Count("sockeye.loop.stalls", "{turn}", "Turns of event loops that took longer than the stall threshold", static counters => counters.Stalls);
        meter.CreateObservableCounter("sockeye.loop.blocked", () => Blocked(loops), "{turn}", "Turns that held their loop for longer than the block threshold, counted while they last, by loop");
        Count("sockeye.sends", "{call}", "Calls that handed bytes to the kernel", static counters => counters.Sends);
        Count("sockeye.receives", "{call}", "Calls that asked the kernel for bytes", static counters => counters.Receives);
        Count("sockeye.bytes.sent", "By", "Bytes that the kernel has taken", static counters => counters.BytesOut);
        Count("sockeye.bytes.received", "By", "Bytes received", static counters => counters.BytesIn);

        void Count(string name, string unit, string description, Func<LoopCounters, long> number) =>
            meter.CreateObservableCounter(name, () => Enumerable.Range(0, loops.Count).Sum(index => number(loops[index].Counters)), unit, description);
    }

    private static IEnumerable<Measurement<long>> Blocked(LoopSet loops) =>
        loops.All().Select(static loop => new Measurement<long>(loop.Counters.Blocked, new KeyValuePair<string, object?>("loop", loop.Name)));

    // Each bucket holds the shorter ones too: then one series alone says how many turns were short enough, and histogram_quantile works.
    private static IEnumerable<Measurement<long>> Turns(LoopSet loops)
    {
        long sum = 0;
        for (var bucket = 0; bucket < TurnLengths.BucketCount; bucket++)
        {
            for (var index = 0; index < loops.Count; index++)
            {
                sum += loops[index].Counters.TurnLengths[bucket];
            }

            yield return new Measurement<long>(sum, Bounds[bucket]);
        }
    }

    private static string Bound(int bucket) => bucket == TurnLengths.BucketCount - 1
        ? "+Inf"
        : TurnLengths.UpperBound(bucket).TotalSeconds.ToString("0.#######", CultureInfo.InvariantCulture);
}
