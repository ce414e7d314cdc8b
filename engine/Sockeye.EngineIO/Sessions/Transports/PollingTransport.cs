using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol;
using Sockeye.Protocol.EngineIO;
using Sockeye.Protocol.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Long-polling: a GET that is held until there is something to send, and POSTs that carry what the client sends. At most one of each.</summary>
/// <remarks>After an upgrade it lives on until its last POST is delivered and its last answer is taken.</remarks>
internal sealed class PollingTransport(EngineSession session) : EngineTransport(session), IHttpExchangeHandler
{
    private const string TextType = "text/plain; charset=UTF-8";

    private HttpExchange? _get;
    private HttpExchange? _leaving;
    private HttpExchange? _post;
    private bool _delivering;
    private HeldInput _held;            // the body, or its rest: while reading is paused, or until the next turn
    private string? _lost;              // what failed meanwhile
    private int _packetsLeft;
    private bool _pingWaits;
    private bool _closing;
    private bool _told;
    private bool _isClosedByClient;
    private bool _detached;
    private bool _waitsForUpgrade;
    private bool _isDeliveryPosted;

    public override string Name => "polling";

    public override EngineRequest? CurrentRequest => _delivering ? EngineRequest.Of(_post!) : null;

    bool IHttpExchangeHandler.AccountsForAnswer => Session.State == EngineState.Open;

    /// <summary>A GET waits for something to be sent.</summary>
    public bool IsHoldingPoll => _get is not null;

    /// <summary>A POST has begun and is not delivered yet.</summary>
    public bool IsPosting => _post is not null;

    /// <summary>Answers the handshake with the open packet, and with the message that is queued already, if there is one.</summary>
    public void Begin(HttpExchange exchange, ReadOnlySpan<byte> open)
    {
        PollAnswer answer = Session.PollAnswer;
        answer.Begin();
        answer.TryAdd(EnginePacketType.Open, open);
        TakeMessages(answer);
        exchange.Handler = this;
        Send(exchange, answer.Body);
        answer.End();
    }

    public override void FlushLater()
    {
        if (_get is not null)
        {
            Session.FlushAtTurnEnd();
        }
    }

    /// <summary>Answers the waiting GET, if there is one and something to say.</summary>
    public void Flush()
    {
        if (_get is not null && (_pingWaits || Session.Outbox.Count > 0))
        {
            Answer(EnginePacketType.Noop);
        }
    }

    public override bool TryPass(int length, out Span<byte> body)
    {
        body = default;
        return false;
    }

    public override void SendPing()
    {
        _pingWaits = true;
        Flush();
    }

    /// <summary>A WebSocket on trial waits for the GET to end.</summary>
    public void ReleasePoll()
    {
        if (_get is not null)
        {
            Answer(EnginePacketType.Noop);
        }
    }

    public void OnGet(HttpExchange exchange)
    {
        if (_get is not null || _leaving is not null)
        {
            exchange.Respond(400, null, default);
            Session.End(DisconnectReason.TransportError, "overlap from client", CloseKind.Failure);
            return;
        }

        if (_lost is not null)
        {
            exchange.Respond(400, null, default);
            return;
        }

        _get = exchange;
        exchange.Handler = this;
        if (_isClosedByClient)
        {
            _get = null;
            Respond(exchange, "6"u8);
            EndLastPost();
        }
        else if (_closing)
        {
            Answer(EnginePacketType.Close);
        }
        else
        {
            Flush();
            if (_get is not null)
            {
                Session.Upgrade?.OnPollWaits();
            }
        }
    }

    public void OnPost(HttpExchange exchange)
    {
        if (_closing)
        {
            Accept(exchange);
        }
        else if (_post is not null)
        {
            exchange.Respond(400, null, default);
            Session.End(DisconnectReason.TransportError, "data request overlap from client", CloseKind.Failure);
        }
        else if (!IsText(exchange.Head))
        {
            exchange.Respond(400, null, default);
            Session.End(DisconnectReason.TransportError, "invalid content", CloseKind.Failure);
        }
        else
        {
            _post = exchange;
            exchange.Handler = this;
            exchange.ReadBody(Session.MaxPayloadBytes);
        }
    }

    public void OnBody(HttpExchange exchange, ReadOnlySpan<byte> body)
    {
        if (exchange != _post)
        {
            return;
        }

        _packetsLeft = Session.Options.MaxPacketsPerPayload;
        if (Session.IsReadingPaused && !body.IsEmpty)
        {
            _held.Append(body);
        }
        else
        {
            Deliver(body);
        }
    }

