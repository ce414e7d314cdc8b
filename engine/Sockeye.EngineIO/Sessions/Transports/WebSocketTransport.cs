using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol;
using Sockeye.Protocol.EngineIO;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A WebSocket of one session: on trial first if the session began with polling, then its transport. One packet in each message.</summary>
/// <remarks>
/// <para>It owns its stage, and what turns binary messages into base64 for a client that asks for it. The handler of the WebSocket is the channel's, the outbox the session's.</para>
/// <para><b>Thread.</b> The session's loop.</para>
/// <para><b>Lifetime.</b> From the request for it to the end of its WebSocket.</para>
/// <para><b>Limits.</b> A message has at most <see cref="EngineSession.MaxPayloadBytes"/>.</para>
/// </remarks>
internal sealed class WebSocketTransport(EngineSession session, EngineRequest request) : EngineTransport(session), IWebSocketListener
{
    // A client that asks for it cannot read binary messages.
    private readonly Base64Source? _base64 = request.Query("b64") is { Length: > 0 } ? new Base64Source(session.Outbox) : null;

    private WebSocketChannelHandler _webSocket = null!; // from the first call on
    private Stage _stage;

    private enum Stage : byte
    {
        /// <summary>On trial: what comes is for the <see cref="SessionUpgrade"/>.</summary>
        Trial,

        /// <summary>Carries the session.</summary>
        Active,

        /// <summary>Turned away, or closed.</summary>
        Closed,
    }

    public override string Name => "websocket";

    public override EngineRequest CurrentRequest { get; } = request;

    public override int UnfinishedCost => _webSocket?.UnfinishedCost ?? 0;

    private IOutgoingSource Source => _base64 is null ? Session.Outbox : _base64;

    /// <summary>Carries a new session; the open packet leaves with the 101.</summary>
    public void Begin(WebSocketChannelHandler webSocket, ReadOnlySpan<byte> open)
    {
        _webSocket = webSocket;
        _stage = Stage.Active;
        Session.Request.Compact();
        webSocket.QueueFirst(open);
        webSocket.Start(Source);
    }

    /// <summary>Goes on trial.</summary>
    public void BeginTrial(WebSocketChannelHandler webSocket)
    {
        _webSocket = webSocket;
        CurrentRequest.Hold();
        webSocket.MaxMessageBytes = Session.MaxPayloadBytes;
    }

    /// <summary>Not even on trial: the session is upgraded already, or another one is on trial.</summary>
    public void TurnAway(WebSocketChannelHandler webSocket)
    {
        _webSocket = webSocket;
        TurnAway();
    }

    /// <summary>The session goes on without it.</summary>
    public void TurnAway()
    {
        _stage = Stage.Closed;
        _webSocket.Close(null);
    }

    /// <summary>Carries the session from here on.</summary>
    /// <param name="holdsReading">Whether nothing is read before <see cref="ResumeReading"/>.</param>
    public void Activate(bool holdsReading)
    {
        _stage = Stage.Active;
        Session.Request.Compact();
        CurrentRequest.Compact();
        if (holdsReading)
        {
            _webSocket.PauseReading();
        }

        _webSocket.Start(Source);
        _webSocket.FlushLater();
    }

    public void OnMessage(WebSocketChannelHandler webSocket, ReadOnlySpan<byte> payload, bool isBinary)
    {
        switch (_stage)
        {
            case Stage.Active when Session.State != EngineState.Open:
                // The session is closing: what still comes is not delivered.
                break;
            case Stage.Active when isBinary:
                Session.OnMessage(payload, isBinary: true);
                break;
            case Stage.Active when payload is [(byte)'4', ..]:
                Session.OnMessage(payload[1..], isBinary: false);       // nearly every message
                break;
            case Stage.Active:
                var error = Read(payload, out var packet);
                if (error == ProtocolError.None)
                {
                    Session.OnPacket(packet);
                }
                else
                {
                    Session.Count(error);
                    Session.End(DisconnectReason.ParseError, ProtocolErrors.Describe(error).Text, CloseKind.Failure);
                }

                break;
            case Stage.Trial:
                Session.Upgrade!.OnMessage(payload, isBinary);
                break;
            default:
                break;
        }
    }

    public void OnClosed(WebSocketChannelHandler webSocket, in WebSocketClose close)
    {
        var stage = _stage;
        if (CurrentRequest != Session.Request)
        {
            CurrentRequest.LetGo();
        }

        _base64?.Release();
        _stage = Stage.Closed;
        if (stage == Stage.Trial)
        {
            Session.Upgrade!.OnWebSocketGone();
        }
        else if (stage == Stage.Active)
        {
            if (close.Error == ProtocolError.WebSocketMessageTooBig)
            {
                Session.OnPayloadTooLarge();
            }

            var (reason, detail) = close.Cause switch
            {
                WebSocketCloseCause.ProtocolError => (DisconnectReason.TransportError, ProtocolErrors.Describe(close.Error).Text),
                WebSocketCloseCause.WriteStalled => (DisconnectReason.SlowConsumer, "nothing was taken for too long"),
                WebSocketCloseCause.ListenerFailed => (DisconnectReason.TransportError, "internal error"),
                _ => (DisconnectReason.TransportClose, (string?)null),
            };
            Session.OnTransportLost(reason, detail);
        }
    }

    public override void FlushLater() => _webSocket.FlushLater();

    public override bool TryReserve(int length, out Span<byte> body) => _webSocket.TryReserve((byte)'4', length, out body);

    public override void SendPing() => SendControl("2"u8);

    /// <summary>Sends a packet that is none of the session's messages, before them.</summary>
    public void SendControl(ReadOnlySpan<byte> packet)
    {
        _webSocket.QueueControlText(packet);
        _webSocket.FlushLater();
    }

    public override void Close(CloseKind kind, DisconnectReason reason)
    {
        switch (kind)
        {
            case var _ when _stage == Stage.Closed:
                // The connection has ended first and brought the session down.
                break;
            case CloseKind.Flush or CloseKind.Shutdown:
                _webSocket.Close(null);
                break;
            case CloseKind.Failure when reason == DisconnectReason.SlowConsumer:
                _webSocket.Close(1013, "slow consumer", discard: true);
                break;
            case CloseKind.Failure when reason is DisconnectReason.ParseError or DisconnectReason.TransportError:
                _webSocket.SendAnswers();
                _webSocket.Close(1002, reason.Text(), discard: true);
                break;
            default:
                _webSocket.Close(null, discard: true);
                break;
        }
    }

    public override void Abort() => _webSocket.Abort();

    public override void LimitPayload(int maxBytes) => _webSocket.MaxMessageBytes = maxBytes;

    public override void PauseReading() => _webSocket.PauseReading();

    public override void ResumeReading()
    {
        // The last POST is delivered before what came over the WebSocket.
        if (Session.Upgrade is null)
        {
            _webSocket.ResumeReading();
        }
    }

    // Base64 comes from clients that cannot send binary messages.
    private ProtocolError Read(ReadOnlySpan<byte> text, out EnginePacket packet)
    {
        if (text.IsEmpty || text[0] != 'b')
        {
            return EnginePacketCodec.TryReadText(text, out packet);
        }

        var reader = new EnginePayloadReader(text, Session.Scratch, maxPackets: 1);
        return reader.TryRead(out packet) && !reader.IsAtEnd ? ProtocolError.EngineIOInvalidBase64 : reader.Error;
    }
}
