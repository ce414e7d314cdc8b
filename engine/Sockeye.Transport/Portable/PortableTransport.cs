using System.Net;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport;

/// <summary>The transport for every platform: DotNetty's socket channels on one loop. It moves no connections and has one loop, whatever the options say.</summary>
internal sealed class PortableTransport : SocketTransport
{
    private readonly TransportOptions _options;
    private readonly ITransportLoop[] _loops;
    private readonly HashSet<PortableChannel> _channels = [];
    private readonly List<PortableListener> _listeners = [];

    internal PortableTransport(TransportOptions options)
    {
        _options = options;
        Settings = LoopSettings.From(options);
        Loop = PortableLoop.Create(Settings);
        _loops = [Loop];
    }

    public override string Name => "sockets";

    public override TransportCapabilities Capabilities => TransportCapabilities.None;

    public override IReadOnlyList<ITransportLoop> Loops => _loops;

    public override int ConnectionCount => Settings.Connections.Count;

    internal override LoopSettings Settings { get; }

    internal PortableLoop Loop { get; }

    public override async Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Action<IChannel> initialize)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(initialize);
        ObjectDisposedException.ThrowIf(Loop.IsShuttingDown, typeof(SocketTransport));
        PortableListener listener = PortableListener.Bind(this, endPoint, _options.Backlog, initialize);
        lock (_listeners) { _listeners.Add(listener); }
        await Loop.SubmitAsync(() =>
        {
            listener.Start();
            return 0;
        }).ConfigureAwait(false);
        return listener;
    }

    public override async Task StopAsync()
    {
        PortableListener[] listeners;
        lock (_listeners)
        {
            listeners = [.. _listeners];
            _listeners.Clear();
        }

        foreach (PortableListener listener in listeners) { await listener.DisposeAsync().ConfigureAwait(false); }
        if (!Loop.IsShuttingDown)
        {
            await Loop.SubmitAsync(() =>
            {
                foreach (PortableChannel channel in _channels.ToArray()) { channel.CloseNow(); }
                return 0;
            }).ConfigureAwait(false);
        }

        await Loop.ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.FromSeconds(5)).ConfigureAwait(false);
    }

    /// <summary>The channel is open until it is removed; on the loop.</summary>
    internal void Add(PortableChannel channel)
    {
        _channels.Add(channel);
        Settings.Connections.Opened();
    }

    internal void Remove(PortableChannel channel)
    {
        _channels.Remove(channel);
        Settings.Connections.Closed();
    }
}
