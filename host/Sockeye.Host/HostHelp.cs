using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Sockeye.Host.Administration;
using Sockeye.Host.Config;
using Sockeye.Host.Telemetry;
using Sockeye.Hosting;

namespace Sockeye.Host;

/// <summary>What <c>--help</c>, <c>help</c> and <c>--version</c> print.</summary>
internal static class HostHelp
{
    private const string AnyName = "NAME";

    /// <summary>What the host was started as: the tool's name, or that of the executable.</summary>
    public static string Name { get; } = NameOf(Environment.ProcessPath);

    /// <summary>The version with the runtime and the machine that it runs on: what a report of a fault begins with.</summary>
    public static string Version { get; } = $"Sockeye {Number()} ({RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})";

    /// <summary>What a program is called by: its file, of which Windows leaves out <c>.exe</c>. Sockeye.Host is all name.</summary>
    internal static string NameOf(string? program)
    {
        var file = Path.GetFileName(program) ?? "";
        var name = file.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? file[..^4] : file;
        return name is "" or "dotnet" ? "sockeye" : name;
    }

    /// <summary>Prints what is asked for: nothing is all of it, a command is that one, a key is that setting.</summary>
    /// <param name="topic">The words behind <c>help</c>.</param>
    /// <param name="output">Where it goes.</param>
    /// <exception cref="HostConfigurationException">There is no such command and no such key.</exception>
    public static void Print(IReadOnlyList<string> topic, TextWriter output)
    {
        if (topic.FirstOrDefault(static word => word is not ("-h" or "--help" or "-?" or "/?")) is not { } asked)
        {
            PrintAll(output);
            return;
        }

        var name = BuiltInPlugins.Ids.Contains(asked, StringComparer.OrdinalIgnoreCase) ? $"{BuiltInPlugins.Section}:{asked}" : asked.TrimStart('-');
        if (PluginKeys.Find(name) is { } ofPlugin)
        {
            PrintKey(ofPlugin, SaidOf(ofPlugin), output);
        }
        else if (PluginKeys.Said(name) is { } described)
        {
            output.WriteLine($"{name}: {described} docs/{name.Split(':')[1]}.md");
        }
        else if (PluginKeys.In(name).ToArray() is { Length: > 0 } group)
        {
            PrintGroup(name, group, output);
        }
        else if (HostCommands.Find(asked) is { } command)
        {
            output.WriteLine(command.Help);
        }
        else if (FindKey(name) is { } key)
        {
            var steps = key.Name.Split(':').Zip(name.Split(':'), static (step, asked) => step == AnyName ? asked : step);
            PrintKey(key with { Name = string.Join(':', steps) }, SaidOf(key.Name) ?? KeyTable.Nats.Find(key.Name.Split(':')[^1]) ?? "docs/configuration.md", output);
        }
        else if (SaidOf(name) is var said && Keys().Where(key => IsAt(key.Name, name, isBelow: true)).ToArray() is var below && (said is not null || below.Length > 0))
        {
            output.WriteLine($"{name}: {said ?? $"a group of settings; {Name} help KEY says more of one."}{(name.Equals(AdministrationSettings.Section, StringComparison.OrdinalIgnoreCase) ? " It takes every other option of a server too." : "")}");
            PrintNames(below, output);
        }
        else
        {
            string[] names = [.. HostCommands.All.Select(static command => command.Name), .. BuiltInPlugins.Ids, .. Keys().Concat(PluginKeys.All).Select(static key => key.Name)];
            throw new HostConfigurationException($"'{asked}' is no command and no setting; {OptionSuggestion.For(asked, names, [], $"there are {HostCommands.Names}, and the settings that {Name} help shows")}");
        }
    }

    // With NAME where a name of the operator's own stands.
    private static IEnumerable<ConfigurationKey> Keys() =>
    [
        .. SettingsDocument.Keys(),
        .. TelemetrySettings.Keys,
        .. TelemetrySettings.Maps.Select(static map => new ConfigurationKey($"{map}:{AnyName}", ConfigurationValue.Text, null)),
        .. NatsBuilderExtensions.ConfigurationKeys().Select(static key => key with { Name = $"{HostCluster.Section}:{key.Name}" }),
        new($"{AdministrationSettings.Section}:{nameof(SockeyeServerOptions.Urls)}", ConfigurationValue.Text, AdministrationSettings.DefaultUrl) { IsList = true },
        .. AdministrationSettings.OwnKeys.Except(HealthRules.Keys).Select(static name => new ConfigurationKey($"{AdministrationSettings.Section}:{name}:{AnyName}", ConfigurationValue.Text, null)),
        .. HealthRules.Described.Select(static key => key with { Name = $"{AdministrationSettings.Section}:{key.Name}" }),
        new($"Logging:LogLevel:{AnyName}", ConfigurationValue.Choice, nameof(LogLevel.Information)),
        new($"Logging:Console:LogLevel:{AnyName}", ConfigurationValue.Choice, nameof(LogLevel.Information)),
    ];

