using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>What a node is.</summary>
internal enum RuleNodeKind
{
    Null,
    True,
    False,
    Number,
    Text,
    Array,
    Object,
}

/// <summary>A field of an object.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Location">Where the name stands.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct RuleField(string Name, RuleLocation Location, RuleNode Value);

/// <summary>A value of the configuration that knows where it stands, whether it came from a file or from other sources. Does not change.</summary>
internal sealed class RuleNode
{
    private RuleNode(RuleNodeKind kind, RuleLocation location)
    {
        Kind = kind;
        Location = location;
    }

    public RuleNodeKind Kind { get; }

    public RuleLocation Location { get; }

    /// <summary>The text of a text, the digits of a number as they were written.</summary>
    public string Value { get; private init; } = "";

    public IReadOnlyList<RuleNode> Items { get; private init; } = [];

    public IReadOnlyList<RuleField> Fields { get; private init; } = [];

    /// <summary>What it is, for errors.</summary>
    public string Described => Kind switch
    {
        RuleNodeKind.Null => "null",
        RuleNodeKind.True or RuleNodeKind.False => "a boolean",
        RuleNodeKind.Number => "a number",
        RuleNodeKind.Text => "a text",
        RuleNodeKind.Array => "a list",
        _ => "an object",
    };

    /// <summary>The items of a list; of anything else the node itself, where one may stand without its brackets.</summary>
    public IReadOnlyList<RuleNode> ItemsOrSelf => Kind == RuleNodeKind.Array ? Items : [this];

    public bool IsScalar => Kind < RuleNodeKind.Array;

    public static RuleNode Literal(RuleNodeKind kind, RuleLocation location) => new(kind, location);

    public static RuleNode Number(string digits, RuleLocation location) => new(RuleNodeKind.Number, location) { Value = digits };

    public static RuleNode Text(string text, RuleLocation location) => new(RuleNodeKind.Text, location) { Value = text };

    public static RuleNode Array(IReadOnlyList<RuleNode> items, RuleLocation location) => new(RuleNodeKind.Array, location) { Items = items };

    public static RuleNode Object(IReadOnlyList<RuleField> fields, RuleLocation location) => new(RuleNodeKind.Object, location) { Fields = fields };

    /// <summary>A field by its name, in any case as configuration has it; null: there is none.</summary>
    public RuleNode? Find(string name)
    {
        foreach (var field in Fields)
        {
            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return field.Value;
            }
        }

        return null;
    }

    /// <summary>The value as JSON without white space.</summary>
    public byte[] ToUtf8()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            Write(writer, static node => node.Value);
        }

        return stream.ToArray();
    }

    public override string ToString() => Encoding.UTF8.GetString(ToUtf8());

    /// <summary>A whole number; false: it is none.</summary>
    public bool TryGetInt(out int number)
    {
        number = 0;
        return Kind == RuleNodeKind.Number && int.TryParse(Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Writes the value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="textOf">What a text becomes.</param>
    public void Write(Utf8JsonWriter writer, Func<RuleNode, string> textOf)
    {
        switch (Kind)
        {
            case RuleNodeKind.Null:
                writer.WriteNullValue();
                break;
            case RuleNodeKind.True or RuleNodeKind.False:
                writer.WriteBooleanValue(Kind == RuleNodeKind.True);
                break;
            case RuleNodeKind.Number:
                writer.WriteRawValue(Value);
                break;
            case RuleNodeKind.Text:
                writer.WriteStringValue(textOf(this));
                break;
            case RuleNodeKind.Array:
                writer.WriteStartArray();
                foreach (var item in Items)
                {
                    item.Write(writer, textOf);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStartObject();
                foreach (var field in Fields)
                {
                    writer.WritePropertyName(field.Name);
                    field.Value.Write(writer, textOf);
                }

                writer.WriteEndObject();
                break;
        }
    }
}
