using Microsoft.Extensions.Configuration;

namespace Sockeye.Host.Telemetry;

/// <summary>Where one kind of telemetry goes, metrics or traces. Does not change; any thread.</summary>
/// <param name="Endpoint">The collector, without a user, a query or a fragment.</param>
/// <param name="IsWhole">Whether that is the whole address; else the path of the kind is appended over HTTP, as the variables of OpenTelemetry have it.</param>
/// <param name="Protocol"><see cref="TelemetrySettings.Grpc"/> or <see cref="TelemetrySettings.Http"/>.</param>
/// <param name="Variables">The variables of OpenTelemetry as they hold for this kind, those of the section included. They may have secrets.</param>
internal sealed record TelemetrySignal(Uri Endpoint, bool IsWhole, string Protocol, IReadOnlyDictionary<string, string> Variables)
{
    /// <summary>The variables as a configuration, which is what the SDK reads.</summary>
    public IConfiguration Configuration() => new ConfigurationBuilder().AddInMemoryCollection(Variables.Select(static variable => new KeyValuePair<string, string?>(variable.Key, variable.Value))).Build();
}