    // The listener of operators is a server of its own, with all options of one but a few.
    private static ConfigurationKey? FindKey(string name)
    {
        SockeyeServerOptions operators = new();
        AdministrationSettings.Defaults(operators);
        return Keys().Concat(SockeyeHostingExtensions.ConfigurationKeys(operators).Where(static key => key.Name.Split(':')[0] is not (nameof(SockeyeServerOptions.Listeners) or "Cluster")).Select(static key => key with { Name = $"{AdministrationSettings.Section}:{key.Name}" }))
            .FirstOrDefault(key => IsAt(key.Name, name, isBelow: false));
    }

    private static string? SaidOf(string name)
    {
        var group = name[..Math.Max(0, name.LastIndexOf(':'))];
        return KeyTable.Server.Find(name) ?? KeyTable.Administration.Find(name) ?? KeyTable.Administration.Find($"{name}:{AnyName}") ?? KeyTable.Administration.Find($"{group}:{AnyName}")
            ?? (TelemetrySettings.Maps.Contains(group, StringComparer.OrdinalIgnoreCase) ? KeyTable.Server.Find(group) : null)
            ?? (group.EndsWith("LogLevel", StringComparison.OrdinalIgnoreCase) ? KeyTable.Server.Find("Logging") : null)
            ?? (name.StartsWith($"{AdministrationSettings.Section}:", StringComparison.OrdinalIgnoreCase) ? KeyTable.Server.Find(name[(AdministrationSettings.Section.Length + 1)..]) : null);
    }

