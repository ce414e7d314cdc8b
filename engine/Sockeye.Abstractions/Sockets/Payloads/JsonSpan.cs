using System.Buffers;

namespace Sockeye.Abstractions.Sockets;

/// <summary>Finds the ends of JSON values in text that was validated when it arrived, or written here. On anything else it stops at the end of the span.</summary>
internal static class JsonSpan
{
    private static readonly SearchValues<byte> LiteralEnds = SearchValues.Create(",]} \t\n\r"u8);

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);

    /// <summary>Length of the white space at the start.</summary>
    public static int WhiteSpace(ReadOnlySpan<byte> json)
    {
        var i = 0;
        while (i < json.Length && json[i] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            i++;
        }

        return i;
    }

    /// <summary>Length of what separates a value from the next: white space, a comma, white space.</summary>
    public static int Separator(ReadOnlySpan<byte> json)
    {
        // As clients write it.
        if (json.Length > 1 && json[0] == (byte)',' && json[1] > (byte)' ')
        {
            return 1;
        }

        var i = WhiteSpace(json);
        if (i < json.Length && json[i] == (byte)',')
        {
            i++;
            i += WhiteSpace(json[i..]);
        }

        return i;
    }

    /// <summary>Length of the value at the start.</summary>
    public static int Value(ReadOnlySpan<byte> json) => json.IsEmpty ? 0 : json[0] switch
    {
        (byte)'"' => Text(json),
        (byte)'{' or (byte)'[' => Container(json),
        _ => Literal(json),
    };

    /// <summary>Length of the number, <c>true</c>, <c>false</c> or <c>null</c> at the start.</summary>
    public static int Literal(ReadOnlySpan<byte> json)
    {
        var end = json.IndexOfAny(LiteralEnds);
        return end < 0 ? json.Length : end;
    }

    /// <summary>Whether a number, <c>true</c>, <c>false</c> or <c>null</c> ends before this.</summary>
    public static bool EndsLiteral(byte next) => next is (byte)',' or (byte)']' or (byte)'}' or (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';

    /// <summary>Length of the string at the start, with its quotes.</summary>
    public static int Text(ReadOnlySpan<byte> json)
    {
        var i = 1;
        while (true)
        {
            var next = json[i..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                return json.Length;
            }

            i += next;
            if (json[i] == (byte)'"')
            {
                return i + 1;
            }

            i = Math.Min(i + 2, json.Length);
        }
    }

    private static int Container(ReadOnlySpan<byte> json)
    {
        var depth = 0;
        var i = 0;
        while (true)
        {
            var next = json[i..].IndexOfAny(Structure);
            if (next < 0)
            {
                return json.Length;
            }

            i += next;
            switch (json[i])
            {
                case (byte)'"':
                    i += Text(json[i..]);
                    continue;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                default:
                    depth--;
                    break;
            }

            i++;
            if (depth == 0)
            {
                return i;
            }
        }
    }
}
