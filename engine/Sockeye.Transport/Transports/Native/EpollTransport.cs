using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Common;
using Sockeye.Transport.Loops;

namespace Sockeye.Transport.Transports;

/// <summary>The native transport of Linux: it owns epoll loops, and listeners until they are disposed. Any thread; lives until it is stopped. It takes no more connections than the process has descriptors for.</summary>
internal sealed class EpollTransport : SocketTransport
{
    private readonly TransportOptions _options;
    private readonly EpollEventLoop[] _loops;
    private readonly List<EpollListener> _listeners = [];
    private readonly List<InheritedListener> _inherited;
    private bool _isStopped;
    private uint _nextLoop;
    private int _listenerCount;

    internal EpollTransport(TransportOptions options)
    {
        _options = options;
        _inherited = [.. options.Inherited];
        Settings = options.ForLoops();
        Settings.Connections.Max = Fitting(options.MaxConnections);
        var clockStart = Stopwatch.GetTimestamp();
        _loops = new EpollEventLoop[options.EffectiveLoopCount];
        for (var i = 0; i < _loops.Length; i++)
        {
            _loops[i] = new EpollEventLoop(i, Settings, clockStart);
        }

        foreach (var loop in _loops)
        {
            loop.Start(this);
        }
    }

    public override string Name => "epoll";

    public override TransportCapabilities Capabilities =>
        TransportCapabilities.MovesConnections | TransportCapabilities.SeveralLoops | TransportCapabilities.AllocationFree;

    public override IReadOnlyList<ITransportLoop> Loops => _loops;

    public override int ConnectionCount => Settings.Connections.Count;

    internal override LoopSettings Settings { get; }

    public override async Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Action<IChannel> initialize, ListenerLimit? limit)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(initialize);
        if (endPoint.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            throw ListenError.From(endPoint, SocketError.AddressFamilyNotSupported);
        }

        var loop = Living((uint)Interlocked.Increment(ref _listenerCount));
        if (loop is null || Volatile.Read(ref _isStopped))
        {
            throw Stopped();
        }

        var socket = Inherited(endPoint) is { } inherited ? ListeningSocket.Take(inherited) : ListeningSocket.Open(endPoint, _options.Backlog, _options.ReusePort);
        var listener = EpollListener.On(this, loop, socket, initialize, limit);
        bool isLate;
        lock (_listeners)
        {
            isLate = _isStopped;
            _listeners.Add(listener);
        }

        if (isLate)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw Stopped();
        }

        await listener.StartAsync().ConfigureAwait(false);
        return listener;
    }

    public override async Task StopAsync(TimeSpan patience)
    {
        EpollListener[] listeners;
        lock (_listeners)
        {
            _isStopped = true;
            listeners = [.. _listeners];
            _listeners.Clear();
        }

        await Within(Task.WhenAll(listeners.Select(listener => listener.DisposeAsync().AsTask())), patience).ConfigureAwait(false);

        // A channel on its way between two loops escapes one round, not two. A loop that does not come is not waited for again.
        var isComplete = true;
        for (var round = 0; isComplete && round < 3 && (round == 0 || ConnectionCount > 0); round++)
        {
            isComplete = await Within(Task.WhenAll(Array.ConvertAll(_loops, loop => loop.CloseChannelsAsync())), patience).ConfigureAwait(false);
        }

        var ended = Task.WhenAll(Array.ConvertAll(_loops, loop => loop.ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.Zero)));
        if (await Within(ended, isComplete ? patience : LastPatience).ConfigureAwait(false))
        {
            return;
        }

        foreach (var loop in _loops.Where(static loop => !loop.IsShutdown))
        {
            TransportLog.LoopLeft(Settings.Logger, loop.Name, loop.DescribeActivity());
        }
    }

    /// <summary>Another loop accepts for one that is held, as long as it is. On the thread of the watch.</summary>
    internal void StandInFor(EpollEventLoop held)
    {
        EpollListener[] listeners;
        lock (_listeners)
        {
            listeners = _isStopped ? [] : [.. _listeners];
        }

        foreach (var listener in listeners)
        {
            if (NextLoop() is { IsHeld: false } other)
            {
                listener.StandIn(held, other);
            }
        }
    }

    private protected override int Fitting(int wanted)
    {
        var fitting = OpenFiles.Fitting(wanted, OpenFiles.Limit());
        if (fitting < wanted && fitting != Settings.Connections.Max)
        {
            TransportLog.FewFiles(Settings.Logger, wanted, fitting, OpenFiles.KeptAside);
        }

        return fitting;
    }

    /// <summary>The next loop in turn that has not ended, a held one only if all are held; null: there is none.</summary>
    internal EpollEventLoop? NextLoop() => Living(Interlocked.Increment(ref _nextLoop));

    /// <summary>The socket that was handed over for an end point, once.</summary>
    private InheritedListener? Inherited(IPEndPoint endPoint)
    {
        lock (_listeners)
        {
            var place = _inherited.FindIndex(inherited => inherited.EndPoint.Equals(endPoint));
            if (place < 0)
            {
                return null;
            }

            var found = _inherited[place];
            _inherited.RemoveAt(place);
            return found;
        }
    }

    private EpollEventLoop? Living(uint first)
    {
        EpollEventLoop? held = null;
        for (uint i = 0; i < _loops.Length; i++)
        {
            var loop = _loops[(first + i) % (uint)_loops.Length];
            if (loop.IsShuttingDown)
            {
                continue;
            }

            if (!loop.IsHeld)
            {
                return loop;
            }

            held ??= loop;
        }

        return held;
    }
}
