using Sockeye.Hosting;

namespace Sockeye.Host;

/// <summary>What <c>--help</c> prints: every key with its default.</summary>
internal static class HostHelp
{
    public static void Print(TextWriter output)
    {
        output.WriteLine("Sockeye.Host: a Socket.IO server. Settings come from sockeye.json, SOCKEYE_ variables (SOCKEYE_Engine__PingInterval) and arguments:");
        output.WriteLine();
        output.WriteLine("  doctor [--connections N] [--json]      says whether this machine carries N connections (MaxConnections), and what to raise; ends with 0 or 1");
        output.WriteLine("  --config file                          settings from this file instead of sockeye.json in the working folder");
        output.WriteLine("  --playground true|false                the page that shows the server at work");
        foreach (var (key, value) in SockeyeHostingExtensions.ConfigurationKeys())
        {
            output.WriteLine($"  --{key,-36} {value}");
        }
    }
}
