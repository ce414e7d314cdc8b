namespace Sockeye.Transport;

/// <summary>What carries the bytes of a <see cref="VirtualConnection"/> in the place of a socket. All members are called on its loop, and must not block or throw.</summary>
public interface IChannelWire
{
    /// <summary>Bytes that were taken with <see cref="Send"/> and that the peer has not acknowledged: by it the progress of a slow reader is seen.</summary>
    int Unacknowledged { get; }

    /// <summary>Whether the peer has ended its output: when <see cref="Receive"/> has nothing more, the input is over.</summary>
    bool IsInputOver { get; }

    /// <summary>Hands out input.</summary>
    /// <param name="destination">Where to.</param>
    /// <returns>Bytes that were copied; 0: there is nothing at the moment.</returns>
    int Receive(Span<byte> destination);

    /// <summary>Takes output.</summary>
    /// <param name="bytes">The output, the caller's again when this returns.</param>
    /// <returns>Bytes that were taken; fewer than there are: <see cref="VirtualConnection.OnRoom"/> tells when more may come.</returns>
    int Send(ReadOnlySpan<byte> bytes);

    /// <summary>There is no more output.</summary>
    void EndOutput();

    /// <summary>The channel is closed, and calls nothing any more.</summary>
    /// <param name="isReset">Whether it was cut, so that what the peer has not got does not matter.</param>
    void Release(bool isReset);
}
