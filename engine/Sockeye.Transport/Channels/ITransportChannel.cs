using DotNetty.Transport.Channels;

namespace Sockeye.Transport.Channels;

/// <summary>What the channels of every transport can do beyond DotNetty's. On the channel's loop unless a member says otherwise.</summary>
internal interface ITransportChannel : IChannel
{
    /// <summary>Bytes that were written and that the kernel has not taken. Any thread.</summary>
    long PendingBytes { get; }

    /// <summary>Bytes that the kernel has taken and the peer has not acknowledged; -1 where it does not say. A call to the kernel.</summary>
    int Unacknowledged();

    /// <summary>Closes with a reset; what is pending is dropped. Any thread.</summary>
    void Abort();
}
