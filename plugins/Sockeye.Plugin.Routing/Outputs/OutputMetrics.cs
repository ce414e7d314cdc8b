using System.Diagnostics.Metrics;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>The instruments of outputs, read when somebody looks, so that an event costs none of it. Labels are names of the configuration.</summary>
internal static class OutputMetrics
{
    /// <summary>Makes the instruments.</summary>
    /// <param name="meter">The plugin's meter, which ends them.</param>
    /// <param name="outputs">The outputs as they are now.</param>
    public static void Register(Meter meter, OutputSet outputs)
    {
        meter.CreateObservableCounter("sockeye.routing.output.sent", () => Each(outputs, static counts => counts.Sent), "{event}", "Events that a target has taken, by output");
        meter.CreateObservableCounter("sockeye.routing.output.retries", () => Each(outputs, static counts => counts.Retries), "{attempt}", "Attempts after the first, by output");
        meter.CreateObservableCounter("sockeye.routing.output.dropped", () => Dropped(outputs), "{event}", "Events that did not leave, by output and reason");
        meter.CreateObservableUpDownCounter("sockeye.routing.output.waiting", () => outputs.Current.Values.Select(static output => new Measurement<long>(output.Waiting, Tag("output", output.Name))), "{event}", "Events that wait or are on their way, by output");
    }

    private static IEnumerable<(string Name, OutputCounts Counts)> All(OutputSet outputs) =>
        outputs.Current.Values.Select(static output => (output.Name, output.Counts)).Append((BusOutput.Name, outputs.Bus.Counts));

    private static IEnumerable<Measurement<long>> Each(OutputSet outputs, Func<OutputCounts, long> read) =>
        All(outputs).Select(output => new Measurement<long>(read(output.Counts), Tag("output", output.Name)));

    private static IEnumerable<Measurement<long>> Dropped(OutputSet outputs) =>
        from output in All(outputs)
        from reason in output.Name == BusOutput.Name ? DropReasons.OfBus : DropReasons.OfHttp
        select new Measurement<long>(output.Counts.DroppedFor(reason), Tag("output", output.Name), Tag("reason", reason.Name()));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
