using DotNetty.Transport.Channels;
using Sockeye.Transport.Loops;

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

    /// <summary>Closes at once without a reset of our own; what is pending is dropped.</summary>
    void Drop();

    /// <summary>What the loops of the transport share. Any thread.</summary>
    LoopSettings Settings { get; }
}
