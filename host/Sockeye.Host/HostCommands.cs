using Sockeye.Host.Check;
using Sockeye.Host.Config;
using Sockeye.Host.Doctor;
using Sockeye.Host.Health;
using Sockeye.Host.Routing;
using Sockeye.Host.Token;

namespace Sockeye.Host;

/// <summary>A command of the host.</summary>
/// <param name="Name">The word.</param>
/// <param name="Command">What it does.</param>
/// <param name="Summary">What it is for, in one line.</param>
/// <param name="Help">How it is called, and what it says.</param>
internal sealed record CommandInfo(string Name, HostCommand Command, string Summary, string Help);

/// <summary>All commands, in the order in which help names them.</summary>
internal static class HostCommands
{
    public static readonly CommandInfo[] All =
    [
        new("run", HostCommand.Start, "start the server, as does no command at all; Ctrl-C or SIGTERM ends it in order, a second one at once", $"""
            usage: {HostHelp.Name} [run] [settings]

            Starts the server. Ctrl-C or SIGTERM ends it in order: clients are told over DrainTime, and StopTimeout bounds the rest; a second signal
            ends it at once. SIGHUP reads the settings of plugins and their folders again.

              {HostHelp.Name} --urls http://*:8080 --playground
              {HostHelp.Name} --config /etc/sockeye/sockeye.json
            """),
        new(CheckCommand.Name, HostCommand.Check, "say whether the start would take the settings: every fault with its file and line", $"""
            usage: {HostHelp.Name} {CheckCommand.Name} [--json] [settings]

            Reads the settings as the start does and checks all of them at once: options, cluster and the files of its bus, folders of plugins, the
            sections of plugins with their keys and rules. Nothing is started, nobody is contacted. Each fault is a line, file:line: Key: what is wrong.
            --json is for programs: a list of file, line, source, key, message and suggestion. Ends with 0 when the start would take them, otherwise 2.

              {HostHelp.Name} {CheckCommand.Name}
              {HostHelp.Name} {CheckCommand.Name} --config production.json --json
            """),
        new(ConfigCommand.Name, HostCommand.Config, "say what is set and where; --defaults: all settings; --schema: their JSON schema, for editors", $"""
            usage: {HostHelp.Name} {ConfigCommand.Name} [settings]
                   {HostHelp.Name} {ConfigCommand.Name} --defaults
                   {HostHelp.Name} {ConfigCommand.Name} --schema

            Shows what is set and which file, variable or argument says so; secrets are not shown. --defaults prints a file with every setting of the
            server at its default, to look things up in and to cut down. --schema prints the JSON schema of sockeye.json; a file that names it as
            "$schema" is completed and checked by editors.

              {HostHelp.Name} {ConfigCommand.Name} --schema > sockeye.schema.json
            """),
        new(DoctorCommand.Name, HostCommand.Doctor, "say whether this machine carries the connections, and which plugins would run", $"""
            usage: {HostHelp.Name} {DoctorCommand.Name} [--connections N] [--json] [settings]

            Says whether this machine carries MaxConnections (or N), and what to raise with which command; and which plugins it finds.
            --json is for programs. Ends with 0 when nothing has to be raised, otherwise 1. docs/tuning.md explains each line.

              {HostHelp.Name} {DoctorCommand.Name} --connections 50000
            """),
        new(HealthCommand.Name, HostCommand.Health, "ask the host that runs on this machine whether it is ready", $"""
            usage: {HostHelp.Name} {HealthCommand.Name} [settings]

            Asks the listener for operators of the host that runs here whether it is ready, and prints its answer. It takes the settings of the start,
            of which it needs Administration:Urls. Ends with 0 when the host is ready, otherwise 1.

              {HostHelp.Name} {HealthCommand.Name} --admin
            """),
        new(RouteCommand.Name, HostCommand.Route, "route test: say what rules of the routing plugin would do with an event", $"""
            usage: {HostHelp.Name} {RouteCommand.Usage}

            Says which rules match an event and what they would do, and sends nothing. Ends with 0 when one matches, 1 when none does,
            2 when the rules are faulty. docs/routing.md explains rules.

              {HostHelp.Name} route test --rules rules.json --event chat --args '["hello"]' --user ann
            """),
        new(TokenCommand.Name, HostCommand.Token, "token hash, issue, inspect: hash a secret for the settings, make a token for development, say what the server says of one", TokenCommand.Help),
        new("version", HostCommand.Version, "say which version this is, with its runtime and machine", $"usage: {HostHelp.Name} version"),
        new("help", HostCommand.Help, "say more of a command, or of a setting", $"usage: {HostHelp.Name} help [COMMAND|KEY|PLUGIN]"),
    ];

    /// <summary>Their names, as the end of a sentence.</summary>
    public static string Names => $"{string.Join(", ", All[..^1].Select(static command => command.Name))} and {All[^1].Name}";

    /// <summary>A command by its word; null: there is none.</summary>
    public static CommandInfo? Find(string word) => Array.Find(All, command => command.Name == word);
}
