namespace Sockeye.Cluster.Nats;

/// <summary>Where code of receivers and listeners runs: on the thread pool, guarded, so that what it throws, or what it begins and nobody waits for, is told and does not end the process.</summary>
/// <remarks>It owns what is to be told, in its order: one thing after the other. Any thread; lives as long as the bus. What waits here are changes of state and subjects without responders, which are as many as there are requests.</remarks>
/// <param name="failed">Told what has failed. Any thread; it must not throw.</param>
internal sealed class NatsCalls(Action<string, Exception> failed) : SynchronizationContext, IThreadPoolWorkItem
{
    [ThreadStatic]
    private static NatsCalls? s_telling;

    private readonly Lock _lock = new();
    private readonly Queue<Action> _waiting = new();
    private TaskCompletionSource? _idle;
    private bool _isActive;

    /// <summary>Tells listeners, behind what was told before.</summary>
    public void Tell<T>(Action<T>? listeners, T value, string what)
    {
        if (listeners is null)
        {
            return;
        }

        lock (_lock)
        {
            _waiting.Enqueue(() =>
            {
                foreach (var listener in Delegate.EnumerateInvocationList(listeners))
                {
                    // The others hear of it all the same.
                    Run(static known => known.Listener(known.Value), (Listener: listener, Value: value), what);
                }
            });
            if (_isActive)
            {
                return;
            }

            _isActive = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Completes when everything has been told, at once for whoever is told something.</summary>
    public Task WhenToldAsync()
    {
        lock (_lock)
        {
            return _isActive && s_telling != this ? (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    public void Run<T>(Action<T> call, T state, string what)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            call(state);
        }
#pragma warning disable CA1031 // What it throws is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            failed(what, failure);
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    public override void Post(SendOrPostCallback d, object? state) =>
        ThreadPool.UnsafeQueueUserWorkItem(static work => work.Calls.Run(static known => known.Callback(known.State), (work.Callback, work.State), "What a receiver or listener had begun"), (Calls: this, Callback: d, State: state), preferLocal: false);

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    void IThreadPoolWorkItem.Execute()
    {
        s_telling = this;
        try
        {
            while (TryNext(out var tell))
            {
                tell();
            }
        }
        finally
        {
            s_telling = null;
        }
    }

    private bool TryNext(out Action tell)
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out tell!))
            {
                return true;
            }

            _isActive = false;
            _idle?.TrySetResult();
            _idle = null;
            return false;
        }
    }
}
