using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>Reads a section of the configuration into nodes. What came from environment or arguments knows neither types nor lines: a value that reads as a JSON number, boolean or null is one, everything
/// else a text (quoted, if it should be a text of digits), and its place is its path.</summary>
internal static class RuleSection
{
    public static RuleNode Read(IConfigurationSection section) => Value(section, depth: 0);

    private static RuleNode Value(IConfigurationSection section, int depth)
    {
        var location = new RuleLocation(section.Path);
        IConfigurationSection[] children = depth < RuleJson.MaxDepth ? [.. section.GetChildren()] : [];
        if (children.Length == 0)
        {
            return Scalar(section.Value, location);
        }

        return children.All(static child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? RuleNode.Array([.. children.OrderBy(static child => int.Parse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture)).Select(child => Value(child, depth + 1))], location)
            : RuleNode.Object([.. children.Select(child => new RuleField(child.Key, new RuleLocation(child.Path), Value(child, depth + 1)))], location);
    }

    private static RuleNode Scalar(string? text, RuleLocation location)
    {
        switch (text)
        {
            case null:
                return RuleNode.Literal(RuleNodeKind.Null, location);
            case "true" or "True":
                return RuleNode.Literal(RuleNodeKind.True, location);
            case "false" or "False":
                return RuleNode.Literal(RuleNodeKind.False, location);
        }

        if (text is ['"', .., '"'] && RuleJson.Read(Encoding.UTF8.GetBytes(text), "", new RuleFaults()) is { Kind: RuleNodeKind.Text } quoted)
        {
            return RuleNode.Text(quoted.Value, location);
        }

        return IsNumber(text) ? RuleNode.Number(text, location) : RuleNode.Text(text, location);
    }

    private static bool IsNumber(string text)
    {
        if (text.Length is 0 or > 64 || !(char.IsAsciiDigit(text[^1]) && (text[0] == '-' || char.IsAsciiDigit(text[0]))))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
