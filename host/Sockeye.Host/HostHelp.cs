using System.Reflection;
using System.Runtime.InteropServices;
using Sockeye.Host.Administration;
using Sockeye.Hosting;

namespace Sockeye.Host;

/// <summary>What <c>--help</c> and <c>--version</c> print.</summary>
internal static class HostHelp
{
    /// <summary>What the host was started as: the tool's name, or that of the executable.</summary>
    public static string Name { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) is { Length: > 0 } name and not "dotnet" ? name : "sockeye";

    /// <summary>The version with the runtime and the machine that it runs on: what a report of a fault begins with.</summary>
    public static string Version { get; } = $"Sockeye {Number()} ({RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})";

    public static void Print(TextWriter output)
    {
        output.WriteLine($"""
            {Version}: a Socket.IO server

            usage:
              {Name} [settings]                  start the server; Ctrl-C or SIGTERM ends it in order, a second one at once
              {Name} doctor [settings]           say whether this machine carries MaxConnections (or --connections N), and what to raise;
                                              and which plugins it finds; --json for programs; ends with 0 when nothing has to be raised, otherwise 1
              {Name} route test --rules FILE --event NAME [--args '[...]'] [--namespace /] [--user NAME] [--claim TYPE=VALUE] [--room NAME]
                                              say which rules of the routing plugin match an event and what they would do, and send nothing;
                                              ends with 0 when one matches, 1 when none does, 2 when the rules are faulty
              {Name} version
              {Name} help

            examples:
              {Name} --playground                                         a page to try the server with, on http://127.0.0.1:3000
              {Name} --urls http://*:8080                                 listen on all addresses of the machine
              {Name} --Engine:Cors:Origins https://example.org            pages of that site may connect
              {Name} --Logging:LogLevel:Default Debug                     connects, disconnects and refused packets are seen
              {Name} --config production.json                             settings from that file
              SOCKEYE_Engine__PingInterval=00:00:10 {Name}                the same by the environment: SOCKEYE_ and __ for :

            The host serves the protocol, and its playground. Events of your own run in a plugin (docs/plugins.md), or in your own program:
            it embeds the server with the package Sockeye, in five lines (README.md, docs/tutorial.md).

            Settings, a later source wins: sockeye.json beside the program, sockeye.json in this folder (or the file of --config),
            environment variables, arguments (--key value or --key=value; case does not count). docs/configuration.md explains each.
            What is unknown or out of range ends the start with one line for each fault.

              --config file                          the file to read instead of sockeye.json
              --plugins folder                       plugins from the folders below it, may be repeated; without it: the folder plugins beside the
                                                     settings, if there is one. SIGHUP reads the settings and the plugins again
              --watch-plugins [true|false]           whether a change in these folders does so as well; default false
              --cluster nats://127.0.0.1:4222        nodes speak with each other over NATS; all else of it below Cluster:Nats, such as --Cluster:Nats:User (docs/cluster.md)
              --admin [url]                          a listener for operators, {AdministrationSettings.DefaultUrl} unless another is named: health, metrics and a page (docs/administration.md);
                                                     all else of it below {AdministrationSettings.Section}, such as --Administration:Users:ops '$2b$12$...'
              --playground [true|false]              the page that shows the server at work; without it: true in Development only
              --LogFormat Text|Json|Systemd          how entries of the log stand on standard output; default Text
              --Logging:LogLevel:CATEGORY level      Trace, Debug, Information, Warning, Error, Critical, None; CATEGORY: Default, Sockeye.Server, ...
            """);
        foreach (var (key, value) in SockeyeHostingExtensions.ConfigurationKeys())
        {
            var shown = key.Equals(nameof(SockeyeServerOptions.IdleTrim), StringComparison.Ordinal) ? HostConfiguration.IdleTrim : value;
            output.WriteLine($"  --{key,-36} {shown}".TrimEnd());
        }

        output.WriteLine($"""

            exit codes: 0 the server was ended; {HostFailure.Machine} the machine does not give what is asked (a port that is taken): another try may succeed;
                        {HostFailure.Configuration} arguments, environment or a file are at fault: another try ends the same.
            """);
    }

    // The commit behind the + is for programs.
    private static string Number() => typeof(HostHelp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "of no version";
}
