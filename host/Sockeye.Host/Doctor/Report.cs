using System.Text.Json;
using static System.FormattableString;

namespace Sockeye.Host.Doctor;

/// <summary>The findings for a person, and for a program.</summary>
internal static class Report
{
    public static bool IsHealthy(IReadOnlyList<Finding> findings) => findings.All(finding => finding.Verdict != Verdict.Raise);

    public static void WriteText(TextWriter output, Demand demand, IReadOnlyList<Finding> findings)
    {
        output.WriteLine(Invariant($"For {demand.Connections:N0} connections on {demand.Loops} event loops:"));
        output.WriteLine();
        var width = findings.Max(finding => finding.Setting.Length);
        foreach (var finding in findings)
        {
            var change = finding.Wanted is null ? finding.Value : $"{finding.Value} -> {finding.Wanted}";
            var line = $"  {Mark(finding.Verdict)} {finding.Setting.PadRight(width)}  {change}";
            output.WriteLine(finding.Why.Length == 0 ? line : $"{line}: {finding.Why}");
            if (finding.Command is not null)
            {
                output.WriteLine($"         {finding.Command}");
            }
        }

        output.WriteLine();
        int raise = Count(findings, Verdict.Raise), unknown = Count(findings, Verdict.Unknown);
        output.WriteLine(Invariant($"{raise} to raise, {Count(findings, Verdict.Advice)} to consider, {unknown} not readable here."));
        if (findings.Any(finding => finding.Command?.StartsWith("sysctl ", StringComparison.Ordinal) is true))
        {
            output.WriteLine("What sysctl -w sets is gone after a restart of the machine; the same lines without 'sysctl -w' in /etc/sysctl.d/90-sockeye.conf keep it.");
        }
    }

    public static void WriteJson(Stream output, Demand demand, IReadOnlyList<Finding> findings)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("connections", demand.Connections);
        json.WriteNumber("eventLoops", demand.Loops);
        json.WriteBoolean("healthy", IsHealthy(findings));
        json.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("setting", finding.Setting);
            json.WriteString("verdict", Word(finding.Verdict));
            json.WriteString("value", finding.Value);
            json.WriteString("wanted", finding.Wanted);
            json.WriteString("why", finding.Why);
            json.WriteString("command", finding.Command);
            if (finding.Allows is { } allows)
            {
                json.WriteNumber("allows", allows);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static int Count(IReadOnlyList<Finding> findings, Verdict verdict) => findings.Count(finding => finding.Verdict == verdict);

    private static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "ok    ",
        Verdict.Advice => "advice",
        Verdict.Raise => "RAISE ",
        _ => "?     ",
    };

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "ok",
        Verdict.Advice => "advice",
        Verdict.Raise => "raise",
        _ => "unknown",
    };
}
