using System.Globalization;

namespace Sockeye;

/// <summary>Numbers as JSON, in the shortest form that reads back as the same value.</summary>
internal static class JsonNumbers
{
    private const int MaxDigits = 64;

    public static void Write<T>(EventWriter writer, T value)
        where T : IUtf8SpanFormattable
    {
        value.TryFormat(writer.GetSpan(MaxDigits), out var written, default, CultureInfo.InvariantCulture);
        writer.Advance(written);
    }
}
