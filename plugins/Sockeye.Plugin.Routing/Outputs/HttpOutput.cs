using System.Security.Cryptography;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>Posts events to one address. Owns its queue, its connections and at most <see cref="HttpOutputOptions.Concurrency"/> requests, which run on the thread pool.</summary>
/// <remarks>
/// <para><b>Bounds.</b> What waits and what is on its way counts against <see cref="HttpOutputOptions.MaxQueued"/> and <see cref="HttpOutputOptions.MaxQueuedBytes"/>; what is over them is dropped as it comes.</para>
/// <para><b>Told.</b> Each event that does not leave is counted by reason, said in the log at a bounded rate, and goes to the dead-letter subject if there is one.</para>
/// <para><b>End.</b> It goes on delivering, and taking, until nothing waits or <see cref="HttpOutputOptions.DrainTimeout"/> is over. An output that takes its place by another configuration gets what comes afterwards.</para>
/// </remarks>
internal sealed class HttpOutput : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<OutgoingMessage> _queue = new();
    private readonly HttpOutputOptions _options;
    private readonly OutputSupport _support;
    private readonly HttpAttempt _attempt;
    private readonly DropTeller _teller;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytes;
    private int _waiting;
    private int _workers;
    private long _notBefore;
    private bool _isEnding;
    private bool _hasEnded;
    private bool _isTroubled;
    private bool _isTroubleTold;
    private TimeSpan _troubleToldAt = TimeSpan.MinValue;
    private int _left;
    private Task? _end;
    private HttpOutput? _successor;

    public HttpOutput(string name, HttpOutputOptions options, OutputSupport support)
    {
        Name = name;
        _options = options;
        _support = support;
        _attempt = new HttpAttempt(options, support.Time);
        _teller = new DropTeller($"output \"{name}\"", support.Time, support.Logger);
        Counts = support.Counts(name);
    }

    /// <summary>Its name in the configuration.</summary>
    public string Name { get; }

    /// <summary>What became of its events.</summary>
    public OutputCounts Counts { get; }

    /// <summary>What it was made of.</summary>
    public HttpOutputOptions Options => _options;

    /// <summary>Events that wait or are on their way.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting;
            }
        }
    }

    /// <summary>Another one has taken its name, and gets what comes after this one has ended.</summary>
    /// <param name="successor">The other one.</param>
    public void ReplaceBy(HttpOutput successor) => Volatile.Write(ref _successor, successor);

    /// <summary>Takes an event, or counts why not. Never blocks, never throws.</summary>
    /// <param name="message">The event.</param>
    /// <returns>Whether it was taken: the target may still not get it, which is counted then.</returns>
    public bool Offer(OutgoingMessage message)
    {
        DropReason reason;
        lock (_lock)
        {
            if (_hasEnded)
            {
                reason = DropReason.Stopped;
            }
            else if (message.Body.Length > _options.MaxEventBytes)
            {
                reason = DropReason.TooLarge;
            }
            else if (_waiting >= _options.MaxQueued)
            {
                reason = DropReason.QueueFull;
            }
            else if (_bytes + message.Body.Length > _options.MaxQueuedBytes)
            {
                reason = DropReason.QueueBytes;
            }
            else
            {
                Counts.OnOffered();
                _waiting++;
                _bytes += message.Body.Length;
                _queue.Enqueue(message);
                if (_workers < (_options.Ordered ? 1 : _options.Concurrency))
                {
                    _workers++;
                    ThreadPool.UnsafeQueueUserWorkItem(static output => _ = output.WorkAsync(), this, preferLocal: false);
                }

                return true;
            }
        }

        if (reason == DropReason.Stopped && Volatile.Read(ref _successor) is { } successor)
        {
            return successor.Offer(message);
        }

        Counts.OnOffered();
        Drop(message, reason, new AttemptResult(reason, false, null, 0), attempts: 0);
        return false;
    }

    /// <summary>Writes how it stands into an object that is open.</summary>
    public void WriteStatus(Utf8JsonWriter json)
    {
        Counts.Write(json);
        lock (_lock)
        {
            json.WriteNumber("waiting"u8, _waiting);
            json.WriteNumber("waitingBytes"u8, _bytes);
            json.WriteBoolean("isTroubled"u8, _isTroubled);
        }
    }

    /// <summary>Delivers what it has taken, up to its limit; counts and tells the rest.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            return new ValueTask(_end ??= EndAsync());
        }
    }

    private async Task EndAsync()
    {
        // Not under the lock that began it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
        {
            _isEnding = true;
            EndIfIdle();
        }

        try
        {
            await _idle.Task.WaitAsync(_options.DrainTimeout, _support.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The rest is counted below.
        }

        // Workers see the end at their next step, and each counts what it has; the last one leaves the queue empty.
        lock (_lock)
        {
            _hasEnded = true;
        }

        await _ended.CancelAsync().ConfigureAwait(false);
        await _idle.Task.ConfigureAwait(false);
        if (_left > 0)
        {
            OutputLog.Ended(_support.Logger, Name, _left, _options.DrainTimeout.TotalSeconds);
        }

        _teller.Dispose();
        _attempt.Dispose();
        _ended.Dispose();
    }

    private void EndIfIdle()
    {
        if (_isEnding && _workers == 0)
        {
            _hasEnded = true;
            _idle.TrySetResult();
        }
    }

    private async Task WorkAsync()
    {
        while (TryTake(out var message))
        {
            try
            {
                await DeliverAsync(message).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                Interlocked.Increment(ref _left);
                Drop(message, DropReason.Stopped, default, attempts: 0);
            }
#pragma warning disable CA1031 // A fault of ours costs one event, which is told, and not those behind it.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                OutputLog.Fault(_support.Logger, failure, Name);
                Drop(message, DropReason.Unreachable, default, attempts: 0);
            }

            lock (_lock)
            {
                _waiting--;
                _bytes -= message.Body.Length;
            }
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OutgoingMessage? message)
    {
        lock (_lock)
        {
            if (_queue.TryDequeue(out message))
            {
                return true;
            }

            _workers--;
            EndIfIdle();
            return false;
        }
    }

    private async Task DeliverAsync(OutgoingMessage message)
    {
        for (var attempts = 1; ; attempts++)
        {
            await WaitForTargetAsync().ConfigureAwait(false);
            var result = await _attempt.SendAsync(message, _ended.Token).ConfigureAwait(false);
            if (result.Failure is not { } failure)
            {
                Counts.OnSent();
                Recover();
                return;
            }

            if (!result.MayRetry || attempts >= _options.MaxAttempts)
            {
                Drop(message, failure, result, attempts);
                return;
            }

            Counts.OnRetry();
            Trouble(result);
            // The target has said when it wants to hear again: that holds for every event. By chance, so that not all come at once.
            var delay = result.After ?? RetryDelay.After(_options, attempts, Chance());
            if (result.After is { } after)
            {
                Pause(after);
            }

            await Task.Delay(delay, _support.Time, _ended.Token).ConfigureAwait(false);
        }
    }

    private async Task WaitForTargetAsync()
    {
        while (true)
        {
            _ended.Token.ThrowIfCancellationRequested();
            var until = TimeSpan.FromTicks(Volatile.Read(ref _notBefore)) - Since();
            if (until <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(until, _support.Time, _ended.Token).ConfigureAwait(false);
        }
    }

    private void Pause(TimeSpan time)
    {
        lock (_lock)
        {
            _notBefore = Math.Max(_notBefore, (Since() + time).Ticks);
        }
    }

    private TimeSpan Since() => _support.Time.GetElapsedTime(0);

    private void Trouble(in AttemptResult result)
    {
        lock (_lock)
        {
            if (_isTroubled)
            {
                return;
            }

            // A target that fails now and then would fill the log.
            _isTroubled = true;
            var now = Since();
            _isTroubleTold = _troubleToldAt == TimeSpan.MinValue || now - _troubleToldAt >= DropTeller.Interval;
            if (!_isTroubleTold)
            {
                return;
            }

            _troubleToldAt = now;
        }

        OutputLog.Waiting(_support.Logger, Name, result.Status == 0 ? result.Failure!.Value.Name() : FormattableString.Invariant($"status {result.Status}"));
    }

    private void Recover()
    {
        lock (_lock)
        {
            if (!_isTroubled)
            {
                return;
            }

            _isTroubled = false;
            if (!_isTroubleTold)
            {
                return;
            }
        }

        OutputLog.Recovered(_support.Logger, Name);
    }

    private void Drop(OutgoingMessage message, DropReason reason, in AttemptResult result, int attempts)
    {
        Counts.OnDropped(reason);
        if (_options.DeadLetters is { } subject && _support.DeadLetter(subject, Name, message, reason, result.Status, attempts))
        {
            Counts.OnDeadLetter();
        }

        _teller.Add(result.Status == 0 ? reason.Name() : FormattableString.Invariant($"{reason.Name()} (status {result.Status})"));
    }

    private static double Chance() => RandomNumberGenerator.GetInt32(1001) / 1000.0;
}
