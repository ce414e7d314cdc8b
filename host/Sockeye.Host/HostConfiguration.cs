using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Host.Administration;
using Sockeye.Host.Settings;
using Sockeye.Host.Telemetry;
using Sockeye.Hosting;

namespace Sockeye.Host;

/// <summary>Where the host's settings come from; a later source wins: what the host itself wants, the file beside the executable, the file in the working folder or the one
/// named by <c>--config</c>, environment variables that begin with <c>SOCKEYE_</c>, arguments.</summary>
internal static class HostConfiguration
{
    public const string FileName = "sockeye.json";

    /// <summary>The process is the server's alone, so it gives memory back; an application that embeds the engine decides for itself.</summary>
    public const string IdleTrim = "00:00:10";

    /// <summary>Where clients reach the server unless something else is said.</summary>
    public const string ClientUrl = "http://127.0.0.1:3000";

    /// <summary>Where plugins are looked for unless something else is said: beside the file with the settings.</summary>
    public const string PluginFolder = "plugins";

    /// <summary>The file beside the executable.</summary>
    public static readonly string OwnFile = Path.Combine(AppContext.BaseDirectory, FileName);

    /// <summary>Keys that are not options of the server.</summary>
    public static readonly string[] OwnKeys = ["Playground", "WatchSettings", HostLogging.FormatKey, "Logging", "Plugins", "Config", "Cluster", "Administration", TelemetrySettings.Section, "$schema"];

    /// <summary>Reads all sources, and checks what is the host's own.</summary>
    /// <exception cref="HostConfigurationException">An argument is not of the form <c>--key value</c> or <c>--key=value</c>, the named file is missing, a file cannot be read or is not JSON, or
    /// what is the host's own (<c>Playground</c>, <c>Logging</c>, <c>Telemetry</c>) is at fault.</exception>
    public static IConfigurationRoot Read(string[] args)
    {
        var root = ReadSources(args);
        if (OwnFaults(root) is { Count: > 0 } faults)
        {
            var places = new SettingPlaces(root);
            throw new HostConfigurationException([.. faults.Select(places.Of)]);
        }

        return root;
    }

