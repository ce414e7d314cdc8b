using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Hosting;

namespace Sockeye.Host;

/// <summary>Where the host's settings come from; a later source wins: what the host itself wants, the file beside the executable, the file in the working folder or the one
/// named by <c>--config</c>, environment variables that begin with <c>SOCKEYE_</c>, arguments.</summary>
internal static class HostConfiguration
{
    public const string FileName = "sockeye.json";

    /// <summary>The process is the server's alone, so it gives memory back; an application that embeds the engine decides for itself.</summary>
    public const string IdleTrim = "00:00:10";

    /// <summary>Where plugins are looked for unless something else is said: beside the file with the settings.</summary>
    public const string PluginFolder = "plugins";

    /// <summary>Keys that are not options of the server.</summary>
    public static readonly string[] OwnKeys = ["Playground", "WatchSettings", HostLogging.FormatKey, "Logging", "Plugins", "Config", "Cluster", "Administration"];

    /// <exception cref="HostConfigurationException">An argument is not of the form <c>--key value</c> or <c>--key=value</c>, the named file is missing, a file is not JSON, or
    /// what is the host's own (<c>Playground</c>, <c>Logging</c>) is at fault.</exception>
    public static IConfigurationRoot Read(string[] args)
    {
        var settings = HostArguments.Complete(args);
        var named = new ConfigurationBuilder().AddCommandLine(settings).Build()["Config"];
        if (named is not null && !File.Exists(named))
        {
            throw new HostConfigurationException(Directory.Exists(named) ? $"the configuration file '{named}' is a folder" : $"the configuration file '{named}' does not exist");
        }

        var file = Path.GetFullPath(named ?? FileName);
        var builder = new ConfigurationBuilder().AddInMemoryCollection([new("IdleTrim", IdleTrim), .. Folders(Path.Combine(Path.GetDirectoryName(file)!, PluginFolder))]);
        foreach (var (path, wanted) in new[] { (Path.Combine(AppContext.BaseDirectory, FileName), false), (file, named is not null) })
        {
            if (File.Exists(path) && !NamedFile.HasContent(path))
            {
                throw new HostConfigurationException($"the configuration file '{path}' {NamedFile.NoContent}");
            }

            var source = new SettingsFile { Path = path, Optional = !wanted };
            source.ResolveFileProvider();
            builder.Add(source);
        }

        try
        {
            var root = builder
                .AddInMemoryCollection(HostEnvironment.Settings(Environment.GetEnvironmentVariables()).Select(static setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)))
                .AddCommandLine(settings)
                .Build();
            CheckOwn(root);
            return root;
        }
        catch (InvalidDataException e)
        {
            throw new HostConfigurationException(NotJson(e));
        }
    }

    /// <summary>Whether the playground page and its events are served: if nothing says so, in Development only.</summary>
    public static bool Playground(IConfiguration configuration) => configuration["Playground"] is { } text ? bool.Parse(text) : Development(configuration);

    /// <summary>Whether settings are read again when a file with some has changed: unless something says no.</summary>
    public static bool WatchSettings(IConfiguration configuration) => configuration["WatchSettings"] is not { } text || bool.Parse(text);

    /// <summary>Whether the process is a workbench: by the setting, or by the environment.</summary>
    public static bool Development(IConfiguration configuration) =>
        bool.TryParse(configuration[nameof(SockeyeServerOptions.Development)], out var value) ? value : new SockeyeServerOptions().Development;

    /// <summary>Says of a fault, which begins with its key, where that was set.</summary>
    public static string WithSource(IConfigurationRoot configuration, string fault)
    {
        var key = fault.Split(": ", 2)[0].Split(' ', 2)[0];
        return Source(configuration, key) is { } source ? $"{fault} ({source})" : fault;
    }

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

    private static string? Source(IConfigurationRoot configuration, string key)
    {
        foreach (var provider in configuration.Providers.Reverse())
        {
            if (!provider.TryGet(key, out _) && !provider.GetChildKeys([], key).Any())
            {
                continue;
            }

            return provider switch
            {
                FileConfigurationProvider file => Path.Combine((file.Source.FileProvider as Microsoft.Extensions.FileProviders.PhysicalFileProvider)?.Root ?? "", file.Source.Path ?? FileName),
                Microsoft.Extensions.Configuration.CommandLine.CommandLineConfigurationProvider => "by an argument",
                _ => HostEnvironment.Settings(Environment.GetEnvironmentVariables()).FirstOrDefault(setting => setting.Key.StartsWith(key, StringComparison.OrdinalIgnoreCase)).Variable is { } variable
                    ? $"by the environment variable {variable}" : null,
            };
        }

        return null;
    }

    // What Microsoft.Extensions.Logging reads would be ignored where it is misspelt, and throw where a level is.
    private static void CheckOwn(IConfigurationRoot root)
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
                faults.Add($"{key}: unknown key; levels stand below Logging:LogLevel and Logging:Console:LogLevel");
            }
        }

        if (faults.Count > 0)
        {
            throw new HostConfigurationException(string.Join('\n', faults.Select(fault => WithSource(root, fault))));
        }
    }

    // The loader wraps the parser's exception twice; the line stands in the innermost and counts from 0.
    private static string NotJson(InvalidDataException e)
    {
        var file = e.Message.Split('\'') is [_, var name, ..] ? name : FileName;
        var inner = e.GetBaseException();
        var place = inner is JsonException { LineNumber: { } line } ? $", line {line + 1}" : "";
        return $"{file}{place}: {inner.Message.Split(" LineNumber:", 2)[0].Split(" Path:", 2)[0]}";
    }
}

/// <summary>The way the host was called is at fault; the message is for the operator, one line for each fault.</summary>
internal sealed class HostConfigurationException(string message) : Exception(message);
