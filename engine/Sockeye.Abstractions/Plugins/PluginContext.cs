using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Sockeye.Plugins;

/// <summary>What a plugin works with, for its whole life.</summary>
public sealed class PluginContext
{
    internal PluginContext(SockeyeServer server, IConfigurationSection configuration, ILogger logger, TimeProvider time)
    {
        Server = server;
        Configuration = configuration;
        Logger = logger;
        Time = time;
    }

    /// <summary>The server.</summary>
    public SockeyeServer Server { get; }

    /// <summary>The plugin's section, which it binds itself; empty if there is none.</summary>
    public IConfigurationSection Configuration { get; }

    /// <summary>A logger named after the plugin. A sink of it that throws does not throw here.</summary>
    public ILogger Logger { get; }

    /// <summary>The server's clock.</summary>
    public TimeProvider Time { get; }
}
