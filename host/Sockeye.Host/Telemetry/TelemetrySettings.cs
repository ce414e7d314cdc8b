using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Sockeye.Hosting;

namespace Sockeye.Host.Telemetry;

/// <summary>Whether metrics and traces go to a collector over OTLP, and where to: the section <c>Telemetry</c>, and the standard environment variables of OpenTelemetry for what it does not say.</summary>
/// <remarks>Read once, before anything starts; immutable afterwards. Any thread.</remarks>
internal sealed class TelemetrySettings
{
    public const string Section = "Telemetry";

    /// <summary>One stream of messages over HTTP/2.</summary>
    public const string Grpc = "grpc";

    /// <summary>A POST for each batch.</summary>
    public const string Http = "http/protobuf";

    /// <summary>The key of the part of traces that is sent, which is a number that need not be whole.</summary>
    public const string Ratio = $"{Section}:{RatioKey}";

    /// <summary>Between two exports of metrics, unless something else is said (OpenTelemetry).</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(1);

    private const string MetricsSignal = "METRICS";
    private const string TracesSignal = "TRACES";
    private const string EndpointKey = "Endpoint";
    private const string ProtocolKey = "Protocol";
    private const string HeadersKey = "Headers";
    private const string MetricsKey = "Metrics";
    private const string TracesKey = "Traces";
    private const string RatioKey = "SamplingRatio";
    private const string IntervalKey = "Interval";
    private const string ServiceNameKey = "ServiceName";
    private const string AttributesKey = "Attributes";

    // The port that OpenTelemetry has for OTLP over HTTP.
    private const int HttpPort = 4318;

    private static readonly string[] s_maps = [HeadersKey, AttributesKey];
    private static readonly string[] s_protocols = [Grpc, Http];
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    private TelemetrySettings(TelemetrySignal? metrics, TelemetrySignal? traces, IReadOnlyDictionary<string, string> attributes) => (Metrics, Traces, Attributes) = (metrics, traces, attributes);

