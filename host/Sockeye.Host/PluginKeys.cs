using System.Text.Json;

namespace Sockeye.Host;

/// <summary>The keys in the sections of the plugins that come with the host, as their schemas have them. It has no state.</summary>
internal static class PluginKeys
{
    private static readonly Dictionary<string, JsonElement> s_schemas = BuiltInPlugins.Checks.Where(static plugin => plugin.Value.Schema is not null)
        .ToDictionary(static plugin => plugin.Key, static plugin => Parse(plugin.Value.Schema!), StringComparer.OrdinalIgnoreCase);

    /// <summary>The keys of all, with 0 for the place in a list.</summary>
    public static IEnumerable<ConfigurationKey> All => s_schemas.SelectMany(static plugin => Below($"{BuiltInPlugins.Section}:{plugin.Key}", plugin.Value));

    /// <summary>A key, with the places in lists and the names that were asked for; null: there is none, or it is a group.</summary>
    /// <param name="name">Its name, in any case.</param>
    public static ConfigurationKey? Find(string name) => At(name) is var (path, node) && !IsGroup(node) ? Key(path, node) : null;

    /// <summary>What its plugin says of a key or group; null: nothing.</summary>
    /// <param name="name">Its name, in any case.</param>
    public static string? Said(string name) => At(name) is var (_, node) ? Said(node) : null;

    /// <summary>The keys of a group; none: it is no group.</summary>
    /// <param name="name">Its name, in any case.</param>
    public static IEnumerable<ConfigurationKey> In(string name) => At(name) is var (path, node) ? Below(path, node) : [];

    private static (string Path, JsonElement Node)? At(string name)
    {
        if (name.Split(':') is not [var section, var id, .. var steps] || !section.Equals(BuiltInPlugins.Section, StringComparison.OrdinalIgnoreCase) || !s_schemas.TryGetValue(id, out var node))
        {
            return null;
        }

        var path = $"{BuiltInPlugins.Section}:{id.ToLowerInvariant()}";
        foreach (var step in steps)
        {
            if (Next(node, step) is not var (found, below))
            {
                return null;
            }

            (path, node) = ($"{path}:{found}", below);
        }

        return (path, node);
    }

    private static (string Step, JsonElement Node)? Next(JsonElement node, string step)
    {
        if (Items(node) is { } items)
        {
            return step.All(char.IsAsciiDigit) ? (step, items) : null;
        }

        foreach (var property in Properties(node))
        {
            if (property.Name.Equals(step, StringComparison.OrdinalIgnoreCase))
            {
                return (property.Name, property.Value);
            }
        }

        return node.TryGetProperty("additionalProperties", out var any) && any.ValueKind == JsonValueKind.Object ? (step, any) : null;
    }

    // A group that its plugin describes is one key: what is in it is not known by names.
    private static IEnumerable<ConfigurationKey> Below(string path, JsonElement node) => !IsGroup(node) || Said(node) is not null ? [Key(path, node)]
        : Items(node) is { } items ? Below($"{path}:0", items)
        : Properties(node).SelectMany(property => Below($"{path}:{property.Name}", property.Value));

    private static string? Said(JsonElement node) => node.TryGetProperty("description", out var said) ? said.GetString() : null;

    private static JsonElement.ObjectEnumerator Properties(JsonElement node) => node.TryGetProperty("properties", out var properties) ? properties.EnumerateObject() : default;

    // What may be one text too is a list of texts, and a key.
    private static JsonElement? Items(JsonElement node) => node.TryGetProperty("items", out var items) && node.GetProperty("type").ValueKind == JsonValueKind.String ? items : null;

    private static bool IsGroup(JsonElement node) => Items(node) is not null || (node.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("object"));

    private static ConfigurationKey Key(string path, JsonElement node)
    {
        var type = node.TryGetProperty("type", out var said) && said.ValueKind == JsonValueKind.String ? said.GetString() : null;
        var value = node.TryGetProperty("enum", out var names) ? ConfigurationValue.Choice
            : type == "boolean" ? ConfigurationValue.Flag
            : type == "integer" ? ConfigurationValue.Number
            : node.TryGetProperty("x-maximum", out _) ? ConfigurationValue.Duration
            : ConfigurationValue.Text;
        return new ConfigurationKey(path, value, node.TryGetProperty("default", out var otherwise) ? otherwise.ValueKind == JsonValueKind.String ? otherwise.GetString() : otherwise.GetRawText() : null)
        {
            IsList = said.ValueKind == JsonValueKind.Array,
            Choices = value == ConfigurationValue.Choice ? [.. names.EnumerateArray().Select(static name => name.GetString()!)] : [],
        };
    }

    private static JsonElement Parse(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        return document.RootElement.Clone();
    }
}
