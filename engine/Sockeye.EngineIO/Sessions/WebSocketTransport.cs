using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol;
using Sockeye.Protocol.EngineIO;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A WebSocket of one session: on trial first if the session began with polling, then its transport. One packet in each message.</summary>
internal sealed class WebSocketTransport(EngineSession session, EngineRequest request) : EngineTransport(session), IWebSocketListener
{
    /// <summary>How long a poll waits once its client upgrades. The reference looks as often.</summary>
    internal static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(100);

    // A client that asks for it cannot read binary messages.
    private readonly Base64Source? _base64 = request.Query("b64") is { Length: > 0 } ? new Base64Source(session.Outbox) : null;

    private WebSocketConnection _connection = null!;
    private TrialTime? _trial;
    private Stage _stage;
    private bool _heldForPost;

    private enum Stage : byte
    {
        /// <summary>On trial, nothing came yet.</summary>
        Trial,

        /// <summary>On trial, the probe has been answered. It outlives its session until the client upgrades, goes, or the time for it is up.</summary>
        Probed,

        /// <summary>Carries the session.</summary>
        Active,

        /// <summary>Turned away, or closed.</summary>
        Closed,
    }

    public override string Name => "websocket";

    public override EngineRequest CurrentRequest { get; } = request;

    private IOutgoingSource Source => _base64 is null ? Session.Outbox : _base64;

    public bool IsProbed => _stage == Stage.Probed;

    /// <summary>Carries a new session; the open packet leaves with the 101.</summary>
    public void Begin(WebSocketConnection connection, ReadOnlySpan<byte> open)
    {
        _connection = connection;
        _stage = Stage.Active;
        Session.Request.Compact();
        connection.QueueControlText(open);
        connection.Start(Source);
    }

    /// <summary>Goes on trial.</summary>
    public void BeginTrial(WebSocketConnection connection)
    {
        _connection = connection;
        CurrentRequest.Hold();
        connection.MaxMessageBytes = Session.MaxPayloadBytes;
        _trial = new TrialTime(this);
        Session.Loop.DueList(Session.Options.UpgradeTimeout).Add(_trial);
    }

    /// <summary>A poll waits although its client upgrades, and the client waits for it to end: it has <see cref="LongestPoll"/> for what may be queued meanwhile.</summary>
    public void OnPollWaits()
    {
        if (_trial is { } trial)
        {
            Session.Loop.DueList(LongestPoll).Add(trial.Poll);
        }
    }

    /// <summary>Not even on trial: the session is upgraded already, or another one is on trial.</summary>
    public void TurnAway(WebSocketConnection connection)
    {
        _stage = Stage.Closed;
        connection.Close(null);
    }

    /// <summary>Carries the session from here on.</summary>
    public void Activate(bool holdReading, bool isPaused)
    {
        EndTrial(Stage.Active);
        Session.Request.Compact();
        CurrentRequest.Compact();
        _heldForPost = holdReading;
        if (holdReading || isPaused)
        {
            _connection.PauseReading();
        }

        _connection.Start(Source);
        _connection.FlushLater();
    }

    /// <summary>The last POST of the session's polling time is delivered, so what came over the WebSocket may follow.</summary>
    public void ReleaseReading()
    {
        if (_heldForPost)
        {
            _heldForPost = false;
            if (!Session.IsReadingPaused)
            {
                _connection.ResumeReading();
            }
        }
    }

    /// <summary>Turns the newcomer away; the session goes on without it.</summary>
    public void Refuse()
    {
        if (_stage <= Stage.Probed)
        {
            EndTrial(Stage.Closed);
            Session.OnProbeEnded(this);
            _connection.Close(null);
        }
    }

    /// <summary>The session ends while this is on trial. A client that has the answer to its probe does not poll again: it is told here once it upgrades. An earlier one goes on polling without us.</summary>
    public void OnSessionEnding(CloseKind kind)
    {
        if (_stage == Stage.Trial || kind == CloseKind.ByClient)
        {
            Refuse();
        }
    }

