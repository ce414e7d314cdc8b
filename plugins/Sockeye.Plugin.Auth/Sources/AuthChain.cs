using Microsoft.Extensions.Logging;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>The sources of one configuration in their order. Owns them. May be asked from any thread; disposed when the last decision is done.</summary>
/// <remarks>Each source says allow, deny or next. Who comes to the end without a token is let in as nobody where that is allowed, and refused elsewhere; who comes there with one is refused everywhere. A source
/// that cannot decide, or throws, is a refusal, unless it was configured to be passed over; then nobody is let in on the word that nobody has said.</remarks>
internal sealed class AuthChain : IAuthChain, IAsyncDisposable
{
    private readonly AuthSource[] _sources;
    private readonly AuthMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Decisions that run, and one for the chain itself until it is closed.</summary>
    private int _users = 1;

    /// <summary>Makes the sources.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="services">What they work with.</param>
    /// <param name="metrics">Counts decisions.</param>
    public AuthChain(AuthSettings settings, SourceServices services, AuthMetrics metrics)
    {
        Settings = settings;
        _metrics = metrics;
        _logger = services.Logger;
        _sources = [.. settings.Sources.Select(plan => plan.Make(services))];
    }

    /// <summary>The configuration.</summary>
    public AuthSettings Settings { get; }

    /// <summary>How many sources there are.</summary>
    public int Count => _sources.Length;

    /// <summary>Prepares the sources, all at once.</summary>
    /// <param name="cancellationToken">Starting was given up.</param>
    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(_sources.Select(source => source.StartAsync(cancellationToken).AsTask()));

    /// <summary>Keeps it from being disposed during a decision.</summary>
    /// <returns>False: it has been replaced, and the one that has replaced it is to be asked.</returns>
    public bool TryEnter()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            if (Interlocked.CompareExchange(ref _users, users + 1, users) is var seen && seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    /// <summary>A decision is done.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _idle.TrySetResult();
        }
    }

    /// <inheritdoc />
    public async ValueTask<AuthOutcome> DecideAsync(AuthAttempt attempt, CancellationToken cancellationToken)
    {
        var outcome = await AskAsync(attempt, cancellationToken).ConfigureAwait(false);
        _metrics.Decided(outcome);
        if (!outcome.IsAllowed && _logger.IsEnabled(LogLevel.Debug))
        {
            AuthLog.Refused(_logger, attempt.Address, LogText.Escape(attempt.Namespace), outcome.Source ?? "the chain", outcome.Code ?? "", outcome.Detail ?? "no more is said");
        }

        return outcome;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Leave();
        await _idle.Task.ConfigureAwait(false);
        foreach (var source in _sources)
        {
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<AuthOutcome> AskAsync(AuthAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Token?.Length > TokenReader.MaxTokenLength)
        {
            return AuthOutcome.Deny(AuthCode.InvalidToken, null, $"it has more than {TokenReader.MaxTokenLength} characters");
        }

        var rule = Settings.RuleOf(attempt.Namespace);
        AuthOutcome? passedOver = null;
        foreach (var source in _sources)
        {
            if (rule?.Sources is { } asked && !asked.Contains(source.Name))
            {
                continue;
            }

            var outcome = await AskAsync(source, attempt, cancellationToken).ConfigureAwait(false);
            if (outcome.Code == AuthCode.Unavailable && source.GoesOn)
            {
                passedOver = outcome;
            }
            else if (!outcome.IsNext)
            {
                return outcome;
            }
        }

        if (attempt.Token is null && (rule?.Anonymous ?? Settings.AllowAnonymous))
        {
            return AuthOutcome.Allow(null, null);
        }

        return passedOver ?? AuthOutcome.Deny(attempt.Token is null ? AuthCode.MissingToken : AuthCode.InvalidToken, null, attempt.Token is null ? "it brought no token" : "no source knows its token");
    }

    private async ValueTask<AuthOutcome> AskAsync(AuthSource source, AuthAttempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await source.DecideAsync(attempt, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a source throws, nobody is let in by it. Its message may quote what it was given, so it is not told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            AuthLog.Failed(_logger, source.Name, failure.GetType().Name);
            return AuthOutcome.Deny(AuthCode.Unavailable, source.Name, "it failed");
        }
    }
}
