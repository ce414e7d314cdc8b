namespace Sockeye.Server.Common;

/// <summary>Sockets that have gone and whose handlers have not ended: what stopping waits for.</summary>
/// <remarks>It owns their list, and who waits until it is empty. Any thread. One for each server, as long as that lives. A socket counts from its end on, until its last handler is done, that of its disconnection included. What runs while the server stops is among them, since stopping ends all sockets.</remarks>
internal sealed class Endings
{
    private readonly Lock _lock = new();
    private readonly HashSet<SockeyeSocket> _open = [];
    private TaskCompletionSource? _few;
    private readonly HashSet<SockeyeSocket> _askers = [];
    private int _allowed;

    /// <summary>Sockets that are not done.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    public void Enter(SockeyeSocket socket)
    {
        lock (_lock)
        {
            _open.Add(socket);
        }
    }

    public void Leave(SockeyeSocket socket)
    {
        lock (_lock)
        {
            _open.Remove(socket);
            Tell();
        }
    }

    /// <summary>A callback that has not ended may wait for the others: it is not waited for itself.</summary>
    /// <param name="handling">Sockets whose handlers run now. Nobody knows behind an await which of them has asked; a socket whose handlers did not run is waited for in any case.</param>
    public void Except(IEnumerable<SockeyeSocket> handling)
    {
        lock (_lock)
        {
            _allowed++;
            _askers.UnionWith(_open);
            _askers.UnionWith(handling);
            Tell();
        }
    }

    /// <summary>Completes when none are left but those that may have called <see cref="Except"/>, and no more of them than calls.</summary>
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
        if (_open.Count <= _allowed && _askers.IsSupersetOf(_open))
        {
            _few?.TrySetResult();
        }
    }
}
