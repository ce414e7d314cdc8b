namespace Sockeye.EngineIO.Http;

/// <summary>A connection whose bytes are nobody's business here from its upgrade on: they are handed over as they come, in both directions.</summary>
/// <remarks>It owns the input that its listener has not taken, at most what one read has brought. All members are called on the connection's loop, and do nothing after its end, which the listener hears of.
/// A peer that takes nothing for <see cref="HttpOptions.WriteStallTimeout"/> is given up.</remarks>
public interface IHttpTunnel
{
    /// <summary>Writes bytes.</summary>
    /// <param name="bytes">Copied during the call.</param>
    /// <returns>Whether the kernel has taken all that was written.</returns>
    bool Write(ReadOnlySpan<byte> bytes);

    /// <summary>The listener takes input again: in the next turn, what it has left first.</summary>
    void TakeMore();

    /// <summary>Closes the connection behind what was written.</summary>
    void Close();

    /// <summary>Resets the connection.</summary>
    void Abort();
}