    /// <summary>Reads all sources.</summary>
    /// <exception cref="HostConfigurationException">An argument is not of the form <c>--key value</c> or <c>--key=value</c>, the named file is missing, or a file cannot be read or is not JSON.</exception>
    public static IConfigurationRoot ReadSources(string[] args)
    {
        List<SettingFault> faults = [];
        var settings = HostArguments.Complete(args, faults);
        var named = new ConfigurationBuilder().AddCommandLine(settings).Build()["Config"];
        var isMissing = named is not null && !File.Exists(named);
        if (isMissing)
        {
            faults.Add(new(null, null, null, Directory.Exists(named) ? $"the configuration file '{named}' is a folder" : $"the configuration file '{named}' does not exist"));
        }

        var file = Path.GetFullPath(named ?? FileName);
        string[] files = [.. new[] { OwnFile, file }.Distinct(StringComparer.Ordinal)];
        faults.AddRange(files.Where(path => Path.Exists(path) && !(isMissing && path == file)).SelectMany(static path => SettingsFile.Read(path).Faults));
        if (faults.Count > 0)
        {
            throw new HostConfigurationException(faults);
        }

        var builder = new ConfigurationBuilder().AddInMemoryCollection([new("IdleTrim", IdleTrim), .. Folders(Path.Combine(Path.GetDirectoryName(file)!, PluginFolder))]);
        foreach (var path in files)
        {
            var source = new SettingsSource { Path = path, Optional = true }; // it may come before the settings are read again
            source.ResolveFileProvider();
            builder.Add(source);
        }

        try
        {
            return builder
                .AddInMemoryCollection(HostEnvironment.Settings(Environment.GetEnvironmentVariables()).Select(static setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)))
                .AddCommandLine(settings)
                .Build();
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException)
        {
            // It has changed since it was looked at.
            throw new HostConfigurationException(failure.GetBaseException().Message);
        }
    }

    /// <summary>Files that were there when the settings were read, and are not in another reading of them, a fault for each: one that is removed by mistake, or that a mount has taken with it, would leave all defaults.</summary>
    /// <param name="settings">The reading that is in use.</param>
    /// <param name="next">The other one.</param>
    public static IReadOnlyList<SettingFault> Gone(IConfigurationRoot settings, IConfigurationRoot next) =>
    [
        .. settings.Providers.OfType<SettingsSource.Provider>().Zip(next.Providers.OfType<SettingsSource.Provider>()).Where(static file => file.First.WasThere && !file.Second.WasThere)
            .Select(static file => new SettingFault(null, null, null, $"the configuration file '{SettingsSource.PathOf(file.First)}' does not exist any more; {{}} in it stands for all defaults")),
    ];

    /// <summary>Puts another reading of the same sources in the place of one that is in use. Files are not read once more: what was checked is what holds.</summary>
    /// <param name="settings">The one in use; whoever listens to it hears of the change when all of it stands.</param>
    /// <param name="next">The other one.</param>
    public static void Take(IConfigurationRoot settings, IConfigurationRoot next)
    {
        var files = settings.Providers.OfType<SettingsSource.Provider>().ToArray();
        foreach (var (file, read) in files.Zip(next.Providers.OfType<SettingsSource.Provider>()))
        {
            file.Take(read);
        }

        foreach (var file in files)
        {
            file.Tell();
        }
    }

    /// <summary>The options of the server.</summary>
    /// <exception cref="HostConfigurationException">They have faults.</exception>
    public static SockeyeServerOptions Options(IConfigurationRoot settings)
    {
        SockeyeServerOptions options = new();
        try
        {
            options.Bind(settings, OwnKeys);
            return options;
        }
        catch (SockeyeConfigurationException e)
        {
            var places = new SettingPlaces(settings);
            throw new HostConfigurationException([.. e.Faults.Select(places.Of)]);
        }
    }

    /// <summary>Whether the playground page and its events are served: if nothing says so, in Development only.</summary>
    public static bool Playground(IConfiguration configuration) => configuration["Playground"] is { } text ? bool.Parse(text) : Development(configuration);

    /// <summary>Whether settings are read again when a file with some has changed: unless something says no.</summary>
    public static bool WatchSettings(IConfiguration configuration) => configuration["WatchSettings"] is not { } text || bool.Parse(text);

    /// <summary>Whether the process is a workbench: by the setting, or by the environment.</summary>
    public static bool Development(IConfiguration configuration) =>
        bool.TryParse(configuration[nameof(SockeyeServerOptions.Development)], out var value) ? value : new SockeyeServerOptions().Development;

    /// <summary>How many connections operators may have; 0: there is no listener for them. Of a faulty section it is the default.</summary>
    public static int OperatorConnections(IConfiguration configuration) => configuration.GetSection(AdministrationSettings.Section) is var section && !section.Exists() ? 0
        : int.TryParse(section[nameof(SockeyeServerOptions.MaxConnections)], NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most
        : AdministrationSettings.DefaultConnections;

    /// <summary>Whether whoever runs the host wants to see stacks.</summary>
    public static bool IsDebug(IConfiguration? configuration) => configuration?["Logging:LogLevel:Default"] is { } text && Enum.TryParse<LogLevel>(text, ignoreCase: true, out var level) && level <= LogLevel.Debug;

    // The first of the list, so that one that is named takes its place.
    private static IEnumerable<KeyValuePair<string, string?>> Folders(string folder) =>
        Directory.Exists(folder) && IsForPlugins(folder) ? [new($"{nameof(SockeyeServerOptions.PluginFolders)}:0", folder)] : [];

    // Nobody has named the folder: one of that name that holds something else, sources for example, is left alone.
    private static bool IsForPlugins(string folder)
    {
        try
        {
            var inside = Directory.GetDirectories(folder);
            return inside.Length == 0 || inside.Any(static plugin => Directory.EnumerateFiles(plugin, "*.dll").Any());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>What is wrong with the settings that are the host's own, a sentence for each fault.</summary>
    /// <remarks>What Microsoft.Extensions.Logging reads would be ignored where it is misspelt, and throw where a level is.</remarks>
    public static IReadOnlyList<string> OwnFaults(IConfiguration root)
    {
        List<string> faults = [];
        foreach (var key in new[] { "Playground", "WatchSettings" })
        {
            if (root[key] is { } text && !bool.TryParse(text, out _))
            {
                faults.Add($"{key}: '{text}' is not true or false");
            }
        }

        if (HostLogging.Format(root) is null)
        {
            faults.Add($"{HostLogging.FormatKey}: '{root[HostLogging.FormatKey]}' is not one of {string.Join(", ", Enum.GetNames<LogFormat>())}");
        }

        foreach (var (key, value) in root.GetSection("Logging").AsEnumerable())
        {
            var steps = key.Split(':');
            var isLevel = steps.Length > 2 && steps[^2].Equals("LogLevel", StringComparison.OrdinalIgnoreCase);
            if (value is not null && isLevel && !(Enum.TryParse<LogLevel>(value, ignoreCase: true, out var level) && Enum.IsDefined(level)))
            {
                faults.Add($"{key}: '{value}' is not one of {string.Join(", ", Enum.GetNames<LogLevel>())}");
            }
            else if (value is not null && steps.Length is 1 or 2)
            {
                faults.Add($"{key}: unknown key; did you mean Logging:LogLevel:Default?");
            }
            else if (steps.Length > 1 && !steps[1].Equals("LogLevel", StringComparison.OrdinalIgnoreCase) && !steps[1].Equals("Console", StringComparison.OrdinalIgnoreCase) && value is not null)
            {
                faults.Add($"{key}: unknown key; {OptionSuggestion.For(key, [$"Logging:LogLevel:{steps[^1]}"], [], "levels stand below Logging:LogLevel and Logging:Console:LogLevel")}");
            }
        }

        faults.AddRange(TelemetrySettings.Faults(root));
        return faults;
    }
}

/// <summary>The way the host was called, or what was written for it, is at fault; for the operator.</summary>
/// <param name="faults">One for each fault.</param>
internal sealed class HostConfigurationException(IReadOnlyList<SettingFault> faults) : Exception(string.Join('\n', faults))
{
    /// <param name="message">What is wrong, a sentence.</param>
    public HostConfigurationException(string message)
        : this([new SettingFault(null, null, null, message)])
    {
    }

    /// <summary>One for each fault.</summary>
    public IReadOnlyList<SettingFault> Faults { get; } = faults;
}
