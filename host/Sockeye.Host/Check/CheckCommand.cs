using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Sockeye.Host.Settings;
using Sockeye.Plugins;

namespace Sockeye.Host.Check;

/// <summary><c>Sockeye.Host check [--json] [settings]</c>: whether the start would take the settings, with every fault at once.</summary>
internal static class CheckCommand
{
    public const string Name = "check";

    /// <param name="args">What follows the command; the settings are the host's own.</param>
    /// <param name="output">Where the line that all is well goes.</param>
    /// <param name="errors">Where faults go, a line each; with <c>--json</c> all goes to <paramref name="output"/>.</param>
    /// <returns>0 when the start would take them, otherwise 2.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        var isJson = args.Contains("--json");
        IReadOnlyList<SettingFault> faults;
        var summary = "";
        try
        {
            var settings = HostConfiguration.ReadSources([.. args.Where(static argument => argument != "--json")]);
            faults = await ConfigurationCheck.RunAsync(settings);
            summary = faults.Count == 0 ? Summary(settings) : "";
        }
        catch (HostConfigurationException e)
        {
            faults = e.Faults;
        }

        if (isJson)
        {
            WriteJson(output, faults);
        }
        else if (faults.Count == 0)
        {
            output.WriteLine(summary);
        }
        else
        {
            foreach (var fault in faults)
            {
                errors.WriteLine(fault);
            }
        }

        return faults.Count == 0 ? 0 : HostFailure.Configuration;
    }

    /// <summary><c>configuration is valid: 12 settings from /etc/sockeye/sockeye.json; plugins auth, hello; sections not read: hello (no IConfigurationCheck)</c>.</summary>
    private static string Summary(IConfigurationRoot settings)
    {
        string[] from =
        [
            .. new SettingPlaces(settings).Values()
                .Where(static setting => setting.Name.Length > 0 && !setting.Key.Equals("Config", StringComparison.OrdinalIgnoreCase))
                .GroupBy(static setting => setting.Name)
                .OrderBy(static source => source.Key == HostConfiguration.OwnFile) // what the user has written comes first
                .Select(static source => FormattableString.Invariant($"{source.Count()} {(source.Count() == 1 ? "setting" : "settings")} from {source.Key}")),
        ];
        var plugins = BuiltInPlugins.In(settings);
        var found = PluginFolders.Examine([.. HostConfiguration.Options(settings).PluginFolders], plugins);
        string[] all = [.. plugins, .. found.Select(static plugin => plugin.Id).OfType<string>()];
        string[] unread = [.. found.Where(plugin => plugin is { Section: not null, ReadsSection: false } && settings.GetSection(BuiltInPlugins.Section).GetSection(plugin.Section).Exists()).Select(static plugin => plugin.Section!)];
        return $"configuration is valid: {(from.Length == 0 ? "all defaults" : string.Join(", ", from))}; {(all.Length == 0 ? "no plugins" : $"plugins {string.Join(", ", all)}")}"
            + (unread.Length == 0 ? "" : $"; sections not read: {string.Join(", ", unread)} (no {nameof(IConfigurationCheck)})");
    }

    private static void WriteJson(TextWriter output, IReadOnlyList<SettingFault> faults)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (var fault in faults)
            {
                json.WriteStartObject();
                json.WriteString("file", fault.IsInFile ? fault.Source : null);
                if (fault.Line is { } line)
                {
                    json.WriteNumber("line", line);
                }
                else
                {
                    json.WriteNull("line");
                }

                json.WriteString("source", fault.IsInFile ? null : fault.Source);
                json.WriteString("key", fault.Key);
                json.WriteString("message", fault.Message);
                json.WriteString("suggestion", fault.Suggestion);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
