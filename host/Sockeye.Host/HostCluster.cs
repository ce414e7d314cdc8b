using Microsoft.Extensions.Configuration;
using Sockeye.Cluster;
using Sockeye.Hosting;

namespace Sockeye.Host;

/// <summary>The bus between several hosts, which there is when its section says where NATS is.</summary>
internal static class HostCluster
{
    /// <summary>Where the settings of the bus stand, below those of the cluster itself; <c>--cluster</c> is short for its servers.</summary>
    public const string Section = "Cluster:Nats";

    /// <exception cref="SockeyeConfigurationException">The section has faults.</exception>
    public static void Add(SockeyeHostBuilder builder, IConfiguration settings)
    {
        if (Faults(settings) is { Count: > 0 } faults)
        {
            throw new SockeyeConfigurationException(faults);
        }

        if (IsSet(settings))
        {
            var section = settings.GetSection(Section);
            builder.Configure(made => made.UseNats(section));
        }
    }

    /// <summary>Whether there is a bus.</summary>
    public static bool IsSet(IConfiguration settings) => settings.GetSection(Section).Exists();

    /// <summary>What is wrong with the section and with the files that it names, a sentence for each fault. Nobody is asked.</summary>
    public static IReadOnlyList<string> Faults(IConfiguration settings)
    {
        var cluster = settings.GetChildren().FirstOrDefault(static child => child.Key.Equals(Section.Split(':')[0], StringComparison.OrdinalIgnoreCase));
        return IsSet(settings) ? new NatsBusOptions().Bind(settings.GetSection(Section))
            : cluster is not null && !cluster.Exists() ? [$"{cluster.Path}: is empty, and this server would stand alone; write {Section}:Servers, such as nats://127.0.0.1:4222, or leave the section out where that is meant"]
            : [];
    }
}
