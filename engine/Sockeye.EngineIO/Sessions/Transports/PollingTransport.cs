using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol;
using Sockeye.Protocol.EngineIO;
using Sockeye.Protocol.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Long-polling: a GET that is held until there is something to send, and POSTs that carry what the client sends. At most one of each.</summary>
/// <remarks>
/// <para>It owns both exchanges, each with its state, and what of a body is not delivered yet. The states of the two sides and the phase are independent of each other; the tables
/// of their transitions are in docs/polling.md.</para>
/// <para><b>Thread.</b> The session's loop.</para>
/// <para><b>Lifetime.</b> That of the session; after an upgrade until its last POST is delivered and its last answer is taken.</para>
/// <para><b>Limits.</b> A body has at most <see cref="EngineSession.MaxPayloadBytes"/> and <see cref="EngineOptions.MaxPacketsPerPayload"/>; an answer those of <see cref="PollAnswer"/>.</para>
/// </remarks>
internal sealed class PollingTransport(EngineSession session) : EngineTransport(session), IHttpExchangeHandler
{
    private const string TextType = "text/plain; charset=UTF-8";

    private HttpExchange? _get;         // while it waits or is answered
    private HttpExchange? _post;
    private HeldInput _held;            // the body, or its rest, while it is held or scheduled
    private string? _lost;              // what failed meanwhile
    private int _packetsLeft;
    private bool _pingWaits;            // for the next answer

    /// <summary>Where the GET stands.</summary>
    public PollState Poll { get; private set; }

    /// <summary>Where the POST stands.</summary>
    public PostState Post { get; private set; }

    /// <summary>What is done for the session.</summary>
    public PollingPhase Phase { get; private set; }

    public override string Name => "polling";

    public override EngineRequest? CurrentRequest => Post == PostState.Delivering ? EngineRequest.Of(_post!) : null;

    public override int UnfinishedCost => _held.Cost;

    bool IHttpExchangeHandler.AccountsForAnswer => Session.State == EngineState.Open;

    private bool IsPostHeld => Post is PostState.Held or PostState.Scheduled;

    private bool IsClosing => Phase is PollingPhase.Closing or PollingPhase.AwaitingPoll or PollingPhase.AwaitingUpgrade;

    /// <summary>Answers the handshake with the open packet, and with the message that is queued already, if there is one.</summary>
    public void Begin(HttpExchange exchange, ReadOnlySpan<byte> open)
    {
        var answer = Session.PollAnswer;
        answer.Begin();
        answer.TryAdd(EnginePacketType.Open, open);
        TakeMessages(answer);
        exchange.Handler = this;
        Send(exchange, answer.Body, PollState.Answering);
        answer.End();
    }

    public override void FlushLater()
    {
        if (Poll == PollState.Waiting)
        {
            Session.FlushAtTurnEnd();
        }
    }

    /// <summary>Answers the waiting GET, if there is one and something to say.</summary>
    public void Flush()
    {
        if (Poll == PollState.Waiting && (_pingWaits || Session.Outbox.Count > 0))
        {
            Answer(EnginePacketType.Noop);
        }
    }

