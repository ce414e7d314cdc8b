using Sockeye.EngineIO.Sessions;

namespace Sockeye.EngineIO;

// The end of a server: at once, or one session after the other.
public sealed partial class EngineServer
{
    private readonly Lock _closing = new();
    private Task? _closed;
    private volatile bool _isClosing;

    /// <summary>Sessions that <see cref="DrainAsync"/> closes in a second at least, on each loop.</summary>
    public const int LeastDrainedPerSecond = SessionDrain.LeastPerSecond;

    /// <summary>Opens no further session and closes all with <see cref="DisconnectReason.ServerShuttingDown"/>; completes when the last is gone, or after
    /// <see cref="EngineOptions.CloseTimeout"/>. Further calls return the same task.</summary>
    public Task CloseAsync()
    {
        lock (_closing)
        {
            // The flag comes before the first table is emptied: who opens a session now sees it, or is in the snapshot.
            _isClosing = true;
            return _closed ??= CloseAllAsync();
        }
    }

    /// <summary>Opens no further session and closes all with <see cref="DisconnectReason.ServerShuttingDown"/>, on each loop one after the other, evenly over a time but at least 100 each second.
    /// Completes when the last is told; <see cref="CloseAsync"/> waits for what is queued for them.</summary>
    /// <param name="over">The time.</param>
    /// <param name="cancellationToken">Gives up waiting; sessions are still told in their time, unless <see cref="CloseAsync"/> is called.</param>
    public Task DrainAsync(TimeSpan over, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(over, TimeSpan.Zero);
        _isClosing = true;
        return TellAsync(over, keptNode: -1).WaitAsync(cancellationToken);
    }

    /// <summary>Closes the sessions whose ids name the node that this engine was before <see cref="BecomeNode"/>, as <see cref="DrainAsync"/> does; others come and stay. Completes when the last is told.</summary>
    /// <param name="over">The time.</param>
    public async Task CloseFormerAsync(TimeSpan over)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(over, TimeSpan.Zero);
        await TellAsync(over, NodeId).ConfigureAwait(false);
        _node.Forget();
    }

    /// <summary>As <see cref="CloseAsync"/>.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private Task TellAsync(TimeSpan over, int keptNode)
    {
        var told = new List<Task>(_tables.Length);
        foreach (var table in _tables)
        {
            if (!table.Loop.IsShutdown)
            {
                var drain = new SessionDrain(table, over, keptNode);
                told.Add(drain.Told);
                table.Loop.Post(drain);
            }
        }

        return Task.WhenAll(told);
    }

    private async Task CloseAllAsync()
    {
        var emptied = new List<Task>(_tables.Length);
        foreach (var table in _tables)
        {
            if (!table.Loop.IsShutdown)
            {
                var closing = new SessionClosing(table);
                emptied.Add(closing.Emptied);
                table.Loop.Post(static state => ((SessionClosing)state!).Run(), closing);
            }
        }

        try
        {
            await Task.WhenAll(emptied).WaitAsync(Options.CloseTimeout).ConfigureAwait(false);
            foreach (var table in _tables)
            {
                table.Detach();
            }
        }
        catch (TimeoutException)
        {
            // A loop that stops meanwhile drops what was posted to it; its sessions end with their connections.
            EngineLog.CloseTimedOut(_logger, HeldSessions);
        }
    }
}
