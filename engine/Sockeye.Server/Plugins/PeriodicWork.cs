using Sockeye.Transport;

namespace Sockeye.Server.Plugins;

/// <summary>What a plugin does again and again, by the server's clock.</summary>
/// <remarks>It owns a timer, until it is disposed or its generation goes. One run at a time, on the thread pool; moments that come while one runs are one run after it. What it throws is told to its plugin and ends nothing.</remarks>
internal sealed class PeriodicWork : IDisposable, IThreadPoolWorkItem, ILoopWork
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int RunningAndDue = 2;

    private readonly PluginGeneration _owner;
    private readonly PoolContext _pool;
    private readonly Func<CancellationToken, ValueTask> _work;
    private readonly ITimer _timer;
    private int _state;
    private volatile bool _isDisposed;

    public PeriodicWork(PluginGeneration owner, PoolContext pool, TimeSpan interval, Func<CancellationToken, ValueTask> work)
    {
        _owner = owner;
        _pool = pool;
        _work = work;
        _timer = owner.Time.CreateTimer(static work => ((PeriodicWork)work!).OnDue(), this, interval, interval);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
        _owner.Forget(this);
    }

    void IThreadPoolWorkItem.Execute() => _pool.Run(this);

    void ILoopWork.Run() => _ = RunAsync();

    private void OnDue()
    {
        // A moment that found a run is kept: what it was for may have been due only after that run looked.
        while (!_isDisposed)
        {
            if (Interlocked.CompareExchange(ref _state, Running, Idle) == Idle)
            {
                Queue();
                return;
            }

            if (Interlocked.CompareExchange(ref _state, RunningAndDue, Running) != Idle)
            {
                return;
            }
        }
    }

    private void Queue()
    {
        _owner.Calls.Begin();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Never fails.</summary>
    private async Task RunAsync()
    {
        try
        {
            if (!_isDisposed)
            {
                await _work(_owner.Stopping).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Whatever a plugin throws is its own failure: counted, logged, and it is called again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (failure is not OperationCanceledException || !_owner.Stopping.IsCancellationRequested)
            {
                _owner.Failed("periodic work", failure);
            }
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _state, Idle, Running) != Running)
            {
                Volatile.Write(ref _state, Running);
                Queue();
            }

            _owner.Calls.End();
        }
    }
}
