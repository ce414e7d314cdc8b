using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sockeye.Plugin.Auth.Settings;

/// <summary>What a section may have, as a JSON schema, noted while it is read from nothing: so the schema says what the reading asks for, and no list is kept beside it. One thread.</summary>
internal sealed class SettingsShape
{
    /// <summary>Stands for names that are the user's own.</summary>
    public const string AnyName = "*";

    private readonly JsonObject _schema;
    private readonly (string Key, string Value)? _kind;

    /// <summary>A section of which nothing is known yet.</summary>
    public SettingsShape()
        : this(NewObject(), null)
    {
    }

    private SettingsShape(JsonObject schema, (string Key, string Value)? kind)
    {
        _schema = schema;
        _kind = kind;
    }

    /// <summary>A text.</summary>
    /// <returns>What it is taken to be; null: it is not there.</returns>
    public string? Text(string key)
    {
        Note(key, static () => new JsonObject { ["type"] = "string" });
        return _kind is { } kind && kind.Key == key ? kind.Value : null;
    }

    public void Flag(string key, bool otherwise) => Note(key, () => new JsonObject { ["type"] = "boolean", ["default"] = otherwise });

    public void Number(string key, long otherwise, long least, long most) => Note(key, () => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most, ["default"] = otherwise });

    /// <summary>A duration. JSON schema has no range for texts: <c>x-minimum</c> and <c>x-maximum</c> say it to readers.</summary>
    public void Time(string key, TimeSpan otherwise, TimeSpan least, TimeSpan most) => Note(key, () => new JsonObject
    {
        ["type"] = "string",
        ["pattern"] = DurationText.Pattern,
        ["x-minimum"] = least.ToString("c", null),
        ["x-maximum"] = most.ToString("c", null),
        ["default"] = otherwise.ToString("c", null),
    });

    /// <summary>One of several names; whoever has read it as a text before meant this.</summary>
    public void Choice(string key, IReadOnlyList<string> names, string? otherwise)
    {
        var known = Note(key, NewObject);
        known.Clear();
        known["enum"] = new JsonArray([.. names.Select(static name => (JsonNode)name)]);
        if (otherwise is not null && _kind?.Key != key)
        {
            known["default"] = otherwise;
        }
    }

    public void Texts(string key) => Note(key, static () => new JsonObject { ["type"] = new JsonArray("array", "string"), ["items"] = new JsonObject { ["type"] = "string" } });

    /// <summary>A section below.</summary>
    public SettingsShape Section(string key) => new(Note(key, NewObject), null);

    /// <summary>The sections of a list: one for each kind, all of which stand in one schema.</summary>
    public IEnumerable<(string Name, SettingsShape Shape)> Sections(string key, string? kind, IReadOnlyList<string> kinds)
    {
        var items = Note(key, static () => new JsonObject { ["type"] = "array", ["items"] = NewObject() })["items"]!.AsObject();
        return kind is null ? [("0", new SettingsShape(items, null))] : kinds.Select((name, index) => (FormattableString.Invariant($"{index}"), new SettingsShape(items, (kind, name))));
    }

    /// <summary>The schema.</summary>
    public override string ToString()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            _schema.WriteTo(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>What is known of a key, or what is known from now on: what is noted first says more.</summary>
    private JsonObject Note(string key, Func<JsonObject> make)
    {
        if (key == AnyName)
        {
            if (_schema["additionalProperties"] is not JsonObject any)
            {
                _schema["additionalProperties"] = any = make();
            }

            return any;
        }

        var properties = _schema["properties"]!.AsObject();
        if (properties[key] is not JsonObject known)
        {
            properties[key] = known = make();
        }

        return known;
    }

    private static JsonObject NewObject() => new() { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = new JsonObject() };
}
