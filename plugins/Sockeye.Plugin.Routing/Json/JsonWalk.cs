using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>Finds the ends of JSON values in the bytes of an event. Those were checked when they arrived; on anything else it stops at the end of the span, never throws, and never takes more than linear time.</summary>
internal static class JsonWalk
{
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
                i++;
                foreach (var b in json[i..])
                {
                    if (b is <= (byte)' ' or (byte)',' or (byte)']' or (byte)'}')
                    {
                        break;
                    }

                    i++;
                }

                return i;
        }
    }

    /// <summary>The end of the text that begins at <paramref name="i"/>, behind its quote.</summary>
    public static int Text(ReadOnlySpan<byte> json, int i) => Text(json, i, out _);

    /// <summary>The end of the text that begins at <paramref name="i"/>, behind its quote.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="i">Where its first quote is.</param>
    /// <param name="isEscaped">Whether something in it is written otherwise than it reads.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Names and most values end within eight bytes: one step, where a search would first set itself up.
    public static int Text(ReadOnlySpan<byte> json, int i, out bool isEscaped)
    {
        isEscaped = false;
        if (json.Length - i > sizeof(ulong))
        {
            var end = FirstOf(BinaryPrimitives.ReadUInt64LittleEndian(json[(i + 1)..]));
            if (end < sizeof(ulong) && json[i + 1 + end] == (byte)'"')
            {
                return i + end + 2;
            }
        }

        return LongText(json, i, out isEscaped);
    }

    private static int LongText(ReadOnlySpan<byte> json, int i, out bool isEscaped)
    {
        isEscaped = false;
        i = Near(json, i + 1);
        while ((uint)i < (uint)json.Length)
        {
            if (json[i] == (byte)'"')
            {
                return i + 1;
            }

            if (json[i] == (byte)'\\')
            {
                isEscaped = true;
                i += 2;
                if (i >= json.Length)
                {
                    break;
                }
            }

            var next = json[i..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                break;
            }

            i += next;
        }

        return json.Length;
    }

    /// <summary>The first quote or backslash if it is near or the end is, else a place before it.</summary>
    private static int Near(ReadOnlySpan<byte> json, int i)
    {
        if (json.Length - i < sizeof(ulong))
        {
            while ((uint)i < (uint)json.Length && json[i] is not ((byte)'"' or (byte)'\\'))
            {
                i++;
            }

            return i;
        }

        for (var steps = 0; steps < 4 && json.Length - i >= sizeof(ulong); steps++)
        {
            var first = FirstOf(BinaryPrimitives.ReadUInt64LittleEndian(json[i..]));
            i += first;
            if (first < sizeof(ulong))
            {
                break;
            }
        }

        return i;
    }

    /// <summary>The place of the first quote or backslash in eight bytes; 8: there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FirstOf(ulong bytes) => BitOperations.TrailingZeroCount(Zeros(bytes ^ 0x2222222222222222) | Zeros(bytes ^ 0x5C5C5C5C5C5C5C5C)) >> 3;

    /// <summary>The highest bit of each byte that is zero, up to the first one exact, which is the one that is asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Zeros(ulong bytes) => (bytes - 0x0101010101010101) & ~bytes & 0x8080808080808080;

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