    public void OnMessage(WebSocketConnection connection, ReadOnlySpan<byte> payload, bool isBinary)
    {
        switch (_stage)
        {
            case Stage.Active when Session.State != EngineState.Open:
                // Closing: what still comes is not delivered.
                break;
            case Stage.Active when isBinary:
                Session.OnPacket(new EnginePacket(EnginePacketType.Message, payload, isBinary: true));
                break;
            case Stage.Active:
                ProtocolError error = Read(payload, out EnginePacket packet);
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
            case Stage.Trial or Stage.Probed when !isBinary && payload.SequenceEqual("2probe"u8):
                _stage = Stage.Probed;
                connection.QueueControlText("3probe"u8);
                connection.FlushLater();
                Session.OnProbed();
                break;
            case Stage.Probed when !isBinary && payload.SequenceEqual("5"u8):
                Session.OnUpgrade(this);
                break;
            default:
                Refuse();
                break;
        }
    }

    public void OnClosed(WebSocketConnection connection, in WebSocketClose close)
    {
        Stage stage = _stage;
        if (CurrentRequest != Session.Request)
        {
            CurrentRequest.LetGo();
        }

        _base64?.Release();
        EndTrial(Stage.Closed);
        if (stage <= Stage.Probed)
        {
            Session.OnProbeEnded(this);
        }
        else if (stage == Stage.Active)
        {
            if (close.Error == ProtocolError.WebSocketMessageTooBig)
            {
                Session.OnPayloadTooLarge();
            }

            (DisconnectReason reason, string? detail) = close.Cause switch
            {
                WebSocketCloseCause.ProtocolError => (DisconnectReason.TransportError, ProtocolErrors.Describe(close.Error).Text),
                WebSocketCloseCause.WriteStalled => (DisconnectReason.SlowConsumer, "nothing was taken for too long"),
                WebSocketCloseCause.ListenerFailed => (DisconnectReason.TransportError, "internal error"),
                _ => (DisconnectReason.TransportClose, (string?)null),
            };
            Session.OnTransportLost(reason, detail);
        }
    }

    public override void FlushLater() => _connection.FlushLater();

    public override bool TryPass(int length, out Span<byte> body) => _connection.TryPass((byte)'4', length, out body);

    public override void SendPing()
    {
        _connection.QueueControlText("2"u8);
        _connection.FlushLater();
    }

    public override void Close(CloseKind kind, DisconnectReason reason)
    {
        switch (kind)
        {
            case var _ when _stage == Stage.Closed:
                // The connection has ended first and brought the session down.
                break;
            case CloseKind.Flush or CloseKind.Shutdown:
                _connection.Close(null);
                break;
            case CloseKind.Failure when reason == DisconnectReason.SlowConsumer:
                _connection.Close(1013, "slow consumer", discard: true);
                break;
            case CloseKind.Failure when reason is DisconnectReason.ParseError or DisconnectReason.TransportError:
                _connection.SendAnswers();
                _connection.Close(1002, reason.Text(), discard: true);
                break;
            default:
                _connection.Close(null, discard: true);
                break;
        }
    }

    public override void Abort() => _connection.Abort();

    public override void LimitPayload(int maxBytes) => _connection.MaxMessageBytes = maxBytes;

    public override void PauseReading() => _connection.PauseReading();

    public override void ResumeReading()
    {
        if (!_heldForPost)
        {
            _connection.ResumeReading();
        }
    }

    // Binary as base64 comes from clients that cannot send binary messages.
    private ProtocolError Read(ReadOnlySpan<byte> text, out EnginePacket packet)
    {
        if (text.IsEmpty || text[0] != 'b')
        {
            return EnginePacketCodec.TryReadText(text, out packet);
        }

        var reader = new EnginePayloadReader(text, Session.Scratch, maxPackets: 1);
        return reader.TryRead(out packet) && !reader.IsAtEnd ? ProtocolError.EngineIOInvalidBase64 : reader.Error;
    }

    private void EndTrial(Stage next)
    {
        _stage = next;
        DueList.Cancel(_trial);
        DueList.Cancel(_trial?.Poll);
        _trial = null;
    }

    /// <summary>The time for the upgrade, and that of the poll which waits meanwhile.</summary>
    private sealed class TrialTime(WebSocketTransport transport) : DueEntry
    {
        public PollTime Poll { get; } = new(transport);

        protected override bool IsDeadline => true;

        protected override void OnDue(TimeSpan due) => transport.Refuse();
    }

    private sealed class PollTime(WebSocketTransport transport) : DueEntry
    {
        protected override void OnDue(TimeSpan due) => transport.Session.Polling?.ReleasePoll();
    }
}
