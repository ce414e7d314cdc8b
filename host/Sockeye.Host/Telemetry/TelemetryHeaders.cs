namespace Sockeye.Host.Telemetry;

/// <summary>Headers that a collector wants to see, tokens as a rule: checked, and written as the SDK reads them. No value is in any text that comes from here. It has no state.</summary>
internal static class TelemetryHeaders
{
    /// <summary>What is wrong with one; null: nothing.</summary>
    public static string? Fault(string name, string value)
    {
        using HttpRequestMessage request = new();
        try
        {
            request.Headers.Add(name, value);
        }
        catch (Exception refused) when (refused is FormatException or InvalidOperationException or ArgumentException)
        {
            return "is not a header that a request may have: a name, and a value in one line";
        }

        return name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase) ? "is a header that the exporter sends itself"
            : value.Contains(',', StringComparison.Ordinal) ? "has a comma, which the exporter takes for the beginning of another header"
            : null;
    }

    /// <summary>One as a part of <c>OTEL_EXPORTER_OTLP_HEADERS</c>.</summary>
    public static string Encode(string name, string value) => $"{name}={Uri.EscapeDataString(value)}";

    /// <summary>What is wrong with <c>OTEL_EXPORTER_OTLP_HEADERS</c>; null: nothing.</summary>
    public static string? Fault(string text)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in Uri.UnescapeDataString(text).Split(','))
        {
            if (pair.Split('=', 2) is not [var name, var value] || !names.Add(name.Trim()) || Fault(name.Trim(), value.Trim()) is not null)
            {
                return "is not a list of headers, each once and none that the exporter sends itself, such as api-key=value,tenant=value";
            }
        }

        return null;
    }
}
