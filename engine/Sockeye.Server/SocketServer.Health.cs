using Sockeye.Transport;

namespace Sockeye;

/// <content>Whether it is well.</content>
internal sealed partial class SocketServer
{
    /// <inheritdoc />
    public override ServerState State
    {
        get
        {
            lock (_lock)
            {
                return Context.IsStopped ? ServerState.Stopped
                    : _stop is not null || _drain is not null ? ServerState.Ending
                    : _isRunning ? ServerState.Running
                    : _isStarted ? ServerState.Starting
                    : ServerState.Created;
            }
        }
    }

    /// <inheritdoc />
    public override Task CheckLoopsAsync(CancellationToken cancellationToken = default)
    {
        var round = new Round(_transport.Loops.Count);
        foreach (var loop in _transport.Loops)
        {
            loop.Post(round);
        }

        return round.Done.WaitAsync(cancellationToken);
    }

    /// <summary>One visit to each loop.</summary>
    private sealed class Round(int loops) : ILoopWork
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = loops;

        public Task Done => _done.Task;

        public void Run()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _done.TrySetResult();
            }
        }
    }
}
