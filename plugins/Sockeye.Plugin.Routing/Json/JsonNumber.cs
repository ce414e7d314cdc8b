using System.Buffers.Text;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>A number of JSON: exact if it is a whole one of 64 bits, else the nearest double.</summary>
internal readonly struct JsonNumber : IComparable<JsonNumber>
{
    /// <summary>Bytes of a number that are read as they stand: 512 (own). A longer one is read too, by as many of its digits: nobody writes it so, but for passing by a rule.</summary>
    public const int MaxBytes = 512;

    /// <summary>Digits of a longer number that count: 400 (own; a double tells 17 apart).</summary>
    private const int MaxDigits = 400;

    private static readonly double[] s_powers = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14];

    private readonly long _whole;
    private readonly double _value;
    private readonly bool _isWhole;

    private JsonNumber(long whole, double value, bool isWhole)
    {
        _whole = whole;
        _value = value;
        _isWhole = isWhole;
    }

    public static bool TryParse(ReadOnlySpan<byte> json, out JsonNumber number)
    {
        number = default;
        if (json.IsEmpty || !(json[0] == (byte)'-' || char.IsAsciiDigit((char)json[0])))
        {
            return false;
        }

        if (json.Length > MaxBytes)
        {
            return TryParseLong(json, out number);
        }

        if (TryParseShort(json, out number))
        {
            return true;
        }

        if (Utf8Parser.TryParse(json, out long whole, out var used) && used == json.Length)
        {
            number = new JsonNumber(whole, whole, isWhole: true);
            return true;
        }

        if (Utf8Parser.TryParse(json, out double value, out used) && used == json.Length && double.IsFinite(value))
        {
            number = new JsonNumber(0, value, isWhole: false);
            return true;
        }

        return false;
    }

    /// <summary>A number of at most 15 digits without an exponent, which most are. Its digits and the power of ten below them are exact as doubles, so that their quotient is the nearest one.</summary>
    private static bool TryParseShort(ReadOnlySpan<byte> json, out JsonNumber number)
    {
        number = default;
        var isNegative = json[0] == (byte)'-';
        var digits = isNegative ? json[1..] : json;
        if (digits.Length is 0 or > 15)
        {
            return false;
        }

        long all = 0;
        var point = -1;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[i] - (byte)'0';
            if ((uint)digit <= 9)
            {
                all = (all * 10) + digit;
            }
            else if (digits[i] == (byte)'.' && point < 0 && i > 0)
            {
                point = i;
            }
            else
            {
                return false;
            }
        }

        if (point == digits.Length - 1)
        {
            return false;
        }

        // A whole zero with a sign is a whole zero; -0.0 is none.
        var signed = isNegative ? -all : all;
        var value = point < 0 ? signed : (isNegative ? -(double)all : all) / s_powers[digits.Length - 1 - point];
        number = point < 0 ? new JsonNumber(signed, signed, isWhole: true) : new JsonNumber(0, value, isWhole: false);
        return true;
    }

    /// <summary>A number of any length, by its first digits that are not zero and the power of ten behind them.</summary>
    private static bool TryParseLong(ReadOnlySpan<byte> json, out JsonNumber number)
    {
        number = default;
        var rest = json[0] == (byte)'-' ? json[1..] : json;
        var whole = Digits(ref rest);
        var fraction = Part(ref rest, (byte)'.') ? Digits(ref rest) : default;
        var power = 0L;
        if ((Part(ref rest, (byte)'e') || Part(ref rest, (byte)'E')) && !TryReadPower(ref rest, out power))
        {
            return false;
        }

        if (whole.IsEmpty || !rest.IsEmpty || json[^1] == (byte)'.')
        {
            return false;
        }

        whole = whole.TrimStart((byte)'0');
        power -= fraction.Length;
        fraction = whole.IsEmpty ? fraction.TrimStart((byte)'0') : fraction;
        var ofWhole = Math.Min(whole.Length, MaxDigits);
        var ofFraction = Math.Min(fraction.Length, MaxDigits - ofWhole);
        power += whole.Length - ofWhole + fraction.Length - ofFraction;
        Span<byte> shorter = stackalloc byte[MaxBytes];
        shorter[0] = (byte)'-';
        shorter[1] = (byte)'0';     // if there is no digit but zeros
        whole[..ofWhole].CopyTo(shorter[2..]);
        fraction[..ofFraction].CopyTo(shorter[(2 + ofWhole)..]);
        var length = 2 + ofWhole + ofFraction;
        shorter[length++] = (byte)'e';
        Utf8Formatter.TryFormat(power, shorter[length..], out var written);
        if (!Utf8Parser.TryParse(shorter[..(length + written)], out double value, out _) || !double.IsFinite(value))
        {
            return false;
        }

        number = new JsonNumber(0, json[0] == (byte)'-' ? value : -value, isWhole: false);
        return true;
    }

    private static ReadOnlySpan<byte> Digits(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var digits = end < 0 ? rest : rest[..end];
        rest = rest[digits.Length..];
        return digits;
    }

    private static bool Part(ref ReadOnlySpan<byte> rest, byte mark)
    {
        var isThere = !rest.IsEmpty && rest[0] == mark;
        rest = isThere ? rest[1..] : rest;
        return isThere;
    }

    private static bool TryReadPower(ref ReadOnlySpan<byte> rest, out long power)
    {
        var isNegative = Part(ref rest, (byte)'-');
        _ = !isNegative && Part(ref rest, (byte)'+');
        var digits = Digits(ref rest);
        var significant = digits.TrimStart((byte)'0');

        // One of ten digits is beyond all that the digits of an event could make up for.
        power = significant.Length > 9 ? 9_999_999_999 : 0;
        for (var i = 0; power < 9_999_999_999 && i < significant.Length; i++)
        {
            power = (power * 10) + significant[i] - (byte)'0';
        }

        power = isNegative ? -power : power;
        return !digits.IsEmpty;
    }

    public int CompareTo(JsonNumber other) => _isWhole && other._isWhole ? _whole.CompareTo(other._whole) : _value.CompareTo(other._value);
}
