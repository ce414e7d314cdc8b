using System.Net;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Common;
using Sockeye.Transport.Loops;

namespace Sockeye.Transport.Transports;

/// <summary>The transport for every platform: it owns one loop and DotNetty's socket channels on it. Any thread; lives until it is stopped. It moves no connections and has one loop, whatever the options say.</summary>
internal sealed class PortableTransport : SocketTransport
{
    private readonly TransportOptions _options;
    private readonly ITransportLoop[] _loops;
    private readonly HashSet<PortableChannel> _channels = [];
    private readonly List<PortableListener> _listeners = [];
    private bool _isStopped;

    internal PortableTransport(TransportOptions options)
    {
        _options = options;
        Settings = options.ForLoops();
        Loop = PortableLoop.Create(Settings);
        _loops = [Loop];
    }

    public override string Name => "sockets";

    public override TransportCapabilities Capabilities => TransportCapabilities.None;

    public override IReadOnlyList<ITransportLoop> Loops => _loops;

    public override int ConnectionCount => Settings.Connections.Count;

    internal override LoopSettings Settings { get; }

    internal PortableLoop Loop { get; }

    public override async Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Action<IChannel> initialize, ListenerLimit? limit)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(initialize);
        if (Loop.IsShuttingDown || Volatile.Read(ref _isStopped))
        {
            throw Stopped();
        }

        var listener = PortableListener.Bind(this, endPoint, _options.Backlog, initialize, limit);
        bool isLate;
        lock (_listeners)
        {
            isLate = _isStopped;
            _listeners.Add(listener);
        }

        var started = isLate ? Loop.TerminationCompletion : Loop.SubmitAsync(() =>
        {
            listener.Start();
            return 0;
        });
        if (!isLate)
        {
            await Task.WhenAny(started, Loop.TerminationCompletion).ConfigureAwait(false);
        }

        if (started.IsCompletedSuccessfully && !isLate)
        {
            return listener;
        }

        await listener.DisposeAsync().ConfigureAwait(false);
        throw Stopped();
    }

    public override async Task StopAsync(TimeSpan patience)
    {
        PortableListener[] listeners;
        lock (_listeners)
        {
            _isStopped = true;
            listeners = [.. _listeners];
            _listeners.Clear();
        }

        var isComplete = await Within(Task.WhenAll(listeners.Select(listener => listener.DisposeAsync().AsTask())), patience).ConfigureAwait(false);
        if (isComplete && !Loop.IsShuttingDown)
        {
            Task closed = Loop.SubmitAsync(() =>
            {
                foreach (var channel in _channels.ToArray())
                {
                    channel.Drop();
                }

                Loop.Ends();
                return 0;
            });
            isComplete = await Within(Task.WhenAny(closed, Loop.TerminationCompletion), patience).ConfigureAwait(false);
        }

        var ended = Loop.ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.FromSeconds(5));
        if (!await Within(ended, isComplete ? patience : LastPatience).ConfigureAwait(false))
        {
            TransportLog.LoopLeft(Settings.Logger, Loop.Name, Loop.DescribeActivity());
        }
    }

    /// <summary>The channel is open until it is removed; on the loop.</summary>
    internal void Add(PortableChannel channel) => _channels.Add(channel);

    internal void Remove(PortableChannel channel, ListenerLimit? limit)
    {
        _channels.Remove(channel);
        Settings.Connections.Closed(limit);
    }
}