    public override bool TryReserve(int length, out Span<byte> body)
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
        if (Poll == PollState.Waiting)
        {
            Answer(EnginePacketType.Noop);
        }
    }

    public void OnGet(HttpExchange exchange)
    {
        if (Poll != PollState.None)
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

        exchange.Handler = this;
        if (Phase == PollingPhase.AwaitingPoll)
        {
            Respond(exchange, "6"u8);
            EndLastPost();
            return;
        }

        _get = exchange;
        Poll = PollState.Waiting;
        if (IsClosing)
        {
            Answer(EnginePacketType.Close);
            return;
        }

        Flush();
        if (Poll == PollState.Waiting)
        {
            Session.Upgrade?.OnPollWaits();
        }
    }

    public void OnPost(HttpExchange exchange)
    {
        if (IsClosing)
        {
            Accept(exchange);
        }
        else if (Post != PostState.None)
        {
            exchange.Respond(400, null, default);
            Session.End(DisconnectReason.TransportError, "data request overlap from client", CloseKind.Failure);
        }
        else if (!IsText(exchange.Head))
        {
            exchange.Respond(400, null, default);
            Session.End(DisconnectReason.TransportError, "invalid content: the Content-Type of a POST is text/plain, or there is none", CloseKind.Failure);
        }
        else
        {
            _post = exchange;
            Post = PostState.Reading;
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
            Post = PostState.Held;
        }
        else
        {
            Deliver(body);
        }
    }

    /// <summary>The server that has the connection of a poll stops: the client asks again, elsewhere.</summary>
    public void OnStopping(HttpExchange exchange)
    {
        if (exchange == _get)
        {
            ReleasePoll();
        }
    }

    public void OnAborted(HttpExchange exchange)
    {
        if (exchange == _get && Poll == PollState.Waiting)
        {
            TakePoll();
            Lose("poll connection closed prematurely");
        }
        else if (exchange == _post && IsPostHeld)
        {
            // The body is here and is delivered to its end; nobody is there to be answered.
        }
        else if (exchange == _post && Phase == PollingPhase.Detached && Session.State != EngineState.Open)
        {
            TakePost();         // what the session has still to say goes over the WebSocket
        }
        else if (exchange == _post)
        {
            TakePost();
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
        if (exchange != _get || Poll == PollState.Waiting)
        {
            return;
        }

        var wasLast = Poll == PollState.AnsweringLast;
        TakePoll();
        if (!isTaken)
        {
            Lose("poll connection closed prematurely");
        }
        else if (wasLast)
        {
            Session.Finish();
        }
        else if (Phase == PollingPhase.Carrying)
        {
            Session.Outbox.ReportTransport(0);
        }
    }

    /// <summary>The session goes on over WebSocket. A poll that still waits, against the rules, ends with nothing. Returns whether a ping still has to be sent.</summary>
    public bool Detach()
    {
        Phase = PollingPhase.Detached;
        if (Poll == PollState.Waiting)
        {
            Respond(TakePoll(), "6"u8);
        }

        return _pingWaits;
    }

    /// <summary>The session has ended before its POST was delivered.</summary>
    public void RefusePost()
    {
        if (Post is not (PostState.None or PostState.Delivering))
        {
            _held.Clear();
            TakePost().Respond(400, null, default);
        }
    }

    public override void Close(CloseKind kind, DisconnectReason reason)
    {
        Phase = PollingPhase.Closing;
        _pingWaits = false;
        var isPolled = Poll == PollState.Waiting;
        if (kind == CloseKind.ByClient && !isPolled)
        {
            // The poll of this client may be on a connection of another loop and arrive a moment later than its close: the answer to the POST waits for it.
            Phase = PollingPhase.AwaitingPoll;
            Session.AwaitLastPoll();
        }
        else if (kind is CloseKind.ByClient or CloseKind.Failure)
        {
            if (isPolled && kind == CloseKind.Failure && reason is DisconnectReason.ParseError or DisconnectReason.TransportError && Session.Outbox.Count > 0)
            {
                // Answers to what was valid: the next poll learns that the session is gone.
                Answer(EnginePacketType.Noop);
            }
            else if (isPolled)
            {
                Respond(TakePoll(), kind == CloseKind.ByClient ? "6"u8 : "1"u8);
            }

            RefusePost();
            Session.Finish();
        }
        else
        {
            AcceptHeld();
            if (isPolled)
            {
                if (kind == CloseKind.Discard)
                {
                    Session.Outbox.Clear();
                }

                Answer(EnginePacketType.Close);
            }
            else if (kind == CloseKind.Shutdown)
            {
                if (Session.Upgrade is { Stage: UpgradeStage.Probed })
                {
                    // A client that upgrades may not poll again.
                    Phase = PollingPhase.AwaitingUpgrade;
                }
                else
                {
                    Session.Finish();
                }
            }
        }
    }

    /// <summary>The WebSocket on trial is gone: no upgrade is waited for any longer.</summary>
    public void OnUpgradeFailed()
    {
        if (Phase == PollingPhase.AwaitingUpgrade)
        {
            Session.Finish();
        }
    }

    /// <summary>An answer that is still on its way is not waited for either: its connection would keep it.</summary>
    public override void Abort()
    {
        var leaving = Poll is PollState.Answering or PollState.AnsweringLast ? TakePoll() : null;
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
        if (Post == PostState.Held)
        {
            // The caller may stand inside another session's message, so the rest waits for the next turn.
            DeliverNextTurn();
        }
    }

    /// <summary>The POST with the client's close is answered, and nothing is left.</summary>
    private void EndLastPost()
    {
        if (Phase == PollingPhase.AwaitingPoll && Post != PostState.None)
        {
            Accept(TakePost());
        }

        Session.Finish();
    }

    private void DeliverNextTurn()
    {
        if (Post != PostState.Scheduled)
        {
            Post = PostState.Scheduled;
            Session.Loop.Post(static polling => ((PollingTransport)polling!).DeliverHeld(), this);
        }
    }

    private void DeliverHeld()
    {
        if (!IsPostHeld)
        {
            return;
        }

        if (Session.IsReadingPaused)
        {
            Post = PostState.Held;
        }
        else
        {
            Deliver(_held.Take());
        }
    }

    /// <summary>The client is gone. What has arrived of it comes first.</summary>
    private void Lose(string detail)
    {
        if (!IsPostHeld || Session.State != EngineState.Open)
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
        if (IsPostHeld)
        {
            _held.Clear();
            Accept(TakePost());
        }
    }

    private void Deliver(ReadOnlySpan<byte> body)
    {
        var post = _post!;
        var reader = new EnginePayloadReader(body, Session.Scratch, _packetsLeft);
        var budget = Session.PacketsPerTurn;
        var waits = false;
        Post = PostState.Delivering;
        while (!waits && Session.State == EngineState.Open && reader.TryRead(out var packet))
        {
            _packetsLeft--;
            Session.OnPacket(packet);
            waits = (--budget == 0 || Session.IsReadingPaused) && !reader.IsAtEnd && !reader.Rest.IsEmpty;
        }

        if (waits && Session.State == EngineState.Open)
        {
            _held.PutBack(reader.Rest);
            Post = PostState.Held;
            if (!Session.IsReadingPaused)
            {
                DeliverNextTurn();
            }

            return;
        }

        _held.Clear();
        if (Phase == PollingPhase.AwaitingPoll)
        {
            Post = _post is null ? PostState.None : PostState.Delivered;
            return;
        }

        TakePost();
        if (reader.Error != ProtocolError.None)
        {
            Session.Count(reader.Error);
            post.Respond(400, null, default);
            Session.End(DisconnectReason.ParseError, ProtocolErrors.Describe(reader.Error).Text, CloseKind.Failure);
            return;
        }

        Accept(post);
        if (Phase == PollingPhase.Detached)
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
        var get = TakePoll();
        var answer = Session.PollAnswer;
        answer.Begin();
        if (_pingWaits)
        {
            _pingWaits = false;
            answer.TryAdd(EnginePacketType.Ping, default);
        }

        TakeMessages(answer);
        // A close stands alone in its answer: the published client acts on it before it acts on the messages in front of it.
        var isLast = IsClosing && answer.Packets == 0 && answer.TryAdd(EnginePacketType.Close, default);
        if (answer.Packets == 0)
        {
            answer.TryAdd(otherwise, default);
        }

        Respond(get, answer.Body, isLast ? PollState.AnsweringLast : PollState.Answering);
        answer.End();
    }

    private void TakeMessages(PollAnswer answer)
    {
        var outbox = Session.Outbox;
        while (outbox.TryPeek(out var frame) && answer.TryAdd(EnginePacketType.Message, frame.Span, frame.IsBinary))
        {
            outbox.Dequeue();
        }
    }

    private void Respond(HttpExchange get, ReadOnlySpan<byte> body, PollState state = PollState.Answering)
    {
        Session.AddHeaders(get);
        Send(get, body, state);
    }

    private void Send(HttpExchange get, ReadOnlySpan<byte> body, PollState state)
    {
        _get = get;
        Poll = state;
        get.AddHeader("Cache-Control", "no-store");
        get.Respond(200, TextType, body);
        if (Poll is PollState.Answering or PollState.AnsweringLast && Phase != PollingPhase.Detached)
        {
            Session.Outbox.ReportTransport(body.Length);
        }
    }

    private HttpExchange TakePoll()
    {
        var get = _get!;
        _get = null;
        Poll = PollState.None;
        return get;
    }

    private HttpExchange TakePost()
    {
        var post = _post!;
        _post = null;
        Post = PostState.None;
        return post;
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
        if (!head.TryGetHeader("content-type"u8, out var type))
        {
            return true;
        }

        var end = type.IndexOf((byte)';');
        return System.Text.Ascii.EqualsIgnoreCase((end < 0 ? type : type[..end]).Trim(" \t"u8), "text/plain"u8);
    }
}
