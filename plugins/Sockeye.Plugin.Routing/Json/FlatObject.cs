using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>Finds a field of an object that has neither lists nor other objects in it and is written without escapes, as machines send it: 64 bytes at a time, instead of one value after the other.</summary>
/// <remarks>It works with registers of 32 bytes, or with pairs of 16. The bytes were checked when they arrived; on anything else it finds nothing, or something within them, and never throws.</remarks>
internal static class FlatObject
{
    private const int Window = 64;

    /// <summary>Finds the last field of a name.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="open">Where the object's brace is.</param>
    /// <param name="quoted">The name with its quotes, without quotes and backslashes in it.</param>
    /// <param name="start">Where the value begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <returns>Whether it is there; null: it is not such an object.</returns>
    public static bool? TryFind(ReadOnlySpan<byte> json, int open, ReadOnlySpan<byte> quoted, out int start, out int end)
    {
        start = end = 0;
        if (!Vector128.IsHardwareAccelerated || json.Length < Vector256<byte>.Count)
        {
            return null;
        }

        var colon = 0; // that of the field; 0: it was not met
        var inText = 0UL; // all bits: the bytes before end within a text
        for (var at = open + 1; at < json.Length; at += Window)
        {
            var bytes = new Bytes(json, at);
            var text = Toggled(bytes.Where((byte)'"')) ^ inText;
            var closes = bytes.WhereBracket((byte)'}') & ~text;
            var within = (closes & (0 - closes)) - 1; // the bits below the first one; all if there is none
            if (((bytes.Where((byte)'\\') | (bytes.WhereBracket((byte)'{') & ~text)) & within) != 0)
            {
                return null;
            }

            var ends = (bytes.Where((byte)',') & ~text) | closes;
            if (colon != 0 && end == 0)
            {
                end = PlaceOf(ends, at);
            }

            // The last one of a name counts, so the last ones are looked at first.
            for (var colons = bytes.Where((byte)':') & ~text & within; colons != 0;)
            {
                var bit = BitOperations.Log2(colons);
                colons ^= 1UL << bit;
                var name = json[open..(at + bit)];
                if (name[^1] != (byte)'"')
                {
                    return null; // white space
                }

                // Most other names differ in their last letter, and need no call.
                if (name.Length > 2 && name[^2] == quoted[^2] && name.EndsWith(quoted))
                {
                    colon = at + bit;
                    end = PlaceOf(ends & (ulong.MaxValue << bit), at);
                    break;
                }
            }

            if (closes != 0)
            {
                break;
            }

            inText = (ulong)((long)text >> 63);
        }

        if (colon == 0)
        {
            return false;
        }

        start = JsonWalk.White(json, colon + 1);
        while (end > start && json[end - 1] <= (byte)' ')
        {
            end--;
        }

        return start < end ? true : null;
    }

    private static int PlaceOf(ulong bits, int at) => bits == 0 ? 0 : at + BitOperations.TrailingZeroCount(bits);

    /// <summary>Each bit is whether there is an odd number of bits up to it: from an opening quote to the byte before the closing one.</summary>
    private static ulong Toggled(ulong bits)
    {
        bits ^= bits << 1;
        bits ^= bits << 2;
        bits ^= bits << 4;
        bits ^= bits << 8;
        bits ^= bits << 16;
        return bits ^ (bits << 32);
    }

    /// <summary>64 bytes, or those that are left, as two registers, of which each begins so early that it does not read beyond the end.</summary>
    private readonly struct Bytes
    {
        private readonly Vector256<byte> _low, _high;
        private readonly int _lowIsEarly, _highFollows;

        public Bytes(ReadOnlySpan<byte> json, int at)
        {
            var last = json.Length - Vector256<byte>.Count;
            var low = Math.Min(at, last);
            _low = Vector256.Create(json[low..]);
            _lowIsEarly = at - low;
            if (low < last)
            {
                var high = Math.Min(at + Vector256<byte>.Count, last);
                _high = Vector256.Create(json[high..]);
                _highFollows = high - at;
            }
        }

        /// <summary>A bit for each place of a byte, which is not 0.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Where(byte value) => Bits(Vector256.Equals(_low, Vector256.Create(value)), Vector256.Equals(_high, Vector256.Create(value)));

        /// <summary>The same of a brace and of the bracket that stands 32 before it in the alphabet.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong WhereBracket(byte brace)
        {
            var bit = Vector256.Create((byte)0x20);
            return Bits(Vector256.Equals(_low | bit, Vector256.Create(brace)), Vector256.Equals(_high | bit, Vector256.Create(brace)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private ulong Bits(Vector256<byte> low, Vector256<byte> high) =>
            ((ulong)low.ExtractMostSignificantBits() >> _lowIsEarly) | ((ulong)high.ExtractMostSignificantBits() << _highFollows);
    }
}
