using System.Net;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport.Channels;

/// <summary>The unsafe of an accepted connection: what only a listener or a client could do is refused.</summary>
internal interface IAcceptedUnsafe : IChannelUnsafe
{
    IRecvByteBufAllocatorHandle IChannelUnsafe.RecvBufAllocHandle => throw new NotSupportedException("The channel reads into its loop's buffer.");

    /// <summary>None: pending output is a part of the channel. Code that looks here must expect null.</summary>
    ChannelOutboundBuffer? IChannelUnsafe.OutboundBuffer => null;

    Task IChannelUnsafe.RegisterAsync(IEventLoop eventLoop) => Refused("An accepted channel is registered by its transport.");

    Task IChannelUnsafe.DeregisterAsync() => Refused("A channel leaves its loop by ChannelExtensions.MoveTo.");

    Task IChannelUnsafe.BindAsync(EndPoint localAddress) => Refused("The channel is an accepted connection.");

    Task IChannelUnsafe.ConnectAsync(EndPoint remoteAddress, EndPoint localAddress) => Refused("The channel is an accepted connection.");

    Task IChannelUnsafe.DisconnectAsync() => CloseAsync();

    private static Task Refused(string reason) => Task.FromException(new NotSupportedException(reason));
}
