namespace Sockeye.Plugins;

/// <summary>An extension of the server, started before it listens and disposed after it has stopped.</summary>
/// <remarks>It registers what it needs on the server of its context: admission with <see cref="BroadcastTarget.Use(Func{SockeyeSocket, ConnectResult})"/>,
/// filters with <see cref="BroadcastTarget.UseEvent"/>, handlers as an application does. The class is marked with <see cref="SockeyePluginAttribute"/>.</remarks>
public interface ISockeyePlugin : IAsyncDisposable
{
    /// <summary>Called once. The server does not start if it throws.</summary>
    /// <param name="context">What the plugin works with.</param>
    /// <param name="cancellationToken">Starting was given up.</param>
    ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken);
}
