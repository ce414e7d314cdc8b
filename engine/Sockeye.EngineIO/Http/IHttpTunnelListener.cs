namespace Sockeye.EngineIO.Http;

/// <summary>Hears what comes by an <see cref="IHttpTunnel"/>. All members are called on the connection's loop.</summary>
public interface IHttpTunnelListener
{
    /// <summary>Input.</summary>
    /// <param name="tunnel">The connection.</param>
    /// <param name="bytes">Valid during the call.</param>
    /// <returns>Bytes that are taken. Fewer than there are: nothing is read until <see cref="IHttpTunnel.TakeMore"/>, which brings the rest first.</returns>
    int OnInput(IHttpTunnel tunnel, ReadOnlySpan<byte> bytes);

    /// <summary>The kernel has taken all that was written.</summary>
    void OnWritable(IHttpTunnel tunnel);

    /// <summary>The server stops, and the connection should end in order.</summary>
    void OnStopping(IHttpTunnel tunnel);

    /// <summary>The connection has ended. Called once, unless the listener has ended it.</summary>
    void OnClosed(IHttpTunnel tunnel);
}