    public void OnAborted(HttpExchange exchange)
    {
        if (exchange == _get)
        {
            _get = null;
            Lose("poll connection closed prematurely");
        }
        else if (exchange == _post && !_held.IsEmpty)
        {
            // Its body is here and is delivered to its end; nobody is there to be answered.
        }
        else if (exchange == _post && _detached && _closing)
        {
            _post = null;       // what the session has still to say goes over the WebSocket
        }
        else if (exchange == _post)
        {
            _post = null;
            if (exchange.FaultStatus == 413)
            {
                Session.OnPayloadTooLarge();
            }

            Session.OnTransportLost(DisconnectReason.TransportError, exchange.FaultStatus switch
            {
                0 => "data request connection closed prematurely",
                413 => "payload too large",
                408 => "payload too slow",
                _ => "malformed request body",
            });
        }
    }

    /// <summary>The kernel has taken an answer, or never will.</summary>
    public void OnResponseEnded(HttpExchange exchange, bool isTaken)
    {
        if (exchange != _leaving)
        {
            return;
        }

        _leaving = null;
        if (!isTaken)
        {
            Lose("poll connection closed prematurely");
        }
        else if (_closing)
        {
            FinishIfTold();
        }
        else if (!_detached)
        {
            Session.Outbox.ReportTransport(0);
        }
    }

    /// <summary>The session goes on over WebSocket. A poll that still waits, against the rules, ends with nothing. Returns whether a ping still has to be sent.</summary>
    public bool Detach()
    {
        _detached = true;
        if (_get is { } get)
        {
            _get = null;
            Respond(get, "6"u8);
        }

        return _pingWaits;
    }

    /// <summary>The session has ended before its POST was delivered.</summary>
    public void RefusePost()
    {
        if (_post is { } post && !_delivering)
        {
            _post = null;
            _held.Clear();
            post.Respond(400, null, default);
        }
    }

    public override void Close(CloseKind kind, DisconnectReason reason)
    {
        _closing = true;
        _pingWaits = false;
        if (kind == CloseKind.ByClient && _get is null)
        {
            // The poll of this client may be on a connection of another loop and arrive a moment later than its close: the answer to the POST waits for it.
            _isClosedByClient = true;
            Session.AwaitLastPoll();
        }
        else if (kind is CloseKind.ByClient or CloseKind.Failure)
        {
            if (_get is not null && kind == CloseKind.Failure && reason is DisconnectReason.ParseError or DisconnectReason.TransportError && Session.Outbox.Count > 0)
            {
                // Answers to what was valid: the next poll learns that the session is gone.
                Answer(EnginePacketType.Noop);
            }
            else if (_get is { } get)
            {
                _get = null;
                Respond(get, kind == CloseKind.ByClient ? "6"u8 : "1"u8);
            }

            RefusePost();
            Session.Finish();
        }
        else
        {
            AcceptHeld();
            if (_get is not null)
            {
                if (kind == CloseKind.Discard)
                {
                    Session.Outbox.Clear();
                }

                Answer(EnginePacketType.Close);
            }
            else if (kind == CloseKind.Shutdown)
            {
                // A client that upgrades may not poll again.
                _waitsForUpgrade = Session.Upgrade is { Stage: UpgradeStage.Probed };
                if (!_waitsForUpgrade)
                {
                    Session.Finish();
                }
            }
        }
    }

    /// <summary>The WebSocket on trial is gone: no upgrade is waited for any longer.</summary>
    public void OnUpgradeFailed()
    {
        if (_waitsForUpgrade)
        {
            Session.Finish();
        }
    }

    /// <summary>An answer that is still on its way is not waited for either: its connection would keep it.</summary>
    public override void Abort()
    {
        HttpExchange? leaving = _leaving;
        _leaving = null;
        EndLastPost();
        leaving?.Abort();
    }

    /// <summary>Each POST asks the session.</summary>
    public override void LimitPayload(int maxBytes)
    {
    }

    public override void PauseReading()
    {
    }

    public override void ResumeReading()
    {
        if (!_held.IsEmpty)
        {
            // Not from here: the caller may stand inside another session's message.
            DeliverNextTurn();
        }
    }

    /// <summary>The POST with the client's close is answered, and nothing is left.</summary>
    private void EndLastPost()
    {
        if (_isClosedByClient && _post is { } post)
        {
            _post = null;
            Accept(post);
        }

        Session.Finish();
    }

    private void DeliverNextTurn()
    {
        if (!_isDeliveryPosted)
        {
            _isDeliveryPosted = true;
            Session.Loop.Post(static polling => ((PollingTransport)polling!).DeliverHeld(), this);
        }
    }

