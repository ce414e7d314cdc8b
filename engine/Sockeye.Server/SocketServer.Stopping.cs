using Sockeye.Server.Common;

namespace Sockeye;

/// <content>How it ends, whatever its loops do: one time for all of it, and a moment more for what comes back then.</content>
internal sealed partial class SocketServer
{
    private static readonly TimeSpan LastPatience = GuardedStop.LastPatience;

    /// <summary>How long those who were accepted last may take to connect where somebody else accepts meanwhile, at most half of the drain time: a slow client's name, TLS in front, several round trips (own).</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(5);

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
        var time = over ?? _taken.DrainTime;
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, nameof(over));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromHours(1), nameof(over));
        Hurry(cancellationToken);
        if (Context.IsInside)
        {
            Context.StoppingFromInside(Namespaces.Handling());
        }

        lock (_lock)
        {
            _parts.Close();
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
            _parts.Close();
            return _stop ??= StopCoreAsync();
        }
    }

    /// <summary>The start has failed.</summary>
    private Task StopStarted()
    {
        lock (_lock)
        {
            return _drain ?? Stop();
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

    private async Task DrainCoreAsync(TimeSpan over)
    {
        Context.Log.Draining(_engine.SessionCount, over);
        await _http.StopListeningAsync().ConfigureAwait(false);
        try
        {
            var settled = _http.SharesEndpoints ? await SettleAsync(over).ConfigureAwait(false) : TimeSpan.Zero;
            over -= settled;

            // The time more than it takes is for a loop that is held or ends meanwhile, and tells nobody.
            await Task.WhenAll(_engine.DrainAsync(over, _hurry.Token), _cluster?.DrainAsync(over, _hurry.Token) ?? Task.CompletedTask).WaitAsync(over + LastPatience, _hurry.Token).ConfigureAwait(false);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            if (_engine.SessionCount is > 0 and var left)
            {
                Context.Log.DrainCut(left);
            }
        }

        await Stop().ConfigureAwait(false);
    }

    /// <summary>Nobody is refused during a handover: who was accepted a moment ago has still to ask for a session and to join a namespace, and no session is closed or refused meanwhile.</summary>
    /// <returns>How long that took.</returns>
    private async Task<TimeSpan> SettleAsync(TimeSpan over)
    {
        var time = over / 2 < SettleTime ? over / 2 : SettleTime;
        var began = _time.GetTimestamp();

        // A connection that is on its way to its loop is not counted yet.
        var round = CheckLoopsAsync(_hurry.Token);
        await Task.WhenAny(round, Task.Delay(LastPatience, _time, _hurry.Token)).ConfigureAwait(false);
        if (round.IsCompleted && _http.ConnectionCount == 0)
        {
            return TimeSpan.Zero;
        }

        await Task.Delay(time, _time, _hurry.Token).ConfigureAwait(false);
        return _time.GetElapsedTime(began) is var took && took < over ? took : over;
    }

    /// <summary>Listeners first, so that another process can have the port; then sessions, while the connections that carry what they still have to say are there; then the handlers
    /// that run, while their loops do; then connections and loops; then the game loops, and last the parts that had started before the listeners, in reverse.</summary>
    private async Task StopCoreAsync()
    {
        Context.Log.Stopping();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_hurry.Token);
        end.CancelAfter(_options.StopTimeout);
        await _http.StopListeningAsync().ConfigureAwait(false);
        var hadSessions = _engine.SessionCount > 0;
        if (!await WithinAsync(_engine.CloseAsync(), end.Token).ConfigureAwait(false) && hadSessions)
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
        await _parts.StopAsync(() => end.IsCancellationRequested ? LastPatience : _options.StopTimeout).ConfigureAwait(false);
        Context.Log.Stopped();
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
}
