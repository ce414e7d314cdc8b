namespace Sockeye.Transport;

/// <summary>The other end of a memory channel: a client that a test plays by hand. Nothing happens on the channel's side until its loop is run.</summary>
public sealed class MemoryPeer
{
    /// <summary>Whether the channel's side has ended its output: the peer has seen the end or a reset.</summary>
    public bool IsClosed => throw new NotSupportedException();

    /// <summary>Whether the end was a reset.</summary>
    public bool IsReset => throw new NotSupportedException();

    /// <summary>The "kernel" takes nothing more from the channel: back-pressure begins with its next write.</summary>
    public bool StopReading { get; set; }

    /// <summary>Bytes that the "kernel" takes from the channel before the peer receives them. Unlimited by default.</summary>
    public int WindowBytes { get; set; } = int.MaxValue;

    /// <summary>Sends bytes to the channel.</summary>
    /// <param name="bytes">What to send.</param>
    public void Send(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    /// <summary>Takes all that has arrived.</summary>
    public byte[] Receive() => throw new NotSupportedException();

    /// <summary>Ends the peer's output; it still receives.</summary>
    public void HalfClose() => throw new NotSupportedException();

    /// <summary>Ends both directions in order.</summary>
    public void Close() => throw new NotSupportedException();

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset() => throw new NotSupportedException();
}
