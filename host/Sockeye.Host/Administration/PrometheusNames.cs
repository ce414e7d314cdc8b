using System.Diagnostics.Metrics;
using System.Text;

namespace Sockeye.Host.Administration;

/// <summary>What an instrument is to Prometheus.</summary>
internal enum MetricKind
{
    /// <summary>It goes up and down.</summary>
    Gauge,

    /// <summary>It only grows.</summary>
    Counter,

    /// <summary>How many values were at most so large.</summary>
    Histogram,
}

/// <summary>Names of instruments as OpenTelemetry translates them for Prometheus (its specification, "Prometheus and OpenMetrics Compatibility"): dots become underscores, the unit is appended unless the name
/// has it, and a counter ends with <c>_total</c>.</summary>
internal static class PrometheusNames
{
    private const string CounterEnd = "_total";

    private static readonly Dictionary<string, string> s_units = new(StringComparer.Ordinal)
    {
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["KBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["GBy"] = "gigabytes",
        ["m"] = "meters",
        ["V"] = "volts",
        ["A"] = "amperes",
        ["J"] = "joules",
        ["W"] = "watts",
        ["g"] = "grams",
        ["Cel"] = "celsius",
        ["Hz"] = "hertz",
        ["%"] = "percent",
    };

    /// <summary>What an instrument is.</summary>
    public static MetricKind KindOf(Instrument instrument)
    {
        var type = DefinitionOf(instrument);
        return type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : type == typeof(Histogram<>) ? MetricKind.Histogram
            : MetricKind.Gauge;
    }

    /// <summary>What it is made of; null: something of its author's own.</summary>
    public static Type? DefinitionOf(Instrument instrument) => instrument.GetType() is { IsGenericType: true } type ? type.GetGenericTypeDefinition() : null;

    /// <summary>The name of a family, without the end of a counter.</summary>
    /// <param name="name">The instrument's.</param>
    /// <param name="unit">The instrument's, in UCUM; null: none.</param>
    /// <param name="kind">What it is.</param>
    public static string Family(string name, string? unit, MetricKind kind)
    {
        var plain = Plain(name);
        if (kind == MetricKind.Counter && plain.EndsWith(CounterEnd, StringComparison.Ordinal))
        {
            plain = plain[..^CounterEnd.Length];
        }

        var words = Words(unit, kind);
        return words.Length == 0 || ("_" + plain + "_").Contains("_" + words + "_", StringComparison.Ordinal) ? plain : $"{plain}_{words}";
    }

    /// <summary>The unit in words; empty: there is none.</summary>
    public static string Words(string? unit, MetricKind kind) => unit == "1" ? kind == MetricKind.Gauge ? "ratio" : "" : Unit(unit);

    /// <summary>The name of the series of an instrument.</summary>
    public static string Series(string name, string? unit, MetricKind kind) => Family(name, unit, kind) + (kind == MetricKind.Counter ? CounterEnd : "");

    /// <summary>The name of a label.</summary>
    public static string Label(string name) => Plain(name);

    // {event} is said for people; By/s is bytes_per_second.
    private static string Unit(string? unit)
    {
        if (string.IsNullOrEmpty(unit))
        {
            return "";
        }

        var (whole, part) = unit.Split('/', 2) is [var first, var second] ? (first, second) : (unit, "");
        var words = Word(whole);
        return Word(part) is { Length: > 0 } per ? (words.Length > 0 ? $"{words}_per_{One(per)}" : $"per_{One(per)}") : words;
    }

    private static string Word(string unit)
    {
        var brace = unit.IndexOf('{', StringComparison.Ordinal);
        var plain = brace < 0 ? unit : unit[..brace];
        return s_units.TryGetValue(plain, out var word) ? word : plain is "" or "1" ? "" : Plain(plain);
    }

    private static string One(string many) => many.EndsWith('s') ? many[..^1] : many;

    private static string Plain(string name)
    {
        StringBuilder plain = new(name.Length + 1);
        if (name.Length > 0 && char.IsAsciiDigit(name[0]))
        {
            plain.Append('_');
        }

        foreach (var c in name)
        {
            var isPlain = char.IsAsciiLetterOrDigit(c);
            if (isPlain || plain.Length == 0 || plain[^1] != '_')
            {
                plain.Append(isPlain ? c : '_');
            }
        }

        return plain.ToString().TrimEnd('_') is { Length: > 0 } text ? text : "_";
    }
}
