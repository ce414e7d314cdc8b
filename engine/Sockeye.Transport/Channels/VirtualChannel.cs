using System.Net;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport.Channels;

/// <summary>A loop channel without a descriptor: an <see cref="IChannelWire"/> brings and takes its bytes.</summary>
/// <remarks>On its loop, as all of <see cref="LoopChannel"/>, which it does not leave: its wire is there. It does not linger, since no reset can overtake what its wire has taken.</remarks>
internal sealed class VirtualChannel(LoopBase loop, Action<IChannel> initialize, IChannelWire wire, IPEndPoint remote) : LoopChannel(loop, initialize, limit: null)
{
    private readonly PeerAddress _remote = new(remote);
    private bool _isBroken;

    public override EndPoint? LocalAddress => null;

    public override EndPoint RemoteAddress => _remote.ToEndPoint();

    internal override PeerAddress Peer => _remote;

    private protected override bool CanMove => false;

    /// <summary>Nothing goes or comes any more.</summary>
    internal void Break()
    {
        _isBroken = true;
        OnReady(Readiness.Readable | Readiness.HangUp);
    }

    private protected override bool Attach() => true;

    private protected override void Detach()
    {
    }

    private protected override int Receive(byte[] buffer, int length)
    {
        if (_isBroken)
        {
            return IoResult.Failed;
        }

        var received = wire.Receive(buffer.AsSpan(0, length));
        return received > 0 ? received : wire.IsInputOver || Has(ChannelState.Lingering) ? 0 : IoResult.WouldBlock;
    }

    private protected override int Send(ReadOnlySpan<byte> bytes)
    {
        if (_isBroken)
        {
            return IoResult.Failed;
        }

        var sent = wire.Send(bytes);
        return sent > 0 ? sent : IoResult.WouldBlock;
    }

    public override int Unacknowledged() => wire.Unacknowledged;

    /// <summary>The wire delivers what it has taken, whoever waits for it: the peer's end is found at once.</summary>
    private protected override void ShutOutput()
    {
        wire.EndOutput();
        Set(ChannelState.ReadReady | ChannelState.EndSignalled);
    }

    private protected override void Release(bool reset) => wire.Release(reset);
}
