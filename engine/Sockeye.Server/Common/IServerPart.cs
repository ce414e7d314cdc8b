namespace Sockeye.Server.Common;

/// <summary>A part of a server that starts before it listens and stops after its sessions have gone, such as a plugin.</summary>
internal interface IServerPart
{
    /// <summary>Its name in the log.</summary>
    string Name { get; }

    /// <summary>Called once. If it fails the server does not start, and this part, which has not started, is not stopped.</summary>
    ValueTask StartAsync(CancellationToken cancellationToken);

    /// <summary>Called once, if it has started.</summary>
    ValueTask StopAsync();
}
