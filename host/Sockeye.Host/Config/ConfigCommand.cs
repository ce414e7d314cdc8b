using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Sockeye.Host.Settings;
using Sockeye.Host.Telemetry;

namespace Sockeye.Host.Config;

/// <summary><c>Sockeye.Host config [--defaults|--schema] [settings]</c>: what is set and where, all settings with their defaults, or their JSON schema. Nothing is started.</summary>
internal static class ConfigCommand
{
    public const string Name = "config";

    private static readonly JsonWriterOptions s_indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    // Parts of names whose values nobody should read over a shoulder; what ends as the name of a file is only where it is.
    private static readonly string[] s_secret = ["secret", "password", "token", "seed", "sha256", "credential", "users", "apikey"];
    private static readonly string[] s_open = ["file", "path", "name", "claim"];

    /// <param name="args">What follows the command.</param>
    /// <param name="output">Where it is written.</param>
    /// <returns>0.</returns>
    /// <exception cref="HostConfigurationException">The settings cannot be read.</exception>
    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        string[] rest = [.. args.Where(static argument => argument is not ("--defaults" or "--schema"))];
        if (args.Contains("--defaults"))
        {
            output.WriteLine(Text(SettingsDocument.Defaults()));
        }
        else if (args.Contains("--schema"))
        {
            output.WriteLine(Text(SettingsSchema.Create()));
        }
        else
        {
            WriteSet(HostConfiguration.ReadSources(rest), output);
        }

        return 0;
    }

    /// <summary>A document as text.</summary>
    public static string Text(JsonNode node)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, s_indented))
        {
            node.WriteTo(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>What is set, a line each, with where it was set.</summary>
    private static void WriteSet(IConfigurationRoot settings, TextWriter output)
    {
        var places = new SettingPlaces(settings);
        foreach (var key in places.Values().Select(static setting => setting.Key).Where(static key => !key.Equals("Config", StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.OrdinalIgnoreCase).Order(ConfigurationKeyComparer.Instance))
        {
            if (settings[key] is not { } value)
            {
                continue;
            }

            var (source, line, isInFile) = places.Find(key);
            var where = source is null ? "the host's own default" : !isInFile ? $"by {source}" : FormattableString.Invariant($"{source}:{line}");
            output.WriteLine($"{key} = {Shown(key, value)}  ({where})");
        }
    }

    /// <summary>A value as it may be seen.</summary>
    internal static string Shown(string key, string value)
    {
        var names = key.Split(':');
        if (key.StartsWith($"{TelemetrySettings.Section}:Headers", StringComparison.OrdinalIgnoreCase))
        {
            return "***";
        }

        var isOpen = s_open.Any(end => names[^1].EndsWith(end, StringComparison.OrdinalIgnoreCase));
        if (!bool.TryParse(value, out _) && (isOpen ? names[..^1] : names).Any(static name => s_secret.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase))))
        {
            return "***";
        }

        // A user, a password or a key may stand in an address.
        return value.Contains("://", StringComparison.Ordinal)
            ? string.Join(';', value.Split(';').Select(static one => Uri.TryCreate(one, UriKind.Absolute, out var uri) && (uri.UserInfo.Length > 0 || uri.Query.Length > 0) ? $"{uri.Scheme}://{(uri.UserInfo.Length > 0 ? "***@" : "")}{uri.Authority.Split('@')[^1]}{uri.AbsolutePath}{(uri.Query.Length > 0 ? "?***" : "")}" : one))
            : LogText.Escape(value);
    }
}
