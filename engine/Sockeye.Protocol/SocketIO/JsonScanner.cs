using System.Runtime.CompilerServices;

namespace Sockeye.Protocol.SocketIO;

/// <summary>
/// Decides whether bytes are JSON (RFC 8259, strictly) and where a value ends, without building anything. Iterative, one pass, no
/// allocation. Numbers of any size pass, duplicate keys pass, an escaped lone surrogate does not, since .NET could not carry it on:
/// it is told apart, so that whoever reads may replace it. The input has to be valid UTF-8. Pure and stateless; any thread.
/// </summary>
public static class JsonScanner
{
    /// <summary>The deepest nesting that can be asked for: one bit of a 64-bit word per level.</summary>
    public const int MaxDepth = 64;

    internal const int Invalid = -1;
    internal const int TooDeep = -2;
    internal const int LoneSurrogate = -3;

    /// <summary>Finds the end of the value that starts here.</summary>
    /// <param name="json">One value, white space before it allowed; anything may follow.</param>
    /// <param name="maxDepth">Most nested arrays and objects, at most <see cref="MaxDepth"/>.</param>
    /// <param name="length">Bytes of the white space and the value.</param>
    /// <returns>False when it is not JSON or is nested too deeply.</returns>
    public static bool TrySkipValue(ReadOnlySpan<byte> json, int maxDepth, out int length)
    {
        var end = SkipValue(json, 0, maxDepth);
        length = Math.Max(end, 0);
        return end >= 0;
    }

    /// <summary>Whether these bytes are exactly one value, with white space around it allowed.</summary>
    /// <param name="json">The whole text, valid UTF-8.</param>
    /// <param name="maxDepth">Most nested arrays and objects, at most <see cref="MaxDepth"/>.</param>
    public static bool IsValid(ReadOnlySpan<byte> json, int maxDepth = MaxDepth)
    {
        var end = SkipValue(json, 0, maxDepth);
        return end >= 0 && SkipWhiteSpace(json, end) == json.Length;
    }

    /// <summary>Whether Socket.IO keeps this name for itself, so that it is refused as an event in both directions.</summary>
    /// <param name="name">The name, escapes resolved.</param>
    public static bool IsReservedEvent(ReadOnlySpan<byte> name) => name.Length switch
    {
        7 => name.SequenceEqual("connect"u8),
        10 => name.SequenceEqual("disconnect"u8),
        11 => name.SequenceEqual("newListener"u8),
        13 => name.SequenceEqual("connect_error"u8) || name.SequenceEqual("disconnecting"u8),
        14 => name.SequenceEqual("removeListener"u8),
        _ => false,
    };

    /// <summary>Index after the value that starts at or after <paramref name="start"/>, or a negative reason.</summary>
    internal static int SkipValue(ReadOnlySpan<byte> json, int start, int maxDepth) =>
        Walk(json, start, afterValue: false, depth: 0, maxDepth);

    /// <summary>
    /// Goes on inside an array behind one of its elements, up to the array's end. The event name has been read by then, and
    /// reading it a second time would be the larger half of the work for a short event.
    /// </summary>
    internal static int FinishArray(ReadOnlySpan<byte> json, int afterElement, int maxDepth) =>
        Walk(json, afterElement, afterValue: true, depth: 1, maxDepth);

    // Machines write JSON without white space: the common case is one comparison in the caller.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int SkipWhiteSpace(ReadOnlySpan<byte> json, int i) =>
        (uint)i < (uint)json.Length && json[i] <= ' ' ? SkipRun(json, i) : i;

    private static int SkipRun(ReadOnlySpan<byte> json, int i)
    {
        while ((uint)i < (uint)json.Length && json[i] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            i++;
        }

        return i;
    }

