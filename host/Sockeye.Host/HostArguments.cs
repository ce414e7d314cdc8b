using Sockeye.Host.Administration;
using Sockeye.Host.Settings;
using Sockeye.Host.Telemetry;
using Sockeye.Hosting;

namespace Sockeye.Host;

/// <summary>What the command line asks for.</summary>
internal enum HostCommand
{
    /// <summary>Starts the server.</summary>
    Start,

    /// <summary>Prints what there is to ask for.</summary>
    Help,

    /// <summary>Prints the version.</summary>
    Version,

    /// <summary>Examines the settings.</summary>
    Check,

    /// <summary>Examines the machine.</summary>
    Doctor,

    /// <summary>Shows the settings, their defaults or their schema.</summary>
    Config,

    /// <summary>Makes tokens, and says what is in one.</summary>
    Token,

    /// <summary>Tries rules of the routing plugin.</summary>
    Route,

    /// <summary>Asks the host that runs whether it is ready.</summary>
    Health,
}

/// <summary>The command line, taken apart: a command and the settings behind it.</summary>
/// <param name="Command">What to do.</param>
/// <param name="Rest">What follows it; settings are <c>--key=value</c> or <c>--key value</c>.</param>
internal sealed record HostArguments(HostCommand Command, string[] Rest)
{
    // The switches that may stand alone, which then are true.
    private static readonly string[] s_switches = ["--Playground", "--WatchPlugins", "--WatchSettings", "--ReusePort"];

    private const string AdministrationUrls = $"--{AdministrationSettings.Section}:Urls";

    /// <exception cref="HostConfigurationException">The first word is no command.</exception>
    public static HostArguments Parse(string[] args) => args switch
    {
        ["help", .. var topic] => new(HostCommand.Help, topic),
        _ when args.Any(static argument => argument is "-h" or "--help" or "-?" or "/?") => new(HostCommand.Help, args is [var word, ..] && HostCommands.Find(word) is not null ? [word] : []),
        ["--version" or "-v" or "-V", ..] => new(HostCommand.Version, []),
        [var word, .. var rest] when HostCommands.Find(word) is { } command => new(command.Command, rest),
        [var word, ..] when !word.StartsWith('-') => throw new HostConfigurationException(
            $"'{word}' is no command; {OptionSuggestion.For(word, HostCommands.All.Select(static command => command.Name), [], $"there are {HostCommands.Names}.")} To start the server write nothing or settings, such as --urls http://127.0.0.1:3000"),
        _ => new(HostCommand.Start, args),
    };

    /// <summary>The key behind a short name; <c>--plugins</c> may come several times, each with another folder.</summary>
    private static string LongName(string argument, ref int folders)
    {
        var parts = argument.Split('=', 2);
        var key = parts[0].Equals("--plugins", StringComparison.OrdinalIgnoreCase) ? $"--{nameof(SockeyeServerOptions.PluginFolders)}:{folders++}"
            : parts[0].Equals("--watch-plugins", StringComparison.OrdinalIgnoreCase) ? $"--{nameof(SockeyeServerOptions.WatchPlugins)}"
            : parts[0].Equals("--cluster", StringComparison.OrdinalIgnoreCase) ? $"--{HostCluster.Section}:Servers"
            : parts[0].Equals("--otlp", StringComparison.OrdinalIgnoreCase) ? $"--{TelemetrySettings.Section}:Endpoint"
            : parts[0].Equals("--admin", StringComparison.OrdinalIgnoreCase) ? AdministrationUrls
            : parts[0];
        return parts.Length == 1 ? key : $"{key}={parts[1]}";
    }

    /// <summary>The settings with a value for each, as the command line source of configuration wants them.</summary>
    /// <param name="args">The arguments behind the command.</param>
    /// <param name="faults">Gets a sentence for each that is not of the form <c>--key value</c> or <c>--key=value</c>; those are left out.</param>
    public static string[] Complete(string[] args, ICollection<SettingFault> faults)
    {
        List<string> complete = [];
        var folders = 0;
        for (var i = 0; i < args.Length; i++)
        {
            var argument = LongName(args[i], ref folders);
            var hasValue = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length == 2 || argument[2] == '=')
            {
                faults.Add(new(null, null, null, $"'{argument}' is no setting; {(File.Exists(argument) ? $"--config {argument} reads the settings of that file" : "write --key value, for example --urls http://127.0.0.1:3000 (--help lists the keys)")}"));
                i += argument is ['-', ..] && hasValue ? 1 : 0; // the word behind it is its value
                continue;
            }

            if (argument.Contains('=', StringComparison.Ordinal))
            {
                complete.Add(argument);
            }
            else if (hasValue)
            {
                complete.Add($"{argument}={args[++i]}");
            }
            else if (argument == AdministrationUrls)
            {
                complete.Add($"{argument}={AdministrationSettings.DefaultUrl}");
            }
            else if (s_switches.Contains(argument, StringComparer.OrdinalIgnoreCase))
            {
                complete.Add(argument + "=true");
            }
            else
            {
                faults.Add(new(null, null, null, $"'{args[i]}' has no value; write {args[i]} value"));
            }
        }

        return [.. complete];
    }
}
