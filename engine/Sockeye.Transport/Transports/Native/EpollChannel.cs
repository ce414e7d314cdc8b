using System.Net;
using System.Runtime.InteropServices;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Channels;

namespace Sockeye.Transport.Transports;

/// <summary>A loop channel over a socket: it owns the descriptor. On its loop, as all of <see cref="LoopChannel"/>; the descriptor lives until the channel is closed.</summary>
internal sealed unsafe class EpollChannel(LoopBase loop, Action<IChannel> initialize, int descriptor, in RawAddress remote, ListenerLimit? limit) : LoopChannel(loop, initialize, limit)
{
    private readonly PeerAddress _remote = remote.ToPeerAddress();
    private int _descriptor = descriptor;

    /// <summary>The descriptor, -1 when it is closed.</summary>
    internal int Descriptor => _descriptor;

    /// <summary>Tells this use of the descriptor's number from earlier ones; 0 while no loop watches it.</summary>
    internal uint Generation { get; set; }

    public override EndPoint? LocalAddress
    {
        get
        {
            RawAddress local = default;
            uint length = RawAddress.Size;
            return Libc.getsockname(_descriptor, (byte*)&local, &length) == 0 ? local.ToEndPoint() : null;
        }
    }

    /// <summary>Made at each call: hardly anybody asks.</summary>
    public override EndPoint RemoteAddress => _remote.ToEndPoint();

    internal override PeerAddress Peer => _remote;

    private protected override bool Attach() => ((EpollEventLoop)CurrentLoop).Watch(this);

    private protected override void Detach() => ((EpollEventLoop)CurrentLoop).Unwatch(this, isClosing: false);

    private protected override int Receive(byte[] buffer, int length)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var received = Libc.recv(_descriptor, start, (nuint)length, 0);
                if (received >= 0)
                {
                    return (int)received;
                }

                var error = Marshal.GetLastSystemError();
                if (error != Libc.EINTR)
                {
                    return error == Libc.EAGAIN ? IoResult.WouldBlock : IoResult.Failed;
                }
            }
        }
    }

    private protected override int Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            while (true)
            {
                var sent = Libc.send(_descriptor, start, (nuint)bytes.Length, Libc.MSG_NOSIGNAL);
                if (sent >= 0)
                {
                    return (int)sent;
                }

                var error = Marshal.GetLastSystemError();
                if (error != Libc.EINTR)
                {
                    return error == Libc.EAGAIN ? IoResult.WouldBlock : IoResult.Failed;
                }
            }
        }
    }

    public override int Unacknowledged() => _descriptor < 0 ? -1 : Libc.Unacknowledged(_descriptor);

    /// <summary>A failure means that the connection is gone already, which the next event tells.</summary>
    private protected override void ShutOutput() => _ = Libc.shutdown(_descriptor, Libc.SHUT_WR);

    private protected override void Release(bool reset)
    {
        if (reset)
        {
            var linger = stackalloc int[] { 1, 0 };
            _ = Libc.setsockopt(_descriptor, Libc.SOL_SOCKET, Libc.SO_LINGER, linger, 2 * sizeof(int));
        }

        ((EpollEventLoop)CurrentLoop).Unwatch(this, isClosing: true);
        _ = Libc.close(_descriptor);
        _descriptor = -1;
    }
}
