using Sockeye.Server.Common;

namespace Sockeye;

/// <summary>What starts before the listeners of a server and stops after its sessions: one list, started in its order and stopped in the reverse.</summary>
/// <remarks>It owns the list of what has started, and so has to be stopped. Any thread. It starts once and stops once. A part that fails to start
/// is stopped and ends the start; one that fails to stop, or does not come back, is named in the log and keeps no other from stopping.</remarks>
internal sealed class ServerParts(IReadOnlyList<IServerPart> parts, ServerContext server)
{
    private readonly Lock _lock = new();
    private readonly Stack<IServerPart> _started = new();
    private bool _isClosed;

    /// <summary>Starts them one after the other, each when the one before has started.</summary>
    /// <exception cref="InvalidOperationException">The server has been stopped meanwhile; what had started is stopped, or will be.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var part in parts)
        {
            Add(part);
            try
            {
                await part.StartAsync(cancellationToken).ConfigureAwait(false);
                ThrowIfClosed();
            }
            catch
            {
                await part.StopAsync(GuardedStop.PatienceFrom(server)).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>No further part starts, and one that is starting stops at once.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }

        foreach (var part in parts)
        {
            part.Close();
        }
    }

    /// <summary>Stops those that have started, the last first, each when the one after has stopped. After <see cref="Close"/>.</summary>
    /// <param name="patience">How long each is waited for, asked when it is its turn.</param>
    public async Task StopAsync(Func<TimeSpan> patience)
    {
        while (TakeStarted() is { } part)
        {
            await part.StopAsync(patience).ConfigureAwait(false);
        }
    }

    private void ThrowIfClosed()
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new InvalidOperationException("The server has been stopped.");
            }
        }
    }

    /// <summary>It is to be stopped from now on, also while it starts.</summary>
    private void Add(IServerPart part)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new InvalidOperationException("The server has been stopped.");
            }

            _started.Push(part);
        }
    }

    private IServerPart? TakeStarted()
    {
        lock (_lock)
        {
            return _started.TryPop(out var part) ? part : null;
        }
    }
}
