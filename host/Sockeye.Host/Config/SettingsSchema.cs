using System.Collections;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster;
using Sockeye.Host.Administration;
using Sockeye.Host.Telemetry;
using Sockeye.Hosting;

namespace Sockeye.Host.Config;

/// <summary>The JSON schema of <c>sockeye.json</c> (2020-12), for editors. It has no state.</summary>
/// <remarks>Names, types, defaults and choices come from the options, ranges from what the options themselves say of a value outside, sentences from the tables of the documents, sections of plugins from the plugins.</remarks>
internal static class SettingsSchema
{
    /// <summary>Where it lies in the repository.</summary>
    public const string File = "docs/sockeye.schema.json";

    public static JsonObject Create()
    {
        JsonObject properties = new()
        {
            ["$schema"] = new JsonObject { ["type"] = "string", ["description"] = "This schema, for editors." },
            [nameof(HostConfiguration.Playground)] = Described(new JsonObject { ["type"] = "boolean" }, KeyTable.Server, nameof(HostConfiguration.Playground)),
            [nameof(HostConfiguration.WatchSettings)] = Described(new JsonObject { ["type"] = "boolean", ["default"] = true }, KeyTable.Server, nameof(HostConfiguration.WatchSettings)),
            ["Logging"] = Described(Logging(), KeyTable.Server, "Logging"),
        };
        foreach (var key in SettingsDocument.Keys())
        {
            Add(properties, key.Name, Of(key, KeyTable.Server, key.Name, static (name, value) => new SockeyeServerOptions().Check(Configuration(name, value), hasBus: true, HostConfiguration.OwnKeys)));
        }

        OpenNames((JsonObject)properties[nameof(SockeyeServerOptions.Listeners)]!);
        foreach (var key in NatsBuilderExtensions.ConfigurationKeys())
        {
            Add(properties, $"{HostCluster.Section}:{key.Name}", Of(key, KeyTable.Nats, key.Name, static (name, value) => new NatsBusOptions().Bind(Configuration(name, value))));
        }

        foreach (var key in TelemetrySettings.Keys)
        {
            Add(properties, key.Name, Of(key, KeyTable.Server, key.Name, static (name, value) => TelemetrySettings.Faults(Configuration(name, value), new Hashtable())));
        }

        Add(properties, TelemetrySettings.Ratio, Described(new JsonObject { ["type"] = "number", ["minimum"] = 0, ["maximum"] = 1, ["default"] = 1 }, KeyTable.Server, TelemetrySettings.Ratio));
        foreach (var map in TelemetrySettings.Maps)
        {
            Add(properties, map, Described(new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string" } }, KeyTable.Server, map));
        }

        properties[AdministrationSettings.Section] = Described(Administration(properties), KeyTable.Server, AdministrationSettings.Section);
        properties[BuiltInPlugins.Section] = Described(Plugins(), KeyTable.Server, BuiltInPlugins.Section);
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "sockeye.json, the settings of the standalone host of Sockeye",
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = properties,
        };
    }

    /// <summary>The group of one name stands for those of all names.</summary>
    private static void OpenNames(JsonObject listeners)
    {
        var (name, listener) = listeners["properties"]!.AsObject().Single();
        listeners["properties"]!.AsObject().Remove(name);
        listeners.Remove("properties");
        listeners["propertyNames"] = new JsonObject { ["pattern"] = "^[A-Za-z0-9._-]{1,64}$" };
        listeners["additionalProperties"] = listener!;
    }

    /// <summary>A server of its own, with all options of one, and who may come.</summary>
    private static JsonObject Administration(JsonObject server)
    {
        JsonObject own = [];
        foreach (var name in AdministrationSettings.OwnKeys.Except(HealthRules.Keys))
        {
            own[name] = new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string" } };
        }

        foreach (var key in HealthRules.Described)
        {
            var path = $"{AdministrationSettings.Section}:{key.Name}";
            own[key.Name] = Of(key with { Name = path }, KeyTable.Administration, path, static (name, value) => AdministrationSettings.Faults(Configuration(name, value)));
        }

        foreach (var name in SockeyeHostingExtensions.ConfigurationKeys().Select(static key => key.Name.Split(':')[0]).Where(static name => name is not ("Cluster" or nameof(SockeyeServerOptions.Listeners))).Distinct().Where(server.ContainsKey))
        {
            own[name] = new JsonObject { ["$ref"] = $"#/properties/{name}" };
        }

        return new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = own };
    }

    private static JsonObject Plugins()
    {
        JsonObject sections = [];
        foreach (var (id, plugin) in BuiltInPlugins.Checks)
        {
            var section = plugin.Schema is { } schema ? JsonNode.Parse(schema)!.AsObject() : new JsonObject { ["type"] = "object" };
            if (id == BuiltInPlugins.Ids[0])
            {
                Describe(section, "");
            }

            section["description"] = $"The plugin {id}: docs/{id}.md.";
            sections[id] = section;
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = sections,
            ["additionalProperties"] = new JsonObject { ["type"] = "object", ["description"] = "The section of a plugin of a folder." },
        };
    }

    /// <summary>Says of the keys of a plugin what its documents say.</summary>
    /// <param name="schema">The schema of a section.</param>
    /// <param name="path">The name of the section below that of the plugin, with a colon behind it.</param>
    private static void Describe(JsonObject schema, string path)
    {
        foreach (var (key, property) in schema["properties"]?.AsObject() ?? [])
        {
            if (property!["properties"] is null && KeyTable.Auth.FindBelow(path + key) is { } said)
            {
                property["description"] = said;
            }

            Describe((property["items"] ?? property).AsObject(), $"{path}{key}:");
        }
    }

