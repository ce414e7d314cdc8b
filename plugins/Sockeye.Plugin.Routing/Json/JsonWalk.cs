using System.Buffers;
using System.Runtime.CompilerServices;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>Finds the ends of JSON values in the bytes of an event. Those were checked when they arrived; on anything else it stops at the end of the span, never throws, and never takes more than linear time.</summary>
internal static class JsonWalk
{
    private static readonly SearchValues<byte> s_literalEnds = SearchValues.Create(",]} \t\n\r"u8);
    private static readonly SearchValues<byte> s_structure = SearchValues.Create("\"{}[]"u8);

    /// <summary>The first place from <paramref name="i"/> on that is no white space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Machines write none: one comparison.
    public static int White(ReadOnlySpan<byte> json, int i) => (uint)i < (uint)json.Length && json[i] <= (byte)' ' ? WhiteRun(json, i) : i;

    private static int WhiteRun(ReadOnlySpan<byte> json, int i)
    {
        while ((uint)i < (uint)json.Length && json[i] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            i++;
        }

        return i;
    }

    /// <summary>The first place behind a value and its comma, where the next value begins; behind the last one where its container ends.</summary>
    public static int Separator(ReadOnlySpan<byte> json, int i)
    {
        i = White(json, i);
        return (uint)i < (uint)json.Length && json[i] == (byte)',' ? White(json, i + 1) : i;
    }

    /// <summary>The end of the value that begins at <paramref name="i"/>.</summary>
    public static int Value(ReadOnlySpan<byte> json, int i)
    {
        if ((uint)i >= (uint)json.Length)
        {
            return json.Length;
        }

        switch (json[i])
        {
            case (byte)'"':
                return Text(json, i);
            case (byte)'{' or (byte)'[':
                return Container(json, i);
            default:
                // At least one byte, so that whoever asks for the next value gets on whatever stands here.
                var end = json[i..].IndexOfAny(s_literalEnds);
                return end < 0 ? json.Length : i + Math.Max(end, 1);
        }
    }

    /// <summary>The end of the text that begins at <paramref name="i"/>, behind its quote.</summary>
    public static int Text(ReadOnlySpan<byte> json, int i)
    {
        i++;
        while (i < json.Length)
        {
            var next = json[i..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                break;
            }

            i += next;
            if (json[i] == (byte)'"')
            {
                return i + 1;
            }

            i += 2;
        }

        return json.Length;
    }

    private static int Container(ReadOnlySpan<byte> json, int i)
    {
        var depth = 0;
        while (i < json.Length)
        {
            var next = json[i..].IndexOfAny(s_structure);
            if (next < 0)
            {
                break;
            }

            i += next;
            switch (json[i])
            {
                case (byte)'"':
                    i = Text(json, i);
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

        return json.Length;
    }
}
