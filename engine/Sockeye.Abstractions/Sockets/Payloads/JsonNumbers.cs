using System.Globalization;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Abstractions.Sockets;

/// <summary>Numbers as JSON, in the shortest form that reads back as the same value.</summary>
internal static class JsonNumbers
{
    private const int MaxDigits = 64;

    /// <summary>A number with so many digits may be beyond the range of <see cref="float"/>; of <see cref="double"/> it takes more.</summary>
    public const int DigitsOfFloat = 39;

    /// <summary>A number with so many digits may be beyond the range of <see cref="Half"/>.</summary>
    public const int DigitsOfHalf = 5;

    /// <summary>With so many digits a number, and the power of ten that it is divided by, are exact as <see cref="double"/>.</summary>
    private const int PlainDigits = 15;

    /// <summary>Up to this all whole numbers are exact as <see cref="float"/>, and so are powers of ten up to <see cref="FloatDecimals"/>.</summary>
    private const long FloatWhole = 1 << 24;

    private const int FloatDecimals = 10;

    private static ReadOnlySpan<long> PowersOfTen =>
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000, 1_000_000_000_000,
        10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    ];

    public static void Write<T>(EventWriter writer, T value)
        where T : IUtf8SpanFormattable
    {
        value.TryFormat(writer.GetSpan(MaxDigits), out var written, default, CultureInfo.InvariantCulture);
        writer.Advance(written);
    }

    /// <summary>Reads a number as most of them stand in events: few digits, no exponent. Both sides of the division are exact, so its result is the nearest there is (Clinger 1990).</summary>
    /// <typeparam name="T">A type of whole numbers of at most 64 bits, <see cref="double"/> or <see cref="float"/>.</typeparam>
    /// <param name="json">Starts with the number.</param>
    /// <param name="value">The number.</param>
    /// <param name="length">How long it is.</param>
    /// <returns>False: it is to be read in the general way, and may be a value all the same.</returns>
    public static bool TryReadPlain<T>(ReadOnlySpan<byte> json, out T value, out int length)
        where T : struct, INumber<T>
    {
        var isFloating = typeof(T) == typeof(double) || typeof(T) == typeof(float);
        long digits = 0;
        var start = !json.IsEmpty && json[0] == (byte)'-' ? 1 : 0;
        var point = -1;
        var i = start;
        for (; i < json.Length; i++)
        {
            if (IsDigit(json[i]))
            {
                digits = (digits * 10) + (json[i] - '0');
            }
            else if (isFloating && json[i] == (byte)'.' && point < 0)
            {
                point = i;
            }
            else
            {
                break;
            }
        }

        value = default;
        length = i;
        var count = i - start - (point < 0 ? 0 : 1);
        if (count is 0 or > PlainDigits || (i < json.Length && !JsonSpan.EndsLiteral(json[i])))
        {
            return false;
        }

        if (!isFloating)
        {
            digits = start > 0 ? -digits : digits;
            value = T.CreateTruncating(digits);
            return long.CreateTruncating(value) == digits && T.IsNegative(value) == digits < 0;
        }

        var decimals = point < 0 ? 0 : i - point - 1;
        if ((start > 0 && digits == 0) || (typeof(T) == typeof(float) && (digits > FloatWhole || decimals > FloatDecimals)))
        {
            return false;
        }

        value = T.CreateTruncating(digits);
        value = decimals == 0 ? value : value / T.CreateTruncating(PowersOfTen[decimals]);
        value = start > 0 ? -value : value;
        return true;
    }

    public static bool IsNumber(Type type) =>
        type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(float) || type == typeof(decimal)
        || type == typeof(uint) || type == typeof(ulong) || type == typeof(short) || type == typeof(ushort) || type == typeof(byte) || type == typeof(sbyte)
        || type == typeof(Half) || type == typeof(Int128) || type == typeof(UInt128);

    public static bool IsFloating(Type type) => type == typeof(double) || type == typeof(float) || type == typeof(Half);

    /// <summary>Whether a number in this JSON may be beyond the range of a floating-point type: it has an exponent, or so many digits. Digits of texts count too.</summary>
    public static bool MayOverflow(ReadOnlySpan<byte> json, int digits)
    {
        if (HasExponent(json))
        {
            return true;
        }

        // A run that is long enough covers one of these places.
        for (var i = digits - 1; i < json.Length; i += digits)
        {
            if (IsDigit(json[i]))
            {
                int start = i, end = i + 1;
                while (start > 0 && IsDigit(json[start - 1]))
                {
                    start--;
                }

                while (end < json.Length && IsDigit(json[end]))
                {
                    end++;
                }

                if (end - start >= digits)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether an <c>e</c> stands behind a digit. Texts are full of that letter, so both are looked for at once.</summary>
    private static bool HasExponent(ReadOnlySpan<byte> json)
    {
        var i = 1;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; i + Vector128<byte>.Count <= json.Length; i += Vector128<byte>.Count)
            {
                var letters = Vector128.Create(json.Slice(i, Vector128<byte>.Count)) | Vector128.Create((byte)0x20);
                var before = Vector128.Create(json.Slice(i - 1, Vector128<byte>.Count)) - Vector128.Create((byte)'0');
                if ((Vector128.Equals(letters, Vector128.Create((byte)'e')) & Vector128.LessThan(before, Vector128.Create((byte)10))) != Vector128<byte>.Zero)
                {
                    return true;
                }
            }
        }

        for (; i < json.Length; i++)
        {
            if ((json[i] | 0x20) == 'e' && IsDigit(json[i - 1]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';
}

/// <summary>Refuses what is beyond the range of a floating-point type, where the serialiser would read infinity. Reads once more what was found to be a value of its type, so in quotes as well.</summary>
/// <param name="refusesNames">Whether <c>"NaN"</c> is refused: the serialiser takes it where numbers may stand in quotes, even if the options do not say that they have names.</param>
internal sealed class FiniteConverter<T>(bool refusesNames) : JsonConverter<T>
    where T : struct, INumber<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return Parse(reader.GetString());
        }

        return T.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && T.IsFinite(value)
            ? value
            : throw Beyond();
    }

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString());

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => throw new NotSupportedException("Only reads.");

    private T Parse(string? text) => text is "NaN" or "Infinity" or "-Infinity" && !refusesNames ? T.Zero
        : T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && T.IsFinite(value) ? value
        : throw Beyond();

    /// <summary>Without a message of its own, the serialiser says the type and the place.</summary>
    private static JsonException Beyond() => new();
}
