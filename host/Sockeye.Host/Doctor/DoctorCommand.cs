using System.Globalization;

namespace Sockeye.Host.Doctor;

/// <summary><c>sockeye doctor [--connections N] [--json] [settings]</c>: whether this machine carries that many connections, and which plugins would run.</summary>
internal static class DoctorCommand
{
    public const string Name = "doctor";

    /// <param name="args">What follows the command; the settings are the host's own.</param>
    /// <param name="output">Where the report goes.</param>
    /// <returns>0 when nothing has to be raised, otherwise 1.</returns>
    /// <exception cref="HostConfigurationException">An argument is at fault.</exception>
    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        var (connections, isJson, rest) = Parse(args);
        var settings = HostConfiguration.Read(rest);
        var options = HostConfiguration.Options(settings);
        if (!OperatingSystem.IsLinux())
        {
            output.WriteLine("The doctor reads Linux's /proc and /sys; on this system nothing was examined.");
            return 1;
        }

        var demand = Demand.Of(options, HostConfiguration.OperatorConnections(settings)) with { Connections = connections ?? options.MaxConnections };
        IReadOnlyList<Finding> findings = [.. Examination.Of(Machine.Read(new SystemFiles("/")), demand, Collector.Read()), .. PluginRules.Of(settings, options)];
        if (isJson)
        {
            using var standardOutput = Console.OpenStandardOutput();
            Report.WriteJson(standardOutput, demand, findings);
        }
        else
        {
            Report.WriteText(output, demand, findings);
        }

        return Report.IsHealthy(findings) ? 0 : 1;
    }

    internal static (int? Connections, bool IsJson, string[] Settings) Parse(IReadOnlyList<string> args)
    {
        const string key = "--connections";
        int? connections = null;
        var isJson = false;
        List<string> rest = [];
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == "--json")
            {
                isJson = true;
            }
            else if (args[i] == key || args[i].StartsWith(key + "=", StringComparison.Ordinal))
            {
                var text = args[i].Length > key.Length ? args[i][(key.Length + 1)..] : i + 1 < args.Count ? args[++i] : null;
                connections = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1 << 24
                    ? number
                    : throw new HostConfigurationException($"{key}: '{text}' is not a number from 1 to 16777216");
            }
            else
            {
                rest.Add(args[i]);
            }
        }

        return (connections, isJson, [.. rest]);
    }
}
