using System.Collections;
using System.Globalization;

namespace Sockeye.Host.Telemetry;

/// <summary>The standard environment variables of OpenTelemetry that the host looks at itself; the SDK reads the others. It has no state.</summary>
internal static class TelemetryVariables
{
    public const string Exporter = "OTEL_EXPORTER_OTLP_";
    public const string Endpoint = "ENDPOINT";
    public const string Protocol = "PROTOCOL";
    public const string Headers = "HEADERS";
    public const string Compression = "COMPRESSION";
    public const string Interval = "OTEL_METRIC_EXPORT_INTERVAL";
    public const string Sampler = "OTEL_TRACES_SAMPLER";
    public const string SamplerArgument = "OTEL_TRACES_SAMPLER_ARG";
    public const string ServiceName = "OTEL_SERVICE_NAME";

    public const string ParentRatioSampler = "parentbased_traceidratio";

    private const string RatioSampler = "traceidratio";
    private const string Prefix = "OTEL_";
    private const string Disabled = "OTEL_SDK_DISABLED";
    private const string BatchSize = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
    private const string QueueSize = "OTEL_BSP_MAX_QUEUE_SIZE";

    /// <summary>Spans that may wait at most: each holds some kilobytes. Own; the default is 2,048.</summary>
    private const int MaxQueue = 1 << 20;

    /// <summary>What a request may be packed by.</summary>
    public static readonly string[] Compressions = ["none", "gzip"];

    // Those that the SDK has; for what it does not know it takes its default, without a word.
    private static readonly string[] s_samplers = ["always_on", "always_off", RatioSampler, "parentbased_always_on", "parentbased_always_off", ParentRatioSampler];

    // What there is beside the general one for metrics and for traces alone.
    private static readonly string[] s_ofSignals = [Endpoint, Protocol, Headers, "TIMEOUT", Compression, "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"];

    // The SDK ignores other text here, and throws for numbers below 1.
    private static readonly string[] s_numbers = [Interval, "OTEL_METRIC_EXPORT_TIMEOUT", $"{Exporter}TIMEOUT", $"{Exporter}METRICS_TIMEOUT", $"{Exporter}TRACES_TIMEOUT", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", QueueSize, BatchSize];

    /// <summary>Those of an environment that say something: an empty one counts as none.</summary>
    public static Dictionary<string, string> Of(IDictionary environment)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in environment)
        {
            if (variable is { Key: string name, Value: string value } && name.StartsWith(Prefix, StringComparison.Ordinal) && !string.IsNullOrWhiteSpace(value))
            {
                variables[name] = value;
            }
        }

        return variables;
    }

    /// <summary>Whether all is off, whatever else is said.</summary>
    public static bool IsDisabled(IReadOnlyDictionary<string, string> variables) => bool.TryParse(variables.GetValueOrDefault(Disabled), out var value) && value;

    /// <summary>Whether a collector is named.</summary>
    public static bool NamesCollector(IReadOnlyDictionary<string, string> variables) =>
        new[] { Endpoint, $"METRICS_{Endpoint}", $"TRACES_{Endpoint}" }.Any(name => variables.ContainsKey(Exporter + name));

    /// <summary>Whether a kind goes out over OTLP: by <c>OTEL_METRICS_EXPORTER</c> and <c>OTEL_TRACES_EXPORTER</c>, which are <c>otlp</c> unless they say otherwise.</summary>
    public static bool IsExported(IReadOnlyDictionary<string, string> variables, string signal) =>
        variables.GetValueOrDefault($"OTEL_{signal}_EXPORTER") is not { } exporters || exporters.Split(',').Any(static exporter => exporter.Trim() == "otlp");

    /// <summary>What holds for one kind: what is said for it alone takes the place of what is said for all.</summary>
    /// <param name="variables">All of them.</param>
    /// <param name="signal"><c>METRICS</c> or <c>TRACES</c>.</param>
    public static Dictionary<string, string> For(IReadOnlyDictionary<string, string> variables, string signal)
    {
        Dictionary<string, string> own = new(variables);
        foreach (var name in s_ofSignals)
        {
            if (own.Remove($"{Exporter}{signal}_{name}", out var value))
            {
                own[Exporter + name] = value;
            }
        }

        return own;
    }

    /// <summary>The name of the variable that says something for a kind.</summary>
    public static string NameOf(IReadOnlyDictionary<string, string> variables, string signal, string name) => variables.ContainsKey($"{Exporter}{signal}_{name}") ? $"{Exporter}{signal}_{name}" : Exporter + name;

    /// <summary>Forgets what is said for metrics or traces alone.</summary>
    public static void Generalize(Dictionary<string, string> variables, string name)
    {
        variables.Remove($"{Exporter}METRICS_{name}");
        variables.Remove($"{Exporter}TRACES_{name}");
    }

    /// <summary>What is wrong with which traces are sent, a sentence each; a name that is right becomes as the SDK writes it.</summary>
    public static IEnumerable<string> SamplerFaults(Dictionary<string, string> variables)
    {
        if (variables.GetValueOrDefault(Sampler) is not { } name)
        {
            yield break;
        }

        if (!s_samplers.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"{Sampler}: '{LogText.Escape(name)}' is not one of {string.Join(", ", s_samplers)}";
            yield break;
        }

        variables[Sampler] = name.ToLowerInvariant();
        if (variables[Sampler] is RatioSampler or ParentRatioSampler && variables.GetValueOrDefault(SamplerArgument) is { } ratio && !IsRatio(ratio))
        {
            yield return $"{SamplerArgument}: '{LogText.Escape(ratio)}' is not a number of 0 to 1, such as 0.01";
        }
    }

    /// <summary>Whether a text says a part of all.</summary>
    public static bool IsRatio(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var part) && part is >= 0 and <= 1;

    /// <summary>What is wrong with the numbers among them, a sentence each.</summary>
    public static IEnumerable<string> NumberFaults(IReadOnlyDictionary<string, string> variables)
    {
        foreach (var name in s_numbers)
        {
            var most = name is QueueSize or BatchSize ? MaxQueue : int.MaxValue;
            if (variables.TryGetValue(name, out var text) && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most))
            {
                yield return $"{name}: '{LogText.Escape(text)}' is not a whole number of 1 to {most}";
            }
        }

        if (Number(QueueSize, 2_048) < Number(BatchSize, 512))
        {
            yield return $"{BatchSize}: is more than {QueueSize} holds";
        }

        int Number(string name, int otherwise) => int.TryParse(variables.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
    }
}