    /// <summary>The keys with one value; headers and attributes have names of their own below <c>Telemetry:Headers</c> and <c>Telemetry:Attributes</c>.</summary>
    public static IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new($"{Section}:{EndpointKey}", ConfigurationValue.Text, null) { IsInAbsentGroup = true },
        new($"{Section}:{ProtocolKey}", ConfigurationValue.Choice, null) { IsInAbsentGroup = true, Choices = s_protocols },
        new($"{Section}:{MetricsKey}", ConfigurationValue.Flag, "true") { IsInAbsentGroup = true },
        new($"{Section}:{TracesKey}", ConfigurationValue.Flag, "true") { IsInAbsentGroup = true },
        new(Ratio, ConfigurationValue.Text, "1") { IsInAbsentGroup = true },
        new($"{Section}:{IntervalKey}", ConfigurationValue.Duration, $"{DefaultInterval:c}") { IsInAbsentGroup = true },
        new($"{Section}:{ServiceNameKey}", ConfigurationValue.Text, "sockeye") { IsInAbsentGroup = true },
    ];

    /// <summary>The keys with names of the user below them.</summary>
    public static IEnumerable<string> Maps => s_maps.Select(static name => $"{Section}:{name}");

    /// <summary>Where metrics go; null: nowhere.</summary>
    public TelemetrySignal? Metrics { get; }

    /// <summary>Where traces go; null: nowhere.</summary>
    public TelemetrySignal? Traces { get; }

    /// <summary>What is said of this server with all that is sent, beside what the variables say.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; }

    /// <summary>Reads the section and the variables.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="environment">The environment variables; null: those of the process.</param>
    /// <returns>Null: nothing is sent.</returns>
    /// <exception cref="SockeyeConfigurationException">They have faults; all of them are named.</exception>
    public static TelemetrySettings? Read(IConfiguration settings, IDictionary? environment = null)
    {
        List<string> faults = [];
        var read = Read(settings, TelemetryVariables.Of(environment ?? Environment.GetEnvironmentVariables()), faults);
        return faults.Count == 0 ? read : throw new SockeyeConfigurationException(faults);
    }

    /// <summary>What is wrong with the section and the variables, a sentence for each fault; empty if there are none.</summary>
    public static IReadOnlyList<string> Faults(IConfiguration settings, IDictionary? environment = null)
    {
        List<string> faults = [];
        Read(settings, TelemetryVariables.Of(environment ?? Environment.GetEnvironmentVariables()), faults);
        return faults;
    }

    private static TelemetrySettings? Read(IConfiguration settings, Dictionary<string, string> variables, List<string> faults)
    {
        // An empty section is none to the configuration, and whoever writes it means something.
        var isSaid = settings.GetChildren().Any(static child => child.Key.Equals(Section, StringComparison.OrdinalIgnoreCase));
        var section = settings.GetSection(Section);
        if (section.Value is not null) // an empty list is an empty text here
        {
            faults.Add($"{Section}: is a group of settings and takes no value of its own; {Section}:{EndpointKey} says where to send, such as http://127.0.0.1:4317");
            return null;
        }

        FindUnknown(section, faults);
        var (metrics, traces) = (Flag(section, MetricsKey, faults), Flag(section, TracesKey, faults));
        var attributes = Take(section, variables, faults);
        if (TelemetryVariables.IsDisabled(variables))
        {
            return Nothing();
        }

        if (!isSaid && !TelemetryVariables.NamesCollector(variables))
        {
            return null;
        }

        faults.AddRange(TelemetryVariables.NumberFaults(variables));
        faults.AddRange(TelemetryVariables.SamplerFaults(variables));
        if (isSaid && !TelemetryVariables.NamesCollector(variables) && section[EndpointKey] is null && !(metrics == false && traces == false))
        {
            faults.Add($"{Section}: does not say where to send: {Section}:{EndpointKey}, such as http://127.0.0.1:4317, or OTEL_EXPORTER_OTLP_ENDPOINT");
        }

        var (sendsMetrics, sendsTraces) = (metrics ?? TelemetryVariables.IsExported(variables, MetricsSignal), traces ?? TelemetryVariables.IsExported(variables, TracesSignal));
        if (!sendsMetrics && !sendsTraces)
        {
            return Nothing();
        }

        var read = new TelemetrySettings(
            sendsMetrics ? Signal(section, variables, MetricsSignal, faults) : null,
            sendsTraces ? Signal(section, variables, TracesSignal, faults) : null,
            attributes);
        return read.Metrics is null && read.Traces is null ? null : read;

        // What the section says is looked at all the same: who turns it on later would find the faults then.
        TelemetrySettings? Nothing()
        {
            Signal(section, OfSection(section), MetricsSignal, faults);
            return null;
        }
    }

    private static Dictionary<string, string> OfSection(IConfigurationSection section)
    {
        Dictionary<string, string> said = [];
        Take(section, said, []);
        return said;
    }

    // What the section says becomes a variable: the SDK reads one place, and one rule holds for both.
    private static Dictionary<string, string> Take(IConfigurationSection section, Dictionary<string, string> variables, List<string> faults)
    {
        foreach (var (key, variable) in new[] { (EndpointKey, TelemetryVariables.Endpoint), (ProtocolKey, TelemetryVariables.Protocol) })
        {
            if (section[key] is { } text)
            {
                TelemetryVariables.Generalize(variables, variable);
                variables[TelemetryVariables.Exporter + variable] = text;
            }
        }

        var headers = Map(section.GetSection(HeadersKey), faults, TelemetryHeaders.Fault);
        if (headers.Count > 0)
        {
            TelemetryVariables.Generalize(variables, TelemetryVariables.Headers);
            variables[TelemetryVariables.Exporter + TelemetryVariables.Headers] = string.Join(',', headers.Select(static header => TelemetryHeaders.Encode(header.Key, header.Value)));
        }

        if (section[IntervalKey] is { } duration)
        {
            if (DurationText.TryParse(duration, out var interval) && interval >= s_shortest && interval <= s_longest)
            {
                variables[TelemetryVariables.Interval] = ((long)interval.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            }
            else
            {
                faults.Add($"{section.Path}:{IntervalKey}: '{LogText.Escape(duration)}' is not a duration of {s_shortest:c} to {s_longest:c}, like {DefaultInterval:c}");
            }
        }

        if (section[RatioKey] is { } ratio)
        {
            variables[TelemetryVariables.Sampler] = TelemetryVariables.ParentRatioSampler;
            variables.Remove(TelemetryVariables.SamplerArgument);
            if (TelemetryVariables.IsRatio(ratio))
            {
                variables[TelemetryVariables.SamplerArgument] = ratio;
            }
            else
            {
                faults.Add($"{section.Path}:{RatioKey}: '{LogText.Escape(ratio)}' is not a number of 0 to 1, such as 0.01");
            }
        }

        if (section[ServiceNameKey] is { Length: > 0 } name)
        {
            variables[TelemetryVariables.ServiceName] = name;
        }

        return Map(section.GetSection(AttributesKey), faults, static (_, value) => value.Length == 0 ? "is empty" : null);
    }

    private static TelemetrySignal? Signal(IConfigurationSection section, Dictionary<string, string> variables, string signal, List<string> faults)
    {
        var own = TelemetryVariables.For(variables, signal);
        var address = own.GetValueOrDefault(TelemetryVariables.Exporter + TelemetryVariables.Endpoint);
        if (address is null && section[ProtocolKey] is null)
        {
            return null;
        }

        var isEndpoint = Uri.TryCreate(address, UriKind.Absolute, out var endpoint) && endpoint.Scheme is ("http" or "https") && endpoint.UserInfo.Length + endpoint.Query.Length + endpoint.Fragment.Length == 0;
        if (address is not null && !isEndpoint)
        {
            // It may have a password in it.
            Tell($"{Name(EndpointKey, TelemetryVariables.Endpoint)}: is not an address such as http://127.0.0.1:4317, without a user, a query or a fragment; what the collector wants to see goes into {Section}:{HeadersKey}");
        }

        var protocol = own.GetValueOrDefault(TelemetryVariables.Exporter + TelemetryVariables.Protocol)?.Trim() ?? (endpoint?.Port == HttpPort ? Http : Grpc);
        if (!s_protocols.Contains(protocol, StringComparer.OrdinalIgnoreCase))
        {
            Tell($"{Name(ProtocolKey, TelemetryVariables.Protocol)}: '{LogText.Escape(protocol)}' is not one of {string.Join(", ", s_protocols)}");
        }

        if (address is null)
        {
            return null;
        }

        if (own.GetValueOrDefault(TelemetryVariables.Exporter + TelemetryVariables.Headers) is { } headers && TelemetryHeaders.Fault(headers) is { } fault && !section.GetSection(HeadersKey).Exists())
        {
            Tell($"{TelemetryVariables.NameOf(variables, signal, TelemetryVariables.Headers)}: {fault}");
        }

        if (own.GetValueOrDefault(TelemetryVariables.Exporter + TelemetryVariables.Compression) is { } compression)
        {
            if (!TelemetryVariables.Compressions.Contains(compression, StringComparer.OrdinalIgnoreCase))
            {
                Tell($"{TelemetryVariables.NameOf(variables, signal, TelemetryVariables.Compression)}: '{LogText.Escape(compression)}' is not one of {string.Join(", ", TelemetryVariables.Compressions)}");
            }

            own[TelemetryVariables.Exporter + TelemetryVariables.Compression] = compression.ToLowerInvariant();
        }

        own[TelemetryVariables.Exporter + TelemetryVariables.Protocol] = protocol.ToLowerInvariant();
        return !isEndpoint ? null : new TelemetrySignal(endpoint!, variables.ContainsKey($"{TelemetryVariables.Exporter}{signal}_{TelemetryVariables.Endpoint}"), protocol.ToLowerInvariant(), own);

        string Name(string key, string variable) => section[key] is null ? TelemetryVariables.NameOf(variables, signal, variable) : $"{section.Path}:{key}";

        // Of both kinds the same.
        void Tell(string sentence)
        {
            if (!faults.Contains(sentence))
            {
                faults.Add(sentence);
            }
        }
    }

    private static bool? Flag(IConfigurationSection section, string key, List<string> faults)
    {
        if (section[key] is not { } text)
        {
            return null;
        }

        if (bool.TryParse(text, out var value))
        {
            return value;
        }

        faults.Add($"{section.Path}:{key}: '{LogText.Escape(text)}' is not true or false");
        return null;
    }

    // The values may be secrets, so no fault has one.
    private static Dictionary<string, string> Map(IConfigurationSection section, List<string> faults, Func<string, string, string?> check)
    {
        Dictionary<string, string> map = new(StringComparer.OrdinalIgnoreCase);
        if (section.Value is not null)
        {
            faults.Add($"{section.Path}: is a group with a name and a value for each, such as {section.Path}:name");
        }

        foreach (var child in section.GetChildren())
        {
            if ((child.Value is null ? "is not a name with a value" : check(child.Key, child.Value)) is { } fault)
            {
                faults.Add($"{child.Path}: {fault}");
            }
            else
            {
                map[child.Key] = child.Value!;
            }
        }

        return map;
    }

    private static void FindUnknown(IConfigurationSection section, List<string> faults)
    {
        string[] known = [.. Keys.Select(static key => key.Name), .. Maps];
        foreach (var child in section.GetChildren())
        {
            if (!known.Contains($"{Section}:{child.Key}", StringComparer.OrdinalIgnoreCase))
            {
                faults.Add($"{child.Path}: unknown key; {OptionSuggestion.For(child.Path, known, [], $"there are {string.Join(", ", known)}")}");
            }
            else if (child.GetChildren().Any() && !s_maps.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                faults.Add($"{child.Path}: takes one value");
            }
        }
    }
}
