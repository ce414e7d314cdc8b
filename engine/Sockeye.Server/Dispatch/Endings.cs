namespace Sockeye;

/// <summary>Sockets that have gone and whose handlers have not ended: what stopping waits for. One for each server; any thread.</summary>
/// <remarks>A socket counts from its end on, until its last handler is done, that of its disconnection included. What runs while the server stops is among them, since stopping ends all sockets.</remarks>
internal sealed class Endings
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _few;
    private int _open;
    private int _allowed;

    /// <summary>Sockets that are not done.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _open;
            }
        }
    }

    public void Enter()
    {
        lock (_lock)
        {
            _open++;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            _open--;
            Tell();
        }
    }

    /// <summary>A handler that has not ended waits for the others: it is not waited for itself.</summary>
    public void Except()
    {
        lock (_lock)
        {
            _allowed++;
            Tell();
        }
    }

    /// <summary>Completes when no more are left than <see cref="Except"/> was called.</summary>
    public Task WhenDone()
    {
        lock (_lock)
        {
            _few ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Tell();
            return _few.Task;
        }
    }

    private void Tell()
    {
        if (_open <= _allowed)
        {
            _few?.TrySetResult();
        }
    }
}
