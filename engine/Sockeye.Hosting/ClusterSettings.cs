using Microsoft.Extensions.Configuration;

namespace Sockeye.Hosting;

/// <summary>The section of the configuration that says how servers are one cluster; what stands below <see cref="BusName"/> belongs to the package of a bus. It has no state.</summary>
internal static class ClusterSettings
{
    /// <summary>Where it stands among the settings of a server.</summary>
    public const string Name = "Cluster";

    private const string BusName = "Nats";

    /// <summary>The names of all settings.</summary>
    public static IEnumerable<OptionKey> Keys => OptionKey.Of(new ClusterOptions());

    /// <summary>The setting as it stands in the configuration.</summary>
    public static string NameOf(OptionKey key) => $"{Name}:{key.Name}";

    /// <summary>Fills the options of a cluster with what the section names, and checks them.</summary>
    /// <param name="options">What code has said; null: the server stands alone.</param>
    /// <param name="section">The section; null: there is none.</param>
    /// <returns>All faults, each with its key; empty if there are none.</returns>
    public static List<string> Apply(ClusterOptions? options, IConfigurationSection? section)
    {
        string[] given = [.. section?.GetChildren().Select(static child => child.Key) ?? []];
        if (given.Length == 0 && section?.Value is null)
        {
            return Check(options);
        }

        var faults = section!.Value is null ? OptionBinding.Bind(section, options ?? new ClusterOptions(), [BusName], Name + ":") : [$"{Name}: is a group of settings and takes no value of its own"];
        if (faults.Count == 0 && options is null)
        {
            return given.Contains(BusName, StringComparer.OrdinalIgnoreCase)
                ? [$"{Name}:{BusName}: nothing reads these settings, and this server would stand alone; Configure(builder => builder.UseNats(section)) of the package Sockeye.Cluster.Nats does"]
                : [$"{Name}: there is no bus, and this server would stand alone; {Name}:{BusName}:Servers says where one is (in the standalone host --cluster nats://127.0.0.1:4222), and UseNats or UseCluster in code"];
        }

        return [.. faults, .. Check(options)];
    }

    private static List<string> Check(ClusterOptions? options) => [.. options?.Validate().Select(static fault => $"{Name}:{fault}") ?? []];
}
