namespace Sockeye.Plugin.Auth.Common;

/// <summary>The sources in their order, as one. May be asked from any thread, many times at once.</summary>
internal interface IAuthChain
{
    /// <summary>Decides, and never says next: at the end of the chain somebody is let in as nobody, if that was configured, or refused. It does not throw, save when it is cancelled.</summary>
    /// <param name="attempt">The client.</param>
    /// <param name="cancellationToken">The client is gone, or the time is over.</param>
    ValueTask<AuthOutcome> DecideAsync(AuthAttempt attempt, CancellationToken cancellationToken);
}