    private void DeliverHeld()
    {
        _isDeliveryPosted = false;
        if (!_held.IsEmpty && !Session.IsReadingPaused)
        {
            Deliver(_held.Take());
        }
    }

    /// <summary>The client is gone. What has arrived of it comes first.</summary>
    private void Lose(string detail)
    {
        if (_held.IsEmpty || Session.State != EngineState.Open)
        {
            Session.OnTransportLost(DisconnectReason.TransportError, detail);
        }
        else
        {
            _lost = detail;
        }
    }

    /// <summary>Nobody is going to read on: the POST that waits is answered, and what it brought is dropped, as what comes behind a close always is.</summary>
    private void AcceptHeld()
    {
        if (!_held.IsEmpty && _post is { } post)
        {
            _post = null;
            _held.Clear();
            Accept(post);
        }
    }

    private void Deliver(ReadOnlySpan<byte> body)
    {
        HttpExchange post = _post!;
        var reader = new EnginePayloadReader(body, Session.Scratch, _packetsLeft);
        int budget = Session.PacketsPerTurn;
        bool waits = false;
        _delivering = true;
        while (!waits && Session.State == EngineState.Open && reader.TryRead(out EnginePacket packet))
        {
            _packetsLeft--;
            Session.OnPacket(packet);
            waits = (--budget == 0 || Session.IsReadingPaused) && !reader.IsAtEnd && !reader.Rest.IsEmpty;
        }

        _delivering = false;
        if (waits && Session.State == EngineState.Open)
        {
            _held.PutBack(reader.Rest);
            if (!Session.IsReadingPaused)
            {
                DeliverNextTurn();
            }

            return;
        }

        _held.Clear();
        if (_isClosedByClient)
        {
            return;
        }

        _post = null;
        if (reader.Error != ProtocolError.None)
        {
            Session.Count(reader.Error);
            post.Respond(400, null, default);
            Session.End(DisconnectReason.ParseError, ProtocolErrors.Describe(reader.Error).Text, CloseKind.Failure);
            return;
        }

        Accept(post);
        if (_detached)
        {
            Session.Upgrade?.OnLastPostDelivered();
        }

        if (_lost is { } lost)
        {
            Session.OnTransportLost(DisconnectReason.TransportError, lost);
        }
    }

    /// <summary>Answers the GET with what is queued; with <paramref name="otherwise"/> if that is nothing, and with a close when a closing session has nothing left.</summary>
    private void Answer(EnginePacketType otherwise)
    {
        HttpExchange get = _get!;
        _get = null;
        PollAnswer answer = Session.PollAnswer;
        answer.Begin();
        if (_pingWaits)
        {
            _pingWaits = false;
            answer.TryAdd(EnginePacketType.Ping, default);
        }

        TakeMessages(answer);
        // Alone in its answer: the published client acts on a close before it acts on the messages in front of it.
        bool isLast = _closing && answer.Packets == 0 && answer.TryAdd(EnginePacketType.Close, default);
        if (answer.Packets == 0)
        {
            answer.TryAdd(otherwise, default);
        }

        _told = isLast;
        Respond(get, answer.Body);
        answer.End();
    }

    private void TakeMessages(PollAnswer answer)
    {
        Outbox outbox = Session.Outbox;
        while (outbox.TryPeek(out Frame frame) && answer.TryAdd(EnginePacketType.Message, frame.Span, frame.IsBinary))
        {
            outbox.Dequeue();
        }
    }

    private void Respond(HttpExchange get, ReadOnlySpan<byte> body)
    {
        Session.AddHeaders(get);
        Send(get, body);
    }

    private void Send(HttpExchange get, ReadOnlySpan<byte> body)
    {
        _leaving = get;
        get.AddHeader("Cache-Control", "no-store");
        get.Respond(200, TextType, body);
        if (_leaving is not null && !_detached)
        {
            Session.Outbox.ReportTransport(body.Length);
        }
    }

    private void FinishIfTold()
    {
        if (_told)
        {
            Session.Finish();
        }
    }

    private void Accept(HttpExchange post)
    {
        Session.AddHeaders(post);
        post.AddHeader("Cache-Control", "no-store");
        post.Respond(200, "text/html", "ok"u8);
    }

    /// <summary>Plain text with any parameters, or nothing said. Anything else cannot be packets of this revision.</summary>
    private static bool IsText(HttpRequestHead head)
    {
        if (!head.TryGetHeader("content-type"u8, out ReadOnlySpan<byte> type))
        {
            return true;
        }

        int end = type.IndexOf((byte)';');
        return System.Text.Ascii.EqualsIgnoreCase((end < 0 ? type : type[..end]).Trim(" \t"u8), "text/plain"u8);
    }
}
