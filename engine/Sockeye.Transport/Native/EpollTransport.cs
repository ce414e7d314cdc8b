using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport;

/// <summary>The native transport of Linux: epoll loops and channels of our own.</summary>
internal sealed class EpollTransport : SocketTransport
{
    private readonly TransportOptions _options;
    private readonly EpollEventLoop[] _loops;
    private readonly List<EpollListener> _listeners = [];
    private uint _nextLoop;
    private int _listenerCount;

    internal EpollTransport(TransportOptions options)
    {
        _options = options;
        int connections = OpenFiles.Fitting(options.MaxConnections, OpenFiles.Limit());
        Settings = LoopSettings.From(options, connections);
        if (connections < options.MaxConnections) { TransportLog.FewFiles(Settings.Logger, options.MaxConnections, connections, OpenFiles.KeptAside); }
        long clockStart = Stopwatch.GetTimestamp();
        _loops = new EpollEventLoop[options.EffectiveLoopCount];
        for (int i = 0; i < _loops.Length; i++) { _loops[i] = new EpollEventLoop(i, Settings, clockStart); }
        foreach (EpollEventLoop loop in _loops) { loop.Start(); }
    }

    public override string Name => "epoll";

    public override TransportCapabilities Capabilities =>
        TransportCapabilities.MovesConnections | TransportCapabilities.SeveralLoops | TransportCapabilities.AllocationFree;

    public override IReadOnlyList<ITransportLoop> Loops => _loops;

    public override int ConnectionCount => Settings.Connections.Count;

    internal override LoopSettings Settings { get; }

    public override async Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Action<IChannel> initialize)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(initialize);
        if (endPoint.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            throw ListenError.From(endPoint, SocketError.AddressFamilyNotSupported);
        }

        EpollEventLoop loop = _loops[Interlocked.Increment(ref _listenerCount) % _loops.Length];
        if (loop.IsShuttingDown) { throw new ObjectDisposedException(nameof(SocketTransport), "The transport has been stopped."); }
        EpollListener listener = EpollListener.Bind(this, loop, endPoint, _options.Backlog, initialize);
        lock (_listeners) { _listeners.Add(listener); }
        await listener.StartAsync().ConfigureAwait(false);
        return listener;
    }

    public override async Task StopAsync()
    {
        EpollListener[] listeners;
        lock (_listeners)
        {
            listeners = [.. _listeners];
            _listeners.Clear();
        }

        foreach (EpollListener listener in listeners) { await listener.DisposeAsync().ConfigureAwait(false); }

        // A channel on its way between two loops escapes one round, not two.
        for (int round = 0; round < 3 && (round == 0 || ConnectionCount > 0); round++)
        {
            await Task.WhenAll(Array.ConvertAll(_loops, loop => loop.CloseChannelsAsync())).ConfigureAwait(false);
        }

        await Task.WhenAll(Array.ConvertAll(_loops, loop => loop.ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.Zero))).ConfigureAwait(false);
    }

    internal EpollEventLoop NextLoop() => _loops[Interlocked.Increment(ref _nextLoop) % (uint)_loops.Length];
}
