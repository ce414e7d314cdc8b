using System.Diagnostics.Metrics;
using System.Globalization;

namespace Sockeye.Conformance;

/// <summary>What the event loops of all servers in this process have counted, read as an operator reads it: from the meter.</summary>
/// <param name="Sends">Calls that handed bytes to the kernel.</param>
/// <param name="Turns">Pairs of an upper bound in microseconds and the number of turns.</param>
internal sealed record LoopFigures(long Sends, double[][] Turns)
{
    private const double Unbounded = -1;

    public static LoopFigures Now()
    {
        long sends = 0;
        var upTo = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name is "sockeye.loop.turns" or "sockeye.sends")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.Name == "sockeye.sends")
            {
                sends += value;
            }
            else
            {
                var bound = (string)tags[0].Value!;
                upTo[bound] = upTo.GetValueOrDefault(bound) + value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return new LoopFigures(sends, [.. Differences(upTo)]);
    }

    private static IEnumerable<double[]> Differences(Dictionary<string, long> upTo)
    {
        long before = 0;
        foreach (var (bound, turns) in upTo.OrderBy(static pair => Seconds(pair.Key)))
        {
            if (turns > before)
            {
                yield return [double.IsFinite(Seconds(bound)) ? Math.Round(Seconds(bound) * 1e6, 1) : Unbounded, turns - before];
                before = turns;
            }
        }
    }

    private static double Seconds(string bound) => bound == "+Inf" ? double.PositiveInfinity : double.Parse(bound, CultureInfo.InvariantCulture);
}
