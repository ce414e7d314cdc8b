using Sockeye.EngineIO;

namespace Sockeye.Server.Sockets;

/// <summary>Waits until a connection has space.</summary>
internal interface ISpaceWaiter
{
    /// <summary>Whether nobody waits any more. Any thread.</summary>
    bool IsOver { get; }

    /// <summary>There is space, or it is over.</summary>
    void OnSpace();

    /// <summary>There will never be any.</summary>
    void OnGone();
}

/// <summary>What waits until the connection of one socket has space, in order.</summary>
/// <remarks>It owns the list of who waits. Belongs to the socket's loop, apart from admission, which any thread asks for. Made when something has to wait for the first time, and kept as
/// long as the socket. Bounded by the admission of emits here, and of broadcasts by their namespace.</remarks>
internal sealed class SpaceQueue(int maxEmits, int maxBytes)
{
    private const int LeastSweep = 64;

    private readonly Lock _lock = new();
    private readonly Queue<ISpaceWaiter> _waiters = new();
    private int _emits;
    private long _bytes;
    private int _sweepAt = LeastSweep;

    public bool IsEmpty => _waiters.Count == 0;

    /// <summary>Counts an emit in that is going to wait. Any thread.</summary>
    /// <returns>False: as many wait already as may.</returns>
    public bool TryAdmit(int bytes)
    {
        lock (_lock)
        {
            if (_emits >= maxEmits || (_emits > 0 && _bytes + bytes > maxBytes))
            {
                return false;
            }

            _emits++;
            _bytes += bytes;
            return true;
        }
    }

    /// <summary>Counts an emit out. Any thread.</summary>
    public void Release(int bytes)
    {
        lock (_lock)
        {
            _emits--;
            _bytes -= bytes;
        }
    }

    public void Add(ISpaceWaiter waiter)
    {
        if (_waiters.Count >= _sweepAt)
        {
            Sweep();
        }

        _waiters.Enqueue(waiter);
    }

    /// <summary>Lets them go in their order while there is room.</summary>
    public void Serve(EngineSession session)
    {
        while (_waiters.Count > 0 && (session.IsWritable || _waiters.Peek().IsOver))
        {
            _waiters.Dequeue().OnSpace();
        }
    }

    /// <summary>The socket has gone.</summary>
    public void Abandon()
    {
        while (_waiters.TryDequeue(out var waiter))
        {
            waiter.OnGone();
        }
    }

    // Those that were given up behind one that still waits; when the queue has doubled, so that the cost for each stays the same.
    private void Sweep()
    {
        for (var i = _waiters.Count; i > 0; i--)
        {
            var waiter = _waiters.Dequeue();
            if (!waiter.IsOver)
            {
                _waiters.Enqueue(waiter);
            }
        }

        _sweepAt = Math.Max(LeastSweep, _waiters.Count * 2);
    }
}
