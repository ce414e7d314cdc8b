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

    /// <summary>Whether there is a bus, or would be if its section were not empty.</summary>
    public static bool IsMeant(IConfiguration settings) => IsSet(settings) || Empty(settings)?.Path.Equals(Section, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>What is wrong with the section and with the files that it names, a sentence for each fault. Nobody is asked.</summary>
    public static IReadOnlyList<string> Faults(IConfiguration settings) => IsSet(settings) ? new NatsBusOptions().Bind(settings.GetSection(Section))
        : Empty(settings) is { } empty ? [$"{empty.Path}: is empty, and this server would stand alone; write {Section}:Servers, such as nats://127.0.0.1:4222, or leave the section out where that is meant"]
        : [];

    // The section of the bus, or the one around it, if somebody has written it and nothing into it.
    private static IConfigurationSection? Empty(IConfiguration settings)
    {
        var around = settings;
        foreach (var step in Section.Split(':'))
        {
            if (around.GetChildren().FirstOrDefault(child => child.Key.Equals(step, StringComparison.OrdinalIgnoreCase)) is not { } section)
            {
                return null;
            }

            if (!section.Exists())
            {
                return section;
            }

            around = section;
        }

        return null;
    }
}
