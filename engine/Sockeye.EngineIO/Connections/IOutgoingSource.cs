using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>One message that a <see cref="IOutgoingSource"/> offers: a borrowed frame and the byte that precedes its body on the wire.</summary>
/// <remarks>The source keeps the reference to the frame until <see cref="IOutgoingSource.Advance"/>; the connection copies the body into what it writes.</remarks>
/// <param name="Frame">The body. <see cref="Sockeye.Transport.Frame.IsBinary"/> chooses the opcode. <see cref="Sockeye.Transport.Frame.Next"/> is not followed: the source offers each part itself.</param>
/// <param name="Prefix">A byte that belongs to the message but not to the shared body (Engine.IO's packet type, such as '4'), or 0 for none.</param>
public readonly record struct OutgoingMessage(Frame Frame, byte Prefix);

/// <summary>What a <see cref="WebSocketChannelHandler"/> pulls its data messages from.</summary>
/// <remarks>
/// <para>All members are called on the connection's loop only. The connection pulls at the end of a turn in which
/// <see cref="WebSocketChannelHandler.FlushLater"/> was called, and again when the kernel has taken the previous batch:
/// while a peer does not read, nothing is pulled and what waits stays with the source, which can count, drop or replace it.</para>
/// <para>Pulling: <see cref="TryPeek"/> (the same answer until <see cref="Advance"/>), the body is copied, perhaps in slices over
/// several batches, then <see cref="Advance"/>. Between the first slice and <see cref="Advance"/> the source must keep offering the same frame.</para>
/// </remarks>
public interface IOutgoingSource
{
    /// <summary>The bytes waiting in the source, prefixes and frame headers aside. A hint for the size of the batch; 0 when empty.</summary>
    int QueuedBytes { get; }

    /// <summary>The messages waiting in the source, each part of a chain counted. A hint for the size of the batch; 0 when empty.</summary>
    int QueuedMessages { get; }

    /// <summary>Offers the next message without removing it.</summary>
    bool TryPeek(out OutgoingMessage message);

    /// <summary>The message last peeked is copied completely: the source releases it.</summary>
    void Advance();

    /// <summary>Called after each batch and when the kernel has taken it: <paramref name="bytes"/> were given to the channel and are not yet taken.
    /// The right place to raise "writable": the source may be filled from here.</summary>
    void OnTransportPending(int bytes);
}
