using System.Net;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Loops;
using Sockeye.Transport.Transports;

namespace Sockeye.Transport;

/// <summary>
/// A transport without sockets, for tests: peers in memory, loops that are driven by hand and share one clock. The channels are the native
/// transport's, with memory in place of the descriptor, so what holds here holds for sockets.
/// </summary>
/// <remarks>It owns its loops and their clock. Handlers run on the thread that drives the transport, and nothing runs in the background; peers may be used from any thread. It lives until it is stopped.</remarks>
public sealed class MemoryTransport : SocketTransport
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ManualClock _clock = new();
    private readonly ManualLoopSet _driven = new();
    private readonly ManualLoop[] _loops;
    private readonly List<MemoryListener> _listeners = [];
    private bool _isStopped;
    private int _lastPort = 1024, _lastPeerPort = 40_000;

    /// <summary>Makes a transport whose clock stands at zero.</summary>
    /// <param name="loops">Number of loops, at least 1.</param>
    /// <param name="options">What concerns a close, and logging; the rest does not apply.</param>
    public MemoryTransport(int loops = 1, TransportOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(loops, 1);
        Settings = (options ?? new TransportOptions()).ForLoops();
        _loops = new ManualLoop[loops];
        for (var i = 0; i < loops; i++)
        {
            _loops[i] = NewLoop(i, Settings.NameOf(i));
        }
    }

    /// <inheritdoc/>
    public override string Name => "memory";

    /// <inheritdoc/>
    public override TransportCapabilities Capabilities =>
        TransportCapabilities.MovesConnections | TransportCapabilities.SeveralLoops | TransportCapabilities.AllocationFree;

    /// <inheritdoc/>
    public override IReadOnlyList<ITransportLoop> Loops => _loops;

    /// <summary>The loops, for driving one alone.</summary>
    public IReadOnlyList<ManualLoop> ManualLoops => _loops;

    internal override LoopSettings Settings { get; }

    /// <inheritdoc/>
    public override int ConnectionCount => Settings.Connections.Count;

    /// <summary>The time of the shared clock.</summary>
    public TimeSpan Now => _clock.Now;

    /// <summary>Connects a peer; the channel is initialised in the next run of its loop.</summary>
    /// <param name="to">Which listener; null is the first one.</param>
    /// <param name="loop">Index of the loop that takes the connection.</param>
    /// <param name="from">The peer's own end point; null is a loopback one with a port of its own.</param>
    /// <exception cref="InvalidOperationException">Nobody listens there.</exception>
    public MemoryPeer Connect(IPEndPoint? to = null, int loop = 0, IPEndPoint? from = null)
    {
        MemoryListener? listener;
        lock (_listeners)
        {
            listener = _listeners.Find(candidate => to is null || candidate.EndPoint.Equals(to));
        }

        if (listener is null)
        {
            throw new InvalidOperationException($"Nobody listens on {to?.ToString() ?? "this transport"}.");
        }

        from ??= new IPEndPoint(IPAddress.Loopback, Interlocked.Increment(ref _lastPeerPort) % 65_536);
        return new MemoryPeer(_loops[loop], listener.Initialize, listener.EndPoint, from, listener.Limit);
    }

    /// <summary>Runs all loops in turn until none has anything left to do at this moment.</summary>
    public void RunUntilIdle() => ManualDriver.RunUntilIdle(_driven);

    /// <summary>Moves the clock on, step by step to each due moment, and runs what comes due.</summary>
    /// <param name="by">How far; not negative.</param>
    public void Advance(TimeSpan by) => ManualDriver.Advance(_driven, _clock, by);

    /// <summary>Moves the clock on without running anything: what a loop experiences that is held up, by a handler that blocks or by the machine.</summary>
    /// <param name="by">How far; not negative.</param>
    public void HoldUp(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        _clock.Now += by;
    }

    /// <summary>
    /// Runs all loops until the condition holds, and waits meanwhile for work that other threads post, for example what follows an <c>await</c>
    /// on the thread pool. The clock stands still.
    /// </summary>
    /// <param name="condition">Looked at whenever the loops are idle.</param>
    /// <param name="timeout">Real time; 60 s if null, so that a busy machine fails nothing.</param>
    /// <returns>False if the time ran out.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return ManualDriver.RunUntil(_driven, condition, timeout ?? s_patience);
    }

    /// <summary>Makes a loop without channels that is driven with the others and shares their clock.</summary>
    /// <param name="name">Its name in logs.</param>
    /// <returns>The loop.</returns>
    public override ITransportLoop CreateLoop(string name) => NewLoop(LoopBase.NoIndex, name);

    /// <inheritdoc/>
    public override Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Action<IChannel> initialize, ListenerLimit? limit)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(initialize);
        lock (_listeners)
        {
            if (_isStopped)
            {
                return Task.FromException<ITransportListener>(Stopped());
            }

            var bound = endPoint.Port == 0 ? new IPEndPoint(endPoint.Address, ++_lastPort) : endPoint;
            if (_listeners.Exists(other => other.EndPoint.Equals(bound)))
            {
                return Task.FromException<ITransportListener>(ListenError.PortTaken(bound));
            }

            MemoryListener listener = new(this, bound, initialize, limit);
            _listeners.Add(listener);
            return Task.FromResult<ITransportListener>(listener);
        }
    }

    /// <inheritdoc/>
    public override Task StopAsync(TimeSpan patience)
    {
        lock (_listeners)
        {
            _isStopped = true;
            _listeners.Clear();
        }

        foreach (var loop in _loops)
        {
            loop.Stop();
        }

        return Task.CompletedTask;
    }

    private ManualLoop NewLoop(int index, string name)
    {
        ManualLoop loop = new(index, name, Settings, _clock, _driven);
        _driven.Add(loop);
        return loop;
    }

    private sealed class MemoryListener(MemoryTransport transport, IPEndPoint endPoint, Action<IChannel> initialize, ListenerLimit? limit) : ITransportListener
    {
        public IPEndPoint EndPoint => endPoint;

        public bool IsShared => false;

        internal Action<IChannel> Initialize => initialize;

        internal ListenerLimit? Limit => limit;

        public ValueTask DisposeAsync()
        {
            lock (transport._listeners)
            {
                transport._listeners.Remove(this);
            }

            return default;
        }
    }
}