    // Bit 0 of `objects` tells whether the innermost open container is an object.
    private static int Walk(ReadOnlySpan<byte> json, int i, bool afterValue, int depth, int maxDepth)
    {
        ulong objects = 0;
        maxDepth = Math.Min(maxDepth, MaxDepth);
        while (true)
        {
            if (!afterValue)
            {
                i = SkipWhiteSpace(json, i);
                if ((uint)i >= (uint)json.Length)
                {
                    return Invalid;
                }

                var first = json[i];
                if (first is (byte)'[' or (byte)'{')
                {
                    if (depth == maxDepth)
                    {
                        return TooDeep;
                    }

                    depth++;
                    objects = objects << 1 | (first == '{' ? 1u : 0u);
                    i = SkipWhiteSpace(json, i + 1);
                    if ((uint)i >= (uint)json.Length)
                    {
                        return Invalid;
                    }

                    if (json[i] == first + 2) // '[' and ']', '{' and '}' are two apart
                    {
                        i++;
                        depth--;
                        objects >>= 1;
                    }
                    else
                    {
                        if (first == '{' && (i = SkipKey(json, i)) < 0)
                        {
                            return i;
                        }

                        continue;
                    }
                }
                else
                {
                    i = first == '"' ? JsonString.Skip(json, i + 1) : SkipScalar(json, i);
                    if (i < 0)
                    {
                        return i;
                    }
                }
            }

            afterValue = false;
            while (true)
            {
                if (depth == 0)
                {
                    return i;
                }

                i = SkipWhiteSpace(json, i);
                if ((uint)i >= (uint)json.Length)
                {
                    return Invalid;
                }

                var next = json[i++];
                var isObject = (objects & 1) != 0;
                if (next == ',')
                {
                    if (isObject && (i = SkipKey(json, SkipWhiteSpace(json, i))) < 0)
                    {
                        return i;
                    }

                    break;
                }

                if (next != (isObject ? '}' : ']'))
                {
                    return Invalid;
                }

                depth--;
                objects >>= 1;
            }
        }
    }

    /// <summary>From a key's opening quote to behind its colon.</summary>
    private static int SkipKey(ReadOnlySpan<byte> json, int i)
    {
        if ((uint)i >= (uint)json.Length || json[i] != '"')
        {
            return Invalid;
        }

        i = JsonString.Skip(json, i + 1);
        if (i < 0)
        {
            return i;
        }

        i = SkipWhiteSpace(json, i);
        return (uint)i < (uint)json.Length && json[i] == ':' ? i + 1 : Invalid;
    }

    private static int SkipScalar(ReadOnlySpan<byte> json, int i) => json[i] switch
    {
        (byte)'t' => SkipLiteral(json, i, "true"u8),
        (byte)'f' => SkipLiteral(json, i, "false"u8),
        (byte)'n' => SkipLiteral(json, i, "null"u8),
        _ => SkipNumber(json, i),
    };

    private static int SkipLiteral(ReadOnlySpan<byte> json, int i, ReadOnlySpan<byte> literal) =>
        json[i..].StartsWith(literal) ? i + literal.Length : Invalid;

    internal static int SkipNumber(ReadOnlySpan<byte> json, int i)
    {
        if ((uint)i < (uint)json.Length && json[i] == '-')
        {
            i++;
        }

        var digits = i;
        i = SkipDigits(json, i);
        if (i == digits || (json[digits] == '0' && i > digits + 1))
        {
            return Invalid; // no digit, or a leading zero
        }

        if ((uint)i < (uint)json.Length && json[i] == '.')
        {
            digits = i + 1;
            i = SkipDigits(json, digits);
            if (i == digits)
            {
                return Invalid;
            }
        }

        if ((uint)i < (uint)json.Length && (json[i] | 0x20) == 'e')
        {
            digits = i + 1;
            if ((uint)digits < (uint)json.Length && json[digits] is (byte)'+' or (byte)'-')
            {
                digits++;
            }

            i = SkipDigits(json, digits);
            if (i == digits)
            {
                return Invalid;
            }
        }

        return i;
    }

    private static int SkipDigits(ReadOnlySpan<byte> json, int i)
    {
        while ((uint)i < (uint)json.Length && json[i] - (uint)'0' <= 9)
        {
            i++;
        }

        return i;
    }
}
