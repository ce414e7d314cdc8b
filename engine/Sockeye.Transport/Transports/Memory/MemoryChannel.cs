using System.Net;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Channels;

namespace Sockeye.Transport.Transports;

/// <summary>A loop channel whose descriptor is a <see cref="MemoryPeer"/>: that owns the bytes.</summary>
/// <remarks>On its loop, as all of <see cref="LoopChannel"/>, <see cref="Signal"/> aside; the peer lives on when the channel is closed.</remarks>
internal sealed class MemoryChannel(LoopBase loop, Action<IChannel> initialize, MemoryPeer peer, EndPoint local, EndPoint remote, ListenerLimit? limit) : LoopChannel(loop, initialize, limit)
{
    public override EndPoint LocalAddress => local;

    public override EndPoint RemoteAddress => remote;

    internal override PeerAddress Peer => new((IPEndPoint)remote);

    /// <summary>Tells the channel what is ready, as an event of its loop. Any thread.</summary>
    internal void Signal(Readiness readiness) => CurrentLoop.Post(new Event(this, CurrentLoop, readiness));

    private protected override bool Attach()
    {
        ((ManualLoop)CurrentLoop).Add(this);
        Signal(peer.Readiness);
        return true;
    }

    private protected override void Detach() => ((ManualLoop)CurrentLoop).Remove(this);

    private protected override int Receive(byte[] buffer, int length) => peer.TakeInput(buffer.AsSpan(0, length));

    private protected override int Send(ReadOnlySpan<byte> bytes) => peer.GiveOutput(bytes);

    public override int Unacknowledged() => peer.Available;

    private protected override void ShutOutput() => peer.EndOutput(reset: false);

    private protected override void Release(bool reset)
    {
        ((ManualLoop)CurrentLoop).Remove(this);
        peer.EndOutput(reset);
    }

    private sealed class Event(MemoryChannel channel, LoopBase loop, Readiness readiness) : ILoopWork
    {
        public void Run()
        {
            // A channel that has moved meanwhile learns from its new loop what is ready.
            if (channel.CurrentLoop == loop)
            {
                channel.OnReady(readiness);
            }
        }
    }
}
