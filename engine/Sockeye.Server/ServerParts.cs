using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>What starts before the listeners of a server and stops after its sessions: one list, started in its order and stopped in the reverse.</summary>
/// <remarks>It owns the list of what has started, and so has to be stopped. Any thread. It starts once and stops once. A part that fails to start
/// ends the start; one that fails to stop, or does not come back, is named in the log and keeps no other from stopping.</remarks>
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
            ThrowIfClosed();
            await part.StartAsync(cancellationToken).ConfigureAwait(false);
            if (!TryAdd(part))
            {
                await StopAsync(part, server.StopTimeout).ConfigureAwait(false);
                ThrowIfClosed();
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
    }

    /// <summary>Stops those that have started, the last first, each when the one after has stopped. After <see cref="Close"/>.</summary>
    /// <param name="patience">How long each is waited for, asked when it is its turn.</param>
    public async Task StopAsync(Func<TimeSpan> patience)
    {
        while (TakeStarted() is { } part)
        {
            await StopAsync(part, patience()).ConfigureAwait(false);
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

    private bool TryAdd(IServerPart part)
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _started.Push(part);
            }

            return !_isClosed;
        }
    }

    private IServerPart? TakeStarted()
    {
        lock (_lock)
        {
            return _started.TryPop(out var part) ? part : null;
        }
    }

    private async Task StopAsync(IServerPart part, TimeSpan patience)
    {
        try
        {
            await Guarded(part.StopAsync).WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            server.Log.PartLeft(part.Name);
        }
#pragma warning disable CA1031 // The other parts are stopped all the same; the failure is logged.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            server.Log.PartFailed(part.Name, failure);
        }
    }

    /// <summary>Calls code of the application on a thread that is none of its own: what it begins must not end the process.</summary>
    private Task Guarded(Func<ValueTask> call)
    {
        var guarded = new GuardedCall(call);
        server.PoolContext.Run(guarded);
        return guarded.Result;
    }

    private sealed class GuardedCall(Func<ValueTask> call) : ILoopWork
    {
        public Task Result { get; private set; } = Task.CompletedTask;

        public void Run() => Result = call().AsTask();
    }
}
