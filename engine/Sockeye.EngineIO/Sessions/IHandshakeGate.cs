using Sockeye.Plugins;
using Sockeye.Transport;

namespace Sockeye.EngineIO;

/// <summary>Decides about handshakes before the application does: the plugins of whoever is above. On the loop of the request.</summary>
public interface IHandshakeGate
{
    /// <summary>Whether there is anybody to ask.</summary>
    bool IsNeeded { get; }

    /// <summary>Asks. Must not fail, and limits its own time.</summary>
    /// <param name="request">The request.</param>
    /// <param name="home">Its loop.</param>
    /// <param name="gone">Fires when the client has gone.</param>
    ValueTask<HandshakeVerdict> DecideAsync(EngineRequest request, ITransportLoop home, CancellationToken gone);
}
