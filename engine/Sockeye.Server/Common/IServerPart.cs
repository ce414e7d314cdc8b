namespace Sockeye.Server.Common;

/// <summary>A part of a server that starts before it listens and stops after its sessions have gone, such as its plugins.</summary>
internal interface IServerPart
{
    /// <summary>Its name in the log.</summary>
    string Name { get; }

    /// <summary>Called once. If it fails the server does not start, and this part is stopped like those that have started.</summary>
    ValueTask StartAsync(CancellationToken cancellationToken);

    /// <summary>The server stops: nothing more starts. Any thread.</summary>
    void Close()
    {
    }

    /// <summary>Called when it was to start, perhaps while it still does, and perhaps twice at once.</summary>
    /// <param name="patience">How long each thing that it waits for may take, asked when it is its turn.</param>
    Task StopAsync(Func<TimeSpan> patience);
}
