using System.Buffers.Text;
using System.Text;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>A value of a rule that values of events are held against, as bytes and without allocating.</summary>
internal sealed class JsonOperand
{
    private readonly RuleNodeKind _kind;
    private readonly byte[] _text;
    private readonly JsonNumber _number;

    private JsonOperand(RuleNodeKind kind, byte[] text, JsonNumber number)
    {
        _kind = kind;
        _text = text;
        _number = number;
    }

    public bool IsText => _kind == RuleNodeKind.Text;

    public bool IsNumber => _kind == RuleNodeKind.Number;

    /// <summary>An operand; null: the node is a list or an object, or a number that no double can hold.</summary>
    public static JsonOperand? Of(RuleNode node)
    {
        var text = Encoding.UTF8.GetBytes(node.Value);
        JsonNumber number = default;
        return node.IsScalar && (node.Kind != RuleNodeKind.Number || JsonNumber.TryParse(text, out number)) ? new JsonOperand(node.Kind, text, number) : null;
    }

    /// <summary>Whether a value is this one: of the same type, numbers by their value.</summary>
    public bool IsEqual(ReadOnlySpan<byte> json) => _kind switch
    {
        RuleNodeKind.Text => JsonTextValue.Equal(json, _text),
        RuleNodeKind.Number => JsonNumber.TryParse(json, out var number) && number.CompareTo(_number) == 0,
        RuleNodeKind.True => json.SequenceEqual("true"u8),
        RuleNodeKind.False => json.SequenceEqual("false"u8),
        _ => json.SequenceEqual("null"u8),
    };

    /// <summary>How a number stands to this one: below, equal, above; null: the value is no number.</summary>
    public int? Compare(ReadOnlySpan<byte> json) => JsonNumber.TryParse(json, out var number) ? number.CompareTo(_number) : null;

    public bool IsStartOf(ReadOnlySpan<byte> json) => JsonTextValue.StartsWith(json, _text);

    /// <summary>Whether a text has this one in it, or a list a value that is equal to it.</summary>
    public bool IsIn(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || json[0] != (byte)'[')
        {
            return IsText && JsonTextValue.Contains(json, _text);
        }

        var i = JsonWalk.White(json, 1);
        while (i < json.Length && json[i] != (byte)']')
        {
            var end = JsonWalk.Value(json, i);
            if (IsEqual(json[i..end]))
            {
                return true;
            }

            i = JsonWalk.Separator(json, end);
        }

        return false;
    }
}

/// <summary>A number of JSON: exact if it is a whole one of 64 bits, else the nearest double.</summary>
internal readonly struct JsonNumber : IComparable<JsonNumber>
{
    /// <summary>Bytes of a number that are looked at: 512 (own; the longest double that is written out in full has 1,077, and nobody writes it so).</summary>
    public const int MaxBytes = 512;

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
        if (json.Length is 0 or > MaxBytes || !(json[0] == (byte)'-' || char.IsAsciiDigit((char)json[0])))
        {
            return false;
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

    public int CompareTo(JsonNumber other) => _isWhole && other._isWhole ? _whole.CompareTo(other._whole) : _value.CompareTo(other._value);
}
