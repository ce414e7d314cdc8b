using System.Net;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Channels;

namespace Sockeye.Transport;

/// <summary>The few things that DotNetty's channels lack. They work for the channels of every transport; on the channel's loop unless they say otherwise.</summary>
public static class ChannelExtensions
{
    /// <summary>The loop that the channel belongs to at the moment. Any thread.</summary>
    /// <param name="channel">A channel of a <see cref="SocketTransport"/>.</param>
    public static ITransportLoop Loop(this IChannel channel) => (ITransportLoop)channel.EventLoop;

    /// <summary>
    /// Bytes that were written to the channel and that the kernel has not taken yet. After a flush it is 0 exactly when
    /// <see cref="IChannel.IsWritable"/>; <c>ChannelWritabilityChanged</c> tells that it has come back to 0. Any thread.
    /// </summary>
    /// <param name="channel">A channel of a <see cref="SocketTransport"/>.</param>
    public static long PendingWriteBytes(this IChannel channel) => channel is LoopChannel own ? own.PendingBytes : ((ITransportChannel)channel).PendingBytes;

    /// <summary>
    /// Bytes that the kernel has taken and the peer has not acknowledged, or -1 where the platform does not tell: the progress of a slow reader, which shows in
    /// <see cref="PendingWriteBytes"/> only when a good part of the kernel's buffer has become free. A call to the kernel. On the channel's loop.
    /// </summary>
    /// <param name="channel">A channel of a <see cref="SocketTransport"/>.</param>
    public static int UnacknowledgedBytes(this IChannel channel) => ((ITransportChannel)channel).Unacknowledged();

    /// <summary>Whether <see cref="SendDirectly"/> and a write from this handler do the same: no handler stands between it and the socket, and the
    /// channel can send from the caller's memory.</summary>
    /// <param name="channel">A channel of a <see cref="SocketTransport"/>.</param>
    /// <param name="context">The handler's context.</param>
    public static bool CanSendDirectly(this IChannel channel, IChannelHandlerContext context)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return channel is LoopChannel && channel.Pipeline.FirstContext() == context;
    }

    /// <summary>Where output can be put together for <see cref="SendDirectly"/>: 64 KiB of the loop's, valid until the next write to one of its channels.</summary>
    /// <param name="channel">A channel for which <see cref="CanSendDirectly"/> was true.</param>
    public static Span<byte> SendBuffer(this IChannel channel) => ((LoopChannel)channel).CurrentLoop.Scratch;

    /// <summary>Writes and flushes past the pipeline. The bytes are the caller's again when it returns: what the kernel does not take is copied,
    /// and pending as after any other write.</summary>
    /// <param name="channel">A channel for which <see cref="CanSendDirectly"/> was true.</param>
    /// <param name="bytes">What to send.</param>
    public static void SendDirectly(this IChannel channel, ReadOnlySpan<byte> bytes) => ((LoopChannel)channel).SendNow(bytes);

    /// <summary>Closes at once with a reset; what is pending is dropped.</summary>
    /// <param name="channel">A channel of a <see cref="SocketTransport"/>.</param>
    public static void Abort(this IChannel channel) => ((ITransportChannel)channel).Abort();

    /// <summary>Makes a handler the only one of a channel, without a pipeline, when nothing but <paramref name="last"/> is in it; <paramref name="last"/> hears nothing more.
    /// <see cref="IChannelHandler.HandlerAdded"/> is not called. Whoever asks for the pipeline later gets a new one with the handler in it.</summary>
    /// <param name="channel">A channel of a <see cref="SocketTransport"/>.</param>
    /// <param name="last">The handler that hands the channel on.</param>
    /// <param name="direct">The handler that takes it.</param>
    /// <returns>False if the pipeline holds more, or the transport needs pipelines: nothing has changed.</returns>
    public static bool TryTakeOver(this IChannel channel, IChannelHandler last, IDirectHandler direct) => channel is LoopChannel own && own.TryTakeOver(last, direct);

    /// <summary>
    /// Moves the channel to another loop: it stops reading, leaves its loop at the end of this turn, joins the other, <paramref name="arrived"/>
    /// runs there and reading goes on. May be called from inside a handler; what a handler has not consumed of its buffer stays its business.
    /// A channel that is closed on the way never arrives; <c>ChannelInactive</c> tells so.
    /// </summary>
    /// <param name="channel">A channel of a transport with <see cref="TransportCapabilities.MovesConnections"/>.</param>
    /// <param name="target">A loop of the same transport.</param>
    /// <param name="arrived">Runs on the target loop before the first read there.</param>
    public static void MoveTo(this IChannel channel, ITransportLoop target, Action<IChannel> arrived)
    {
        ArgumentNullException.ThrowIfNull(arrived);
        if (channel is not LoopChannel own || target is not LoopBase loop)
        {
            throw new NotSupportedException("The channels of this transport stay on their loop.");
        }

        own.MoveTo(loop, arrived);
    }

    /// <summary>Refused: nobody would wait for the task.</summary>
    [Obsolete("Nobody would wait for the task: let the callback begin the asynchronous work and watch it.", error: true)]
    public static void MoveTo(this IChannel channel, ITransportLoop target, Func<IChannel, Task> arrived) => throw new NotSupportedException();

    /// <summary>Address and port of the peer, without an object. Any thread.</summary>
    /// <param name="channel">A channel of a <see cref="SocketTransport"/>.</param>
    public static PeerAddress Peer(this IChannel channel) => channel is LoopChannel own ? own.Peer : new PeerAddress(channel.RemoteEndPoint());

    /// <summary>Address and port of the peer; an IPv4 address that came over an IPv6 socket is given as IPv4. Any thread.</summary>
    /// <param name="channel">A channel of a <see cref="SocketTransport"/>.</param>
    public static IPEndPoint RemoteEndPoint(this IChannel channel) => Unmapped((IPEndPoint)channel.RemoteAddress);

    private static IPEndPoint Unmapped(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
