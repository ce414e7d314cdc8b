using Sockeye.Transport;

namespace Sockeye;

/// <content>How it ends, whatever its loops do: one time for all of it, and a moment more for what comes back then.</content>
internal sealed partial class SocketServer
{
    /// <summary>What each part that is cut short may still take: loops that live need no more, and one that is blocked gets no more (own).</summary>
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public override Task StopAsync(CancellationToken cancellationToken = default)
    {
        Hurry(cancellationToken);
        if (Context.IsInside)
        {
            Context.StoppingFromInside(Namespaces.Handling());
        }

        return Stop();
    }

    /// <inheritdoc />
    public override Task DrainAsync(TimeSpan? over = null, CancellationToken cancellationToken = default)
    {
        var time = over ?? _options.DrainTime;
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, nameof(over));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromHours(1), nameof(over));
        Hurry(cancellationToken);
        if (Context.IsInside)
        {
            Context.StoppingFromInside(Namespaces.Handling());
        }

        lock (_lock)
        {
            return _drain ??= _stop ?? DrainCoreAsync(time);
        }
    }

    /// <summary>Whoever asks, with whichever call: when one token fires, nothing is waited for any longer.</summary>
    private void Hurry(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            cancellationToken.UnsafeRegister(static hurry => ((CancellationTokenSource)hurry!).Cancel(), _hurry);
        }
    }

    private Task Stop()
    {
        lock (_lock)
        {
            return _stop ??= StopCoreAsync();
        }
    }

    /// <summary>Lock.</summary>
    private void ThrowIfStopping()
    {
        if (_stop is not null || _drain is not null)
        {
            throw new InvalidOperationException("The server has been stopped.");
        }
    }

    /// <summary>A plugin has started: it is stopped with the server, or at once if that has stopped meanwhile.</summary>
    private async Task AddStartedAsync(PluginEntry entry)
    {
        bool isLate;
        lock (_lock)
        {
            isLate = _stop is not null || _drain is not null;
            if (!isLate)
            {
                _pluginsStarted.Push(entry);
            }
        }

        if (isLate)
        {
            await StopAsync(entry, _options.StopTimeout).ConfigureAwait(false);
            lock (_lock)
            {
                ThrowIfStopping();
            }
        }
    }

    private async Task DrainCoreAsync(TimeSpan over)
    {
        Context.Log.Draining(_engine.SessionCount, over);
        await _http.StopListeningAsync().ConfigureAwait(false);
        try
        {
            // The time more than it takes is for a loop that is held or ends meanwhile, and tells nobody.
            await _engine.DrainAsync(over, _hurry.Token).WaitAsync(over + LastPatience, _hurry.Token).ConfigureAwait(false);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            Context.Log.DrainCut(_engine.SessionCount);
        }

        await Stop().ConfigureAwait(false);
    }

    /// <summary>Listeners first, so that another process can have the port; then sessions, while the connections that carry what they still have to say are there; then the handlers
    /// that run, while their loops do; then connections and loops; then the game loops, and the plugins last.</summary>
    private async Task StopCoreAsync()
    {
        Context.Log.Stopping();
        _trim?.Dispose();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_hurry.Token);
        end.CancelAfter(_options.StopTimeout);
        await _http.StopListeningAsync().ConfigureAwait(false);
        if (!await WithinAsync(_engine.CloseAsync(), end.Token).ConfigureAwait(false))
        {
            Context.Log.StopTimedOut();
        }

        if (!await WithinAsync(Context.Endings.WhenDone(), end.Token).ConfigureAwait(false))
        {
            Context.Log.HandlersLeft(Context.Endings.Open);
        }

        // It resets what is left when the time is over, and waits no longer.
        await _http.StopAsync(end.Token).ConfigureAwait(false);
        if (_ownsTransport)
        {
            // Not left behind: it waits for no loop longer than it is told to.
            await _transport.StopAsync(LastPatience).ConfigureAwait(false);
        }

        Namespaces.AbandonAwaited();
        await _gameLoops.EndAsync().ConfigureAwait(false);
        Context.Stopped();
        while (TakeStarted() is { } entry)
        {
            await StopAsync(entry, end.IsCancellationRequested ? LastPatience : _options.StopTimeout).ConfigureAwait(false);
        }

        Context.Log.Stopped();
    }

    private PluginEntry? TakeStarted()
    {
        lock (_lock)
        {
            return _pluginsStarted.TryPop(out var entry) ? entry : null;
        }
    }

    /// <returns>False: the time was over before.</returns>
    private static async Task<bool> WithinAsync(Task task, CancellationToken end)
    {
        try
        {
            await task.WaitAsync(end).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Calls code of the application on a thread that is none of its own: what it begins must not end the process.</summary>
    private Task Guarded(Func<ValueTask> call)
    {
        var guarded = new GuardedCall(call);
        Context.PoolContext.Run(guarded);
        return guarded.Result;
    }

    private async Task StopAsync(PluginEntry entry, TimeSpan patience)
    {
        try
        {
            await Guarded(entry.Plugin.DisposeAsync).WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Context.Log.PartLeft(entry.Id);
        }
#pragma warning disable CA1031 // The other plugins are stopped all the same; the failure is logged.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Context.Log.PluginFailed(entry.Id, failure);
        }
    }

    private sealed class GuardedCall(Func<ValueTask> call) : ILoopWork
    {
        public Task Result { get; private set; } = Task.CompletedTask;

        public void Run() => Result = call().AsTask();
    }
}
