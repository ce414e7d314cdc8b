using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Lets somebody outside decide. May be asked from any thread.</summary>
/// <remarks><b>Bounds.</b> So many questions at once, so many that wait, a time for both together, an answer of so many bytes. What goes beyond, and whatever goes wrong, is that the source cannot decide.</remarks>
internal abstract class CalloutSource : AuthSource
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _places;
    private readonly DeniedTokens _denied;
    private readonly GrantMaker _grants;
    private readonly ILogger _logger;
    private readonly Lock _telling = new();
    private int _waiting;
    private long? _toldAt;

    /// <summary>A source.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="services">What it works with.</param>
    protected CalloutSource(CalloutSettings settings, SourceServices services)
        : base(settings.Name, settings.GoesOn)
    {
        Settings = settings;
        Time = services.Time;
        _places = new SemaphoreSlim(settings.MaxConcurrent);
        _denied = new DeniedTokens(settings.NegativeCache, services.Time);
        _grants = services.Grants;
        _logger = services.Logger;
    }

    /// <summary>Its settings.</summary>
    protected CalloutSettings Settings { get; }

    /// <summary>The clock.</summary>
    protected TimeProvider Time { get; }

    /// <inheritdoc />
    public override async ValueTask<AuthOutcome> DecideAsync(AuthAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Token is null && !Settings.AskWithoutToken)
        {
            return AuthOutcome.Next;
        }

        if (attempt.Token is { } known && _denied.Find(attempt.Namespace, known) is { } code)
        {
            return AuthOutcome.Deny(code, Name, "it was refused a moment ago");
        }

        if (attempt.BeforeExpensive is { } hold)
        {
            await hold(cancellationToken).ConfigureAwait(false);
        }

        CalloutAnswer answer;
        try
        {
            answer = CalloutAnswer.Read((await AskWithinBoundsAsync(attempt, cancellationToken).ConfigureAwait(false)).Span);
        }
        catch (OutboundException fault)
        {
            Tell(fault.Message);
            return AuthOutcome.Deny(AuthCode.Unavailable, Name, fault.Message);
        }

        switch (answer.Kind)
        {
            case CalloutKind.Next:
                return AuthOutcome.Next;
            case CalloutKind.Deny:
                if (attempt.Token is { } token)
                {
                    _denied.Add(attempt.Namespace, token, answer.Code);
                }

                return AuthOutcome.Deny(answer.Code, Name);
            default:
                // Without a token there is something to revoke as well: the subject, and the socket.
                if (_grants.Make(attempt.Token ?? "", Name, Settings.Granted, answer.Facts!, out var malformed) is { } identity)
                {
                    return AuthOutcome.Allow(identity, Name);
                }

                Tell($"in its answer {malformed}");
                return AuthOutcome.Deny(AuthCode.Unavailable, Name, malformed);
        }
    }

    /// <inheritdoc />
    public override ValueTask DisposeAsync()
    {
        _places.Dispose();
        return base.DisposeAsync();
    }

    /// <summary>Asks.</summary>
    /// <param name="attempt">The client.</param>
    /// <param name="cancellationToken">The time is over, or nobody waits any more.</param>
    /// <returns>The answer's JSON, from whoever may answer.</returns>
    /// <exception cref="OutboundException">There is none.</exception>
    protected abstract Task<ReadOnlyMemory<byte>> AskAsync(AuthAttempt attempt, CancellationToken cancellationToken);

    /// <summary>The question as JSON.</summary>
    /// <param name="attempt">The client.</param>
    /// <param name="nonce">What makes it one of its own; null: nothing.</param>
    protected static ReadOnlyMemory<byte> Question(AuthAttempt attempt, string? nonce)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteNumber("version", 1);
        if (nonce is not null)
        {
            writer.WriteString("nonce", nonce);
        }

        writer.WriteString("namespace", attempt.Namespace);
        writer.WriteString("address", attempt.Address);
        writer.WriteString("token", attempt.Token);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private async Task<ReadOnlyMemory<byte>> AskWithinBoundsAsync(AuthAttempt attempt, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > Settings.MaxWaiting + Settings.MaxConcurrent)
        {
            Interlocked.Decrement(ref _waiting);
            throw new OutboundException("too many clients wait for it");
        }

        using var late = new CancellationTokenSource(Settings.Timeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await _places.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                var answer = await AskAsync(attempt, either.Token).ConfigureAwait(false);
                return answer.Length <= Settings.MaxAnswerBytes ? answer : throw new OutboundException($"its answer is longer than {Settings.MaxAnswerBytes} bytes");
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new OutboundException($"it did not answer within {Settings.Timeout.TotalSeconds:0.###} s");
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>At most one line in a minute: what goes wrong for one client goes wrong for all.</summary>
    private void Tell(string fault)
    {
        lock (_telling)
        {
            if (_toldAt is { } at && Time.GetElapsedTime(at) < TellEvery)
            {
                return;
            }

            _toldAt = Time.GetTimestamp();
        }

        AuthLog.CannotDecide(_logger, Name, fault);
    }
}
