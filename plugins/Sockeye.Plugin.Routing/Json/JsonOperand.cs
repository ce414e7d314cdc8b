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
