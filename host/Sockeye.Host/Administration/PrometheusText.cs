using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sockeye.Host.Administration;

/// <summary>Families as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0.</summary>
internal static class PrometheusText
{
    public const string PlainType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private const string OpenName = "application/openmetrics-text";

    /// <summary>Whether a scraper would rather have OpenMetrics.</summary>
    /// <param name="accept">Its header <c>Accept</c>; null: none.</param>
    public static bool WantsOpenMetrics(string? accept)
    {
        double open = 0, plain = 0;
        foreach (var range in (accept ?? "").Split(','))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            var weight = 1.0;
            foreach (var part in parts.Skip(1))
            {
                if (part.StartsWith("q=", StringComparison.OrdinalIgnoreCase))
                {
                    weight = double.TryParse(part.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var q) ? q : 0;
                }
            }

            if (parts[0].Equals(OpenName, StringComparison.OrdinalIgnoreCase))
            {
                open = Math.Max(open, weight);
            }
            else if (parts[0].Equals("text/plain", StringComparison.OrdinalIgnoreCase))
            {
                plain = Math.Max(plain, weight);
            }
        }

        return open > 0 && open >= plain;
    }

    /// <summary>Writes families.</summary>
    /// <param name="output">Where.</param>
    /// <param name="families">What.</param>
    /// <param name="isOpen">Whether as OpenMetrics.</param>
    public static void Write(IBufferWriter<byte> output, IReadOnlyList<MetricFamily> families, bool isOpen)
    {
        foreach (var family in families)
        {
            var series = family.Kind == MetricKind.Counter ? family.Name + "_total" : family.Name;
            var named = isOpen ? family.Name : series;
            var kind = family.Kind switch
            {
                MetricKind.Counter => "counter",
                MetricKind.Histogram => "histogram",
                _ => "gauge",
            };
            Line(output, $"# HELP {named} {Escape(family.Help, isOpen)}\n");
            Line(output, $"# TYPE {named} {kind}\n");
            if (isOpen && family.Unit.Length > 0 && family.Name.EndsWith("_" + family.Unit, StringComparison.Ordinal))
            {
                Line(output, $"# UNIT {named} {family.Unit}\n");
            }

            foreach (var (labels, sample) in family.Samples)
            {
                if (family.Kind == MetricKind.Histogram)
                {
                    WriteHistogram(output, family.Name, labels, sample);
                }
                else
                {
                    Line(output, $"{series}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {Number(sample.Value)}\n");
                }
            }
        }

        if (isOpen)
        {
            Line(output, "# EOF\n");
        }
    }

    private static void WriteHistogram(IBufferWriter<byte> output, string name, string labels, in MetricSample sample)
    {
        long sum = 0;
        for (var bucket = 0; bucket < sample.Buckets.Length; bucket++)
        {
            sum += sample.Buckets[bucket];
            var bound = bucket < sample.Bounds.Length ? Number(sample.Bounds[bucket]) : "+Inf";
            Line(output, $"{name}_bucket{{{labels}{(labels.Length == 0 ? "" : ",")}le=\"{bound}\"}} {Number(sum)}\n");
        }

        var braced = labels.Length == 0 ? "" : $"{{{labels}}}";
        Line(output, $"{name}_sum{braced} {Number(sample.Value)}\n");
        Line(output, $"{name}_count{braced} {Number(sample.Count)}\n");
    }

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string help, bool isOpen)
    {
        var text = help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return isOpen ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private static void Line(IBufferWriter<byte> output, string line) => Encoding.UTF8.GetBytes(line, output);
}
