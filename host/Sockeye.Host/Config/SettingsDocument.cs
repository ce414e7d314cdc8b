using System.Globalization;
using System.Text.Json.Nodes;
using Sockeye.Hosting;

namespace Sockeye.Host.Config;

/// <summary>All settings of the server with their defaults, as a file that the host takes. It has no state.</summary>
internal static class SettingsDocument
{
    /// <summary>Another name of <c>Path</c>: in a file with both, changing one would do nothing.</summary>
    public const string Alias = "Engine:Path";

    /// <summary>The file. Settings of a cluster, of telemetry and of plugins are not in it, nor is any listener, and groups that are off are null: a server that is told of them has them.</summary>
    public static JsonObject Defaults()
    {
        JsonObject root = new()
        {
            [nameof(HostConfiguration.Playground)] = false,
            [nameof(HostConfiguration.WatchSettings)] = true,
            ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Default"] = "Information" } },
        };
        root[nameof(SockeyeServerOptions.Listeners)] = new JsonObject();
        foreach (var key in Keys().Where(static key => key.Name != Alias && !key.Name.StartsWith("Cluster:", StringComparison.Ordinal) && !IsOfListener(key)))
        {
            var group = root;
            var steps = key.Name.Split(':');
            var (inner, name) = key.IsInAbsentGroup ? (steps[..^2], steps[^2]) : (steps[..^1], steps[^1]);
            foreach (var step in inner)
            {
                group = (JsonObject)(group[step] ??= new JsonObject());
            }

            group[name] = key.IsInAbsentGroup ? null : Value(key, key.Default);
        }

        return root;
    }

    /// <summary>The settings of the server and of its cluster, with what the host itself begins with.</summary>
    public static IEnumerable<ConfigurationKey> Keys() => SockeyeHostingExtensions.ConfigurationKeys(
        new SockeyeServerOptions { Urls = [HostConfiguration.ClientUrl], IdleTrim = TimeSpan.Parse(HostConfiguration.IdleTrim, CultureInfo.InvariantCulture) });

    /// <summary>Whether it is a setting of each listener, with a word in the place of its name.</summary>
    public static bool IsOfListener(ConfigurationKey key) => key.Name.StartsWith(nameof(SockeyeServerOptions.Listeners) + ":", StringComparison.Ordinal);

    /// <summary>A default as JSON.</summary>
    public static JsonNode? Value(ConfigurationKey key, string? text) => key switch
    {
        { IsList: true } => new JsonArray([.. (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(static item => (JsonNode)item)]),
        _ when text is null => null,
        { Value: ConfigurationValue.Flag } => bool.Parse(text),
        { Value: ConfigurationValue.Number } => long.Parse(text, CultureInfo.InvariantCulture),
        _ => text,
    };
}
