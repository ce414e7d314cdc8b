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
        var section = settings.GetSection(Section);
        if (!section.Exists())
        {
            return;
        }

        if (new NatsBusOptions().Bind(section) is { Count: > 0 } faults)
        {
            throw new SockeyeConfigurationException(faults);
        }

        builder.Configure(made => made.UseNats(section));
    }
}
