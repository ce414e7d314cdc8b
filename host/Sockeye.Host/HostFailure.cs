using Microsoft.Extensions.Configuration;
using Sockeye.Cluster;
using Sockeye.Host.Settings;
using Sockeye.Hosting;
using Sockeye.Plugin.Routing;
using Sockeye.Plugins;

namespace Sockeye.Host;

/// <summary>Why the host does not start, for the operator.</summary>
/// <param name="Lines">One for each fault.</param>
/// <param name="ExitCode"><see cref="Machine"/> or <see cref="Configuration"/>.</param>
internal sealed record HostFailure(IReadOnlyList<string> Lines, int ExitCode)
{
    /// <summary>The machine does not give what is asked of it, such as a port that is taken: another try may succeed.</summary>
    public const int Machine = 1;

    /// <summary>The arguments, the environment or a file are at fault: another try ends the same.</summary>
    public const int Configuration = 2;

    /// <summary>The failure that an exception tells of; null if it is a fault of the program, whose stack is wanted.</summary>
    /// <param name="exception">What ended the start.</param>
    /// <param name="settings">The settings, as far as they were read.</param>
    public static HostFailure? Of(Exception exception, IConfigurationRoot? settings) => exception switch
    {
        SockeyeConfigurationException { Faults: var faults } => Told(faults, settings),
        FormatException when exception.Message.StartsWith(BuiltInPlugins.Section + ":", StringComparison.Ordinal) => Told(exception.Message.Split('\n'), settings),
        RoutingException { Faults: var faults } => Told(faults, settings),
        PluginLoadException { Faults: var faults } => new(faults, Configuration),
        ClusterJoinException => new([exception.Message], Configuration),
        HostConfigurationException { Faults: var faults } => new([.. faults.Select(static fault => fault.ToString())], Configuration),
        BusException { IsFinal: true } => new([exception.Message], Configuration),
        PlatformNotSupportedException => new([exception.Message], Configuration),
        UnauthorizedAccessException => new([exception.Message], Configuration),
        IOException => new([exception.Message], Machine),
        _ when PluginLoadException.PluginOf(exception) is { } plugin => new([$"The plugin {plugin} does not start: {exception.GetType().Name}: {LogText.Escape(exception.Message)}"], Machine),
        _ => null,
    };

    private static HostFailure Told(IReadOnlyList<string> faults, IConfigurationRoot? settings)
    {
        var places = settings is null ? null : new SettingPlaces(settings);
        return new([.. faults.Select(fault => places?.Of(fault).ToString() ?? fault)], Configuration);
    }
}
