using System.Text;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Inbound;

/// <summary>The name of a room or user with <c>{field}</c> for fields of a body, read once. Does not change; any thread.</summary>
internal sealed class InboundTarget
{
    /// <summary>Characters of the name that comes out at most: 255 (that of rooms, Centrifugo).</summary>
    public const int MaxLength = 255;

    private readonly string[] _parts;

    private InboundTarget(string[] parts) => _parts = parts;

    /// <summary>Reads it.</summary>
    /// <exception cref="FormatException">It has a fault.</exception>
    public static InboundTarget Parse(string text) => Fault(text) is { } fault ? throw new FormatException(fault) : new InboundTarget(Split(text)!);

    /// <summary>What is wrong with it; null: nothing.</summary>
    public static string? Fault(string text) =>
        text.Length is 0 or > MaxLength ? $"it has 1 to {MaxLength} characters"
        : Split(text) is null ? "{ and } stand around the name of a field"
        : null;

    /// <summary>Whether clients take an event of that name for the server's own word: whoever chooses names from outside must not speak to them in it.</summary>
    public static bool IsOfTheServer(string name) => name.StartsWith("auth:", StringComparison.Ordinal) || name.StartsWith("sockeye:", StringComparison.Ordinal);

    /// <summary>What is wrong with the name of an event; null: nothing.</summary>
    public static string? EventFault(string name)
    {
        try
        {
            return name.Length == 0 ? "an event has a name" : IsOfTheServer(name) ? "auth:* and sockeye:* are the server's own words" : new EventName(name).Text is null ? "" : null;
        }
        catch (ArgumentException)
        {
            return "it is reserved, too long or has a NUL";
        }
    }

    /// <summary>Puts the fields of a body in.</summary>
    /// <param name="body">The body.</param>
    /// <returns>Null: a field is missing, no text and no whole number, empty, or it becomes too long.</returns>
    public string? Fill(JsonElement body)
    {
        if (_parts.Length == 1)
        {
            return _parts[0];
        }

        var text = new StringBuilder();
        for (var i = 0; i < _parts.Length; i++)
        {
            if (i % 2 == 0)
            {
                text.Append(_parts[i]);
                continue;
            }

            if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty(_parts[i], out var field) || Value(field) is not { Length: > 0 } value)
            {
                return null;
            }

            text.Append(value);
        }

        return text.Length <= MaxLength && !text.ToString().Contains('\0') ? text.ToString() : null;
    }

    private static string? Value(JsonElement field) => field.ValueKind switch
    {
        JsonValueKind.String => field.GetString(),
        JsonValueKind.Number when field.TryGetInt64(out _) => field.GetRawText(),
        _ => null,
    };

    /// <summary>Text and names of fields in turn, text first and last.</summary>
    private static string[]? Split(string text)
    {
        var parts = new List<string>();
        var rest = text.AsSpan();
        while (true)
        {
            var open = rest.IndexOf('{');
            var before = open < 0 ? rest : rest[..open];
            if (before.Contains('}'))
            {
                return null;
            }

            parts.Add(before.ToString());
            if (open < 0)
            {
                return [.. parts];
            }

            rest = rest[(open + 1)..];
            var close = rest.IndexOf('}');
            if (close < 1 || rest[..close].Contains('{'))
            {
                return null;
            }

            parts.Add(rest[..close].ToString());
            rest = rest[(close + 1)..];
        }
    }
}