    private static JsonObject Logging()
    {
        var levels = new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["enum"] = new JsonArray([.. Enum.GetNames<LogLevel>().Select(static name => (JsonNode)name)]) } };
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["LogLevel"] = levels,
                ["Console"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["LogLevel"] = levels.DeepClone() } },
            },
            ["additionalProperties"] = false,
        };
    }

    /// <summary>The schema of one setting.</summary>
    private static JsonObject Of(ConfigurationKey key, KeyTable table, string documented, Func<string, string, IReadOnlyList<string>> check)
    {
        var type = key.Value switch { ConfigurationValue.Flag => "boolean", ConfigurationValue.Number => "integer", _ => "string" };
        JsonObject schema = new() { ["type"] = key.IsOptional ? new JsonArray(type, "null") : type };
        switch (key.Value)
        {
            case ConfigurationValue.Duration:
                schema["pattern"] = DurationText.Pattern;
                if (TimeRange(key.Name, check) is var (shortest, longest))
                {
                    // JSON schema has no range for texts: these are for readers.
                    if (shortest is not null)
                    {
                        schema["x-minimum"] = shortest;
                    }

                    schema["x-maximum"] = longest;
                }

                break;
            case ConfigurationValue.Choice:
                schema = new JsonObject { ["enum"] = new JsonArray([.. key.Choices.Select(static name => (JsonNode)name)]) };
                break;
            case ConfigurationValue.Text when key.Choices.Count > 0:
                schema = new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray([.. key.Choices.Select(static name => (JsonNode)name)]) }, new JsonObject { ["type"] = "string", ["pattern"] = "^/" }) };
                break;
            case ConfigurationValue.Number:
                if (Range(key.Name, check) is var (least, most))
                {
                    schema["minimum"] = least;
                    schema["maximum"] = most;
                }

                if (check(key.Name, nameof(LimitOptions.Unlimited)).Count == 0)
                {
                    schema = new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["const"] = nameof(LimitOptions.Unlimited) }) };
                }

                break;
        }

        if (key.IsList)
        {
            schema = new JsonObject { ["type"] = new JsonArray("array", "string"), ["items"] = schema };
        }

        // What depends on where it is asked is no default of the schema.
        if (key.Default is { } text && key.Name != nameof(SockeyeServerOptions.Development))
        {
            schema["default"] = SettingsDocument.Value(key, text);
        }

        return Described(schema, table, documented);
    }

    /// <summary>What the options say of a number that is surely outside: "it must be 1 to 65535".</summary>
    private static (long Least, long Most)? Range(string key, Func<string, string, IReadOnlyList<string>> check)
    {
        var fault = check(key, "-2147483648").FirstOrDefault(fault => fault.StartsWith(key, StringComparison.Ordinal) || fault.StartsWith(": " + key, StringComparison.Ordinal));
        var words = fault?.Split(' ', '.', ',') ?? [];
        for (var i = 1; i < words.Length - 1; i++)
        {
            if (words[i] == "to" && Number(words[i - 1], out var least) && Number(words[i + 1], out var most))
            {
                return (least, most);
            }
        }

        return null;

        static bool Number(string word, out long number) => long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>What the options say of a duration that is surely outside: "it must be 10 ms to 1.00:00:00". No least where it depends on another setting: then it is no whole number of milliseconds.</summary>
    private static (string? Least, string Most)? TimeRange(string key, Func<string, string, IReadOnlyList<string>> check)
    {
        var fault = check(key, "-1000000.00:00:00").FirstOrDefault(fault => fault.Replace(": ", ":", StringComparison.Ordinal).TrimStart(':').StartsWith(key, StringComparison.Ordinal));
        string[] words = [.. fault?.Split(' ').Select(static word => word.TrimEnd('.', ',')) ?? []];
        for (var i = 2; i < words.Length - 1; i++)
        {
            if (words[i] == "to" && TimeSpan.TryParse(words[i + 1], CultureInfo.InvariantCulture, out var most) && Time(words[i - 2], words[i - 1]) is { } least)
            {
                return (least.Ticks % TimeSpan.TicksPerMillisecond == 0 ? $"{least:c}" : null, $"{most:c}");
            }
        }

        return null;

        static TimeSpan? Time(string before, string word) => word switch
        {
            "ms" => TimeSpan.FromMilliseconds(double.Parse(before, CultureInfo.InvariantCulture)),
            "s" => TimeSpan.FromSeconds(double.Parse(before, CultureInfo.InvariantCulture)),
            _ => TimeSpan.TryParse(word, CultureInfo.InvariantCulture, out var time) ? time : null,
        };
    }

    private static JsonObject Described(JsonObject schema, KeyTable table, string key)
    {
        if (table.Find(key) is { } said)
        {
            schema["description"] = said;
        }

        return schema;
    }

    private static void Add(JsonObject properties, string name, JsonObject schema)
    {
        var steps = name.Split(':');
        foreach (var step in steps[..^1])
        {
            var group = (JsonObject)(properties[step] ??= new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = new JsonObject() });
            properties = (JsonObject)group["properties"]!;
        }

        properties[steps[^1]] = schema;
    }

    private static IConfigurationRoot Configuration(string key, string value) => new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
}
