using System.Diagnostics.CodeAnalysis;
using Sockeye.EngineIO.Http;
using Sockeye.Plugins;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A handshake about which a gate has not decided yet.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Disposed with the answer; of a client that has gone it is cancelled, and holds nothing.")]
internal sealed class PendingGate : PendingAnswer<HandshakeVerdict>
{
    private readonly RequestCheck _request;
    private readonly CancellationTokenSource _gone = new();

    private PendingGate(EngineServer server, HttpExchange exchange, in RequestCheck request)
        : base(server, exchange) => _request = request;

    /// <summary>The gate limits its time itself.</summary>
    protected override bool HasTimeout => false;

    /// <summary>Asks the gate.</summary>
    public static void Begin(EngineServer server, IHandshakeGate gate, HttpExchange exchange, in RequestCheck request)
    {
        var pending = new PendingGate(server, exchange, in request);
        pending.Begin(gate.DecideAsync(EngineRequest.Of(exchange), exchange.Loop, pending._gone.Token));
    }

    protected override void OnAnswer(HandshakeVerdict answer)
    {
        _gone.Dispose();
        Server.OnGateDecided(Exchange, in _request, answer);
    }

    protected override void OnFailed(Exception failure)
    {
        Server.HookFailed(Exchange, nameof(IHandshakeGate), failure);
        Server.OnGateDecided(Exchange, in _request, HandshakeVerdict.Refuse("Unavailable", 503));
    }

    protected override void OnTimeout()
    {
    }

    protected override void OnGone() => _gone.Cancel();
}
