using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>One who may say who a client is. May be asked from any thread, many times at once; lives as long as the configuration that it was made from.</summary>
/// <param name="name">Its name in metrics, logs and rules of namespaces.</param>
/// <param name="goesOn">Whether the next source is asked while this one cannot decide.</param>
internal abstract class AuthSource(string name, bool goesOn) : IAsyncDisposable
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the next source is asked while this one cannot decide; else the client is refused.</summary>
    public bool GoesOn { get; } = goesOn;

    /// <summary>Prepares it: returns when it can be asked, or has given up for now.</summary>
    /// <param name="cancellationToken">Starting was given up.</param>
    public virtual ValueTask StartAsync(CancellationToken cancellationToken) => default;

    /// <summary>Decides. What it throws counts as that it cannot.</summary>
    /// <param name="attempt">The client.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    public abstract ValueTask<AuthOutcome> DecideAsync(AuthAttempt attempt, CancellationToken cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync() => default;
}
