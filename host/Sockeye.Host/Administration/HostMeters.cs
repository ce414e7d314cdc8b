using System.Diagnostics.Metrics;

namespace Sockeye.Host.Administration;

/// <summary>Which instruments the host shows, at <c>/metrics</c> and over OTLP alike: its own, those of plugins, and those of the runtime. It has no state.</summary>
internal static class HostMeters
{
    /// <summary>The meter of the runtime.</summary>
    public const string Runtime = "System.Runtime";

    /// <summary>The names of meters and sources of plugins begin so; their ids follow.</summary>
    public const string PluginPrefix = "Sockeye.Plugin.";

    // The tag of the meter of a further server of the host.
    private const string KeyedServer = "sockeye.server";

    /// <summary>Whether an instrument is shown: not those of the listener of operators, which would count what the process has twice.</summary>
    /// <param name="instrument">The instrument.</param>
    /// <param name="meters">What makes the meters of this host.</param>
    public static bool IsShown(Instrument instrument, IMeterFactory meters) =>
        instrument.Meter.Name == Runtime || (instrument.Meter.Scope == meters && instrument.Meter.Tags?.Any(static tag => tag.Key == KeyedServer) != true);
}
