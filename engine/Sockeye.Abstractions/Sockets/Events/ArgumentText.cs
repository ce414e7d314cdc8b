using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sockeye.Abstractions.Sockets;

/// <summary>Words for an argument that a handler could not be given: what came, and what it would have taken.</summary>
internal static class ArgumentText
{
    /// <summary>Bytes of an argument that are shown (own: enough to recognise it).</summary>
    private const int MaxShownBytes = 40;

    /// <summary>Characters of what the serialiser says (own).</summary>
    private const int MaxFaultLength = 256;

    public static string Refused(in EventReader e, Type type, int index, string? parameter)
    {
        var text = new StringBuilder("The ").Append(Ordinal(index)).Append(" argument of \"").Append(LogText.Escape(e.Context.Name.ToString())).Append("\" ")
            .Append(e.IsAtEnd ? "is missing" : "is " + Shown(e.Remaining)).Append("; the handler reads ").Append(TypeText.WithArticle(type));
        if (parameter is { Length: > 0 })
        {
            text.Append(" as \"").Append(parameter).Append('"');
        }

        if (e.Fault is { } fault)
        {
            text.Append(": ").Append(LogText.Escape(Reason(fault), MaxFaultLength));
        }

        return text.ToString();
    }

    public static string Ordinal(int index) => index switch
    {
        0 => "first",
        1 => "second",
        2 => "third",
        3 => "fourth",
        _ => string.Create(CultureInfo.InvariantCulture, $"{index + 1}th"),
    };

    private static string Shown(ReadOnlySpan<byte> json)
    {
        var value = json[..JsonSpan.Value(json)];
        var kind = value.IsEmpty ? "" : value[0] switch
        {
            (byte)'"' => "the string ",
            (byte)'{' => "the object ",
            (byte)'[' => "the array ",
            (byte)'n' or (byte)'t' or (byte)'f' => "",
            _ => "the number ",
        };
        return value.Length <= MaxShownBytes ? kind + LogText.Escape(Encoding.UTF8.GetString(value)) : kind + LogText.Escape(Encoding.UTF8.GetString(value[..MaxShownBytes])) + "…";
    }

    /// <summary>Without what the serialiser says about lines of a text that has one.</summary>
    private static string Reason(Exception fault)
    {
        var text = fault.Message;
        var end = fault is JsonException ? text.IndexOf(" | LineNumber", StringComparison.Ordinal) : -1;
        return end < 0 ? text : text[..end];
    }
}
