using Microsoft.Extensions.Logging;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>What the parts of this group have in common. All members may be called from any thread.</summary>
internal sealed class LiveParts(TimeProvider time, ILogger logger, LiveMetrics metrics, LiveOptions options, Throttle throttle, AuditLog? audit, CancellationToken stopping)
{
    /// <summary>Answers to failures that are held back at once: 10,000 (own). What comes beyond is answered at once: refusing is cheap, remembering whom to refuse is not.</summary>
    public const int MaxHeldBack = 10_000;

    private int _heldBack;

    public TimeProvider Time { get; } = time;

    public ILogger Logger { get; } = logger;

    public LiveMetrics Metrics { get; } = metrics;

    /// <summary>The options of the start.</summary>
    public LiveOptions Options { get; } = options;

    public Throttle Throttle { get; } = throttle;

    /// <summary>Fires when the generation ends.</summary>
    public CancellationToken Stopping { get; } = stopping;

    /// <summary>Lines of the audit log that were left out.</summary>
    public long AuditLost => audit?.Lost ?? 0;

    /// <summary>Notes a decision about a socket.</summary>
    public void Audit(string what, SockeyeSocket socket, string? who, string? why, string? source) =>
        audit?.Write(new AuditLine(Time.GetUtcNow(), what, who, why, socket.Handshake.Address, socket.Namespace.Name, source, socket.Id));

    /// <summary>Notes a decision that is about no socket.</summary>
    public void Audit(string what, string? who, string? why, string? address) => audit?.Write(new AuditLine(Time.GetUtcNow(), what, who, why, address));

    /// <summary>Waits before an answer, within bounds.</summary>
    /// <param name="delay">How long.</param>
    /// <param name="cancellationToken">Nobody waits for the answer any more.</param>
    public async ValueTask HoldBackAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay <= TimeSpan.Zero)
        {
            return;
        }

        if (Interlocked.Increment(ref _heldBack) <= MaxHeldBack)
        {
            Metrics.Delayed();
            try
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Stopping);
                await Task.Delay(delay, Time, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The answer follows at once, or nobody hears it.
            }
        }

        Interlocked.Decrement(ref _heldBack);
    }

    public async ValueTask CloseAsync()
    {
        if (audit is not null)
        {
            await audit.DisposeAsync().ConfigureAwait(false);
        }
    }
}