    /// <summary>Whether a name is that of a key, or of a group around it.</summary>
    private static bool IsAt(string key, string name, bool isBelow)
    {
        var (steps, asked) = (key.Split(':'), name.Split(':'));
        return (isBelow ? steps.Length > asked.Length : steps.Length == asked.Length)
            && asked.Zip(steps).All(static pair => (pair.Second == AnyName && pair.First.Length > 0) || pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    private static string SaidOf(ConfigurationKey key)
    {
        var steps = key.Name.Split(':');
        return (steps[1] == BuiltInPlugins.Ids[0] ? KeyTable.Auth.FindBelow(string.Join(':', steps[2..].Where(static step => !step.All(char.IsAsciiDigit)))) : PluginKeys.Said(key.Name)) ?? $"docs/{steps[1]}.md";
    }

    private static void PrintGroup(string name, ConfigurationKey[] keys, TextWriter output)
    {
        var id = keys[0].Name.Split(':')[1];
        output.WriteLine($"{name}: keys of the plugin {id}, which docs/{id}.md explains; {Name} help KEY says more of one. 0 is the place in a list.");
        PrintNames(keys, output);
    }

    private static void PrintNames(ConfigurationKey[] keys, TextWriter output)
    {
        if (keys.Length > 0)
        {
            output.WriteLine();
        }

        foreach (var key in keys)
        {
            output.WriteLine($"  --{key.Name,-48} {key.Default ?? (key.Choices.Count > 0 ? string.Join('|', key.Choices) : "")}".TrimEnd());
        }
    }

    private static void PrintKey(ConfigurationKey key, string said, TextWriter output)
    {
        output.WriteLine($"""
            {key.Name}: {said}

              in sockeye.json    {Json(key)}
              as an argument     --{key.Name} {Example(key)}
              as a variable      SOCKEYE_{key.Name.Replace(":", "__", StringComparison.Ordinal)}={Example(key)}
            """);
    }

    private static string Json(ConfigurationKey key)
    {
        var value = key.Value is ConfigurationValue.Flag or ConfigurationValue.Number ? Example(key) : $"\"{Example(key)}\"";
        value = key.IsList ? $"[ {value} ]" : value;
        return key.Name.Split(':').Reverse().Aggregate(value, static (inner, name) => name.All(char.IsAsciiDigit) ? $"[ {inner} ]" : $"{{ \"{name}\": {inner} }}");
    }

    private static string Example(ConfigurationKey key) => key.Default is { Length: > 0 } text ? text : key.Value switch
    {
        ConfigurationValue.Flag => "true",
        ConfigurationValue.Number => "1000",
        ConfigurationValue.Duration => "00:00:10",
        ConfigurationValue.Text when key.Name.EndsWith("Url", StringComparison.Ordinal) => "http://10.0.0.5:3001",
        ConfigurationValue.Text or ConfigurationValue.Choice when key.Choices.Count > 0 => key.Choices[0],
        _ => "value",
    };

    private static void PrintAll(TextWriter output)
    {
        output.WriteLine($"""
            {Version}: a Socket.IO server

            usage: {Name} [command] [settings]

            commands ({Name} help COMMAND says more):
            """);
        foreach (var command in HostCommands.All)
        {
            output.WriteLine($"  {command.Name,-9}{command.Summary}");
        }

        output.WriteLine($"""

            to try it:
              {Name} --playground                                         a page to try the server with, on http://127.0.0.1:3000
              {Name} --urls http://*:8080                                 listen on all addresses of the machine
              {Name} --Listeners:inside:Url http://10.0.0.5:3001          a further listener, with routes and a limit of its own (help Listeners:inside:Routes)
              {Name} --Engine:Cors:Origins https://example.org            pages of that site may connect

            to set it up:
              {Name} config --defaults > sockeye.json                     all settings with their defaults, to cut down
              {Name} help Engine:PingInterval                             what a setting means, and how it is written
              {Name} check --config production.json                       every fault of the settings, rules and plugins, with its line
              {Name} --config production.json                             settings from that file
              SOCKEYE_Engine__PingInterval=00:00:10 {Name}                the same by the environment: SOCKEYE_ and __ for :

            to run it:
              {Name} doctor --connections 50000                           what to raise on this machine for so many
              {Name} config --config production.json                      what is set, and where
              {Name} --Logging:LogLevel:Default Debug                     connects, disconnects, refused packets and stacks are seen

            to develop for it:
              {Name} --plugins plugins --watch-plugins                    plugins from folders, and again when they change
              {Name} route test --rules rules.json --event chat           what rules would do with an event
              {Name} token hash < token.txt                               what settings have in the place of a token; --password: of a password
              {Name} token issue --secret-env SECRET --sub ann            a token for a client
              {Name} token inspect - --config production.json             what the server says of one

            The host serves the protocol, and its playground. Events of your own run in a plugin (docs/plugins.md), or in your own program:
            it embeds the server with the package Sockeye, in five lines (README.md, docs/tutorial.md).

            Settings, a later source wins: sockeye.json beside the program, sockeye.json in this folder (or the file of --config),
            environment variables, arguments (--key value or --key=value; case does not count). docs/configuration.md explains each.
            What is unknown or out of range ends the start with one line for each fault.

              --config file                          the file to read instead of sockeye.json
              --plugins folder                       plugins from the folders below it, may be repeated; without it: the folder plugins beside the
                                                     settings, if there is one. SIGHUP reads the settings and the plugins again
              --watch-plugins [true|false]           whether a change in these folders does so as well; default false
              --Plugins:auth:KEY value               who clients are and what they may do; {Name} help auth names its keys (docs/auth.md)
              --Plugins:routing:file rules.json      where events go, by rules; {Name} help routing names its keys (docs/routing.md)
              --cluster nats://127.0.0.1:4222        nodes speak with each other over NATS; all else of it below Cluster:Nats, such as --Cluster:Nats:User (docs/cluster.md)
              --admin [url]                          a listener for operators, {AdministrationSettings.DefaultUrl} unless another is named: health, metrics and a page (docs/administration.md);
                                                     all else of it below {AdministrationSettings.Section}, such as --Administration:Users:ops '$2a$12$...'
              --otlp http://127.0.0.1:4317           metrics and traces go to a collector of OpenTelemetry; all else of it below {TelemetrySettings.Section}, such as --Telemetry:Traces false (docs/metrics.md)
              --playground [true|false]              the page that shows the server at work; without it: true in Development only
              --LogFormat Text|Json|Systemd          how entries of the log stand on standard output; default Text
              --Logging:LogLevel:CATEGORY level      Trace, Debug, Information, Warning, Error, Critical, None; CATEGORY: Default, Sockeye.Server, ...
            """);
        foreach (var key in SettingsDocument.Keys())
        {
            output.WriteLine($"  --{key.Name,-36} {key.Default}".TrimEnd());
        }

        output.WriteLine($"""

            exit codes: 0 the server was ended, or the command did what it was asked for;
                        {HostFailure.Machine} the machine does not give what is asked (a port that is taken): another try may succeed;
                        {HostFailure.Configuration} arguments, environment or a file are at fault: another try ends the same.
            """);
    }

    // The commit behind the + is for programs.
    private static string Number() => typeof(HostHelp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "of no version";
}
