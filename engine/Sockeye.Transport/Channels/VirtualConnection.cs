using System.Net;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Channels;

namespace Sockeye.Transport;

/// <summary>A connection without a socket: handlers see a channel as any other, and whoever has opened it brings and takes the bytes.</summary>
/// <remarks>It owns its channel, which counts among the connections of the transport. All members are called on its loop, where the channel stays. It lives until the channel is closed,
/// which <see cref="IChannelWire.Release"/> tells; later calls do nothing. It bounds nothing itself: its wire says how much it takes.</remarks>
public sealed class VirtualConnection
{
    private readonly VirtualChannel _channel;

    private VirtualConnection(VirtualChannel channel) => _channel = channel;

    /// <summary>The channel.</summary>
    public IChannel Channel => _channel;

    /// <summary>Whether connections can be opened on a loop: on those of the engine's own transports.</summary>
    /// <param name="loop">The loop.</param>
    public static bool IsPossible(ITransportLoop loop) => loop is LoopBase;

    /// <summary>Opens a connection. On the loop.</summary>
    /// <param name="loop">Its loop.</param>
    /// <param name="wire">Brings and takes the bytes.</param>
    /// <param name="remote">Who the peer is.</param>
    /// <param name="name">The name of its handler in the pipeline.</param>
    /// <param name="handler">Makes the handler.</param>
    /// <exception cref="NotSupportedException">The loop has no such connections.</exception>
    public static VirtualConnection Open(ITransportLoop loop, IChannelWire wire, IPEndPoint remote, string name, Func<IChannel, IChannelHandler> handler)
    {
        ArgumentNullException.ThrowIfNull(wire);
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(handler);
        if (loop is not LoopBase own)
        {
            throw new NotSupportedException("The loops of this transport have no connections without sockets.");
        }

        own.Settings.Connections.Opened();
        var channel = new VirtualChannel(own, channel => channel.Pipeline.AddLast(name, handler(channel)), wire, remote);
        channel.Register();
        return new VirtualConnection(channel);
    }

    /// <summary>There is input.</summary>
    public void OnInput() => _channel.OnReady(Readiness.Readable);

    /// <summary>The peer has ended its output (<see cref="IChannelWire.IsInputOver"/>): the channel reads what is there, and closes.</summary>
    public void OnInputOver() => _channel.OnReady(Readiness.Readable | Readiness.InputEnd);

    /// <summary>There is room for output again.</summary>
    public void OnRoom() => _channel.OnReady(Readiness.Writable);

    /// <summary>The connection is broken: what is on its way in either direction is lost.</summary>
    public void OnBroken() => _channel.Break();
}
