using System.Diagnostics.CodeAnalysis;
using System.Net;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.Sessions;
using Sockeye.Protocol;
using Sockeye.Protocol.EngineIO;
using Sockeye.Transport;

namespace Sockeye.EngineIO;

/// <summary>One Engine.IO session: a client over long-polling or WebSocket, and the change from one to the other.</summary>
/// <remarks>
/// <para>It owns its transport, its outbox, its heartbeat, and the upgrade while there is one.</para>
/// <para><b>Thread.</b> It lives on one loop. Members are for that loop, except those that say "any thread".</para>
/// <para><b>Lifetime.</b> From <see cref="IEngineHandler.OnOpen"/> to <see cref="IEngineHandler.OnClose"/>; afterwards sending returns <see cref="EmitResult.Closed"/>.</para>
/// <para><b>Limits.</b> Those of <see cref="EngineOptions"/>; what waits for the client is bounded by <see cref="EngineOptions.Outbox"/>. An idle session holds no buffer.</para>
/// </remarks>
public sealed partial class EngineSession : DueEntry, ITurnEnd, IIdEntry<EngineSession>, IOutboxOwner, IReader
{
    private readonly EngineServer _server;
    private readonly SessionTable _table;
    private readonly RandomId _id;
    private EngineTransport _transport = null!;
    private readonly string? _customId;
    private volatile EngineState _state;
    private DisconnectReason _reason;
    private CloseKind _closeKind;
    private string? _detail;
    private bool _turnEndPending;
    private bool _closeRaised;
    private bool _isShed;
    private int _unhandledBytes;

    internal EngineSession(EngineServer server, SessionTable table, RandomId id, string? customId, EngineRequest request)
    {
        _server = server;
        _table = table;
        _id = id;
        _customId = customId;
        Request = request;
        Outbox = new Outbox(server.Outboxes) { TextPrefix = (byte)'4', Owner = this };
        MaxPayloadBytes = server.Options.MaxPayloadBytes;
    }

    /// <summary>The session id: 20 characters, or what <see cref="EngineOptions.GenerateId"/> has made. Whoever knows it is the client: do not show it to others, do not log it. Made at each call. Any thread.</summary>
    public string Id => _customId ?? _id.ToString();

    /// <summary>Whether it has this id. Any thread.</summary>
    public bool HasId(string id) => _customId is { } custom ? custom == id : RandomId.TryParse(id, out var parsed) && parsed == _id;

    /// <summary>The node that holds the session, as <see cref="EngineServer.NodeId"/> says; it stands in the engine's own ids. Any thread.</summary>
    public int NodeId => _id.Node;

    /// <summary>The revision of Engine.IO that the client speaks: 4. Any thread.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Of this session: another one may speak another revision one day.")]
    public int Revision => 4;

    /// <summary>"polling" or "websocket". Any thread.</summary>
    public string Transport => _transport.Name;

    /// <summary>Whether the session began with polling and changed to WebSocket. Any thread.</summary>
    public bool IsUpgraded { get; private set; }

    /// <summary>The request of the handshake. Any thread.</summary>
    public EngineRequest Request { get; }

    /// <summary>The request that carried the message being handled: the POST, or the upgrade of the WebSocket. Null outside of a message on polling.</summary>
    public EngineRequest? CurrentRequest => Upgrade?.LastPost?.CurrentRequest ?? _transport.CurrentRequest;

    /// <summary>The loop on which the session lives. Any thread.</summary>
    public ITransportLoop Loop => _table.Loop;

    /// <summary>The peer of the handshake. Any thread.</summary>
    public IPEndPoint RemoteEndPoint => Request.RemoteEndPoint;

    /// <summary>For the handler.</summary>
    public object? Tag { get; set; }

    /// <summary>Where the session stands. Any thread.</summary>
    public EngineState State => _state;

    /// <summary>What waits to be sent. For the loop; it outlives a change of the transport.</summary>
    public Outbox Outbox { get; }

    /// <summary>Bytes queued or given to the transport and not yet taken by the kernel. Any thread.</summary>
    public int OutboxBytes => Outbox.Bytes;

    /// <summary>For how long, to a tenth of a second, more has waited than the client's low mark, after it was more than the high mark: how slowly it reads; null: it takes what comes. On the loop.</summary>
    public TimeSpan? SlowFor => Outbox.HighSince is { } since ? Loop.Now - since : null;

    /// <summary>Whether a message would be accepted below the high mark now. Any thread.</summary>
    public bool IsWritable => _state == EngineState.Open && !Outbox.IsAboveHigh;

    /// <summary>Whether <see cref="PauseReading"/> is in force.</summary>
    public bool IsReadingPaused { get; private set; }

    /// <summary>Bytes of one message or one body that are taken of the client, from the next one on: at most <see cref="EngineOptions.MaxPayloadBytes"/>, which it is at first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxPayloadBytes
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = Math.Min(value, Options.MaxPayloadBytes);
            _transport?.LimitPayload(field);
            Upgrade?.WebSocket.LimitPayload(field);
        }
    }

    /// <summary>Whether the handler has not let the client in yet: its outbox then has <see cref="EngineServer.PreAuthOutboxBytes"/>, and it is the first to go when memory is short. Default false.</summary>
    public bool IsPreAuth { get; set; }

    /// <summary>Bytes that the handler holds of what the client has sent, such as a packet whose attachments have not come: who holds the most is the first to go when memory is short. Set on the loop; default 0.</summary>
    public int UnhandledBytes
    {
        get => _unhandledBytes;
        set
        {
            var hasGrown = value > _unhandledBytes;
            Volatile.Write(ref _unhandledBytes, value);
            if (hasGrown && value >= IMemoryBudget.LeastGrowth)
            {
                _table.Budget.OnGrowth();
            }
        }
    }

    bool IReader.IsExpendable => IsPreAuth;

    long IReader.Cost => Outbox.Cost + (_transport?.UnfinishedCost ?? 0) + (Upgrade?.UnfinishedCost ?? 0) + Volatile.Read(ref _unhandledBytes);

    internal EngineOptions Options => _server.Options;

    /// <summary>How many packets of a POST are delivered in one turn.</summary>
    internal int PacketsPerTurn => _server.PacketsPerTurn;

    internal PollAnswer PollAnswer => _table.PollAnswer;

    internal byte[] Scratch => _table.Scratch;

    /// <summary>The change to WebSocket, only while it lasts.</summary>
    internal SessionUpgrade? Upgrade { get; set; }

    /// <summary>Whether its requests are answered: it is open, or closed and waits for a poll to tell its client.</summary>
    internal bool IsReachable => _state == EngineState.Open || (_state == EngineState.Closing && Polling is not null);

    internal PollingTransport? Polling => _transport as PollingTransport;

    bool IReader.IsOpen => _state == EngineState.Open;

    RandomId IIdEntry<EngineSession>.Key => _id;

    EngineSession? IIdEntry<EngineSession>.Following { get; set; }

    /// <summary>Queues a message; a chain (<see cref="Frame.Next"/>) is queued as one. Takes the reference in every case. Any thread: off the loop it is
    /// posted, and the result tells what could be known at the moment of the call; what would make more than <see cref="OutboxOptions.MaxBytes"/> wait for the loop is dropped.</summary>
    public EmitResult Send(Frame frame, bool isVolatile = false) => Send(frame, isVolatile, OutboxPolicy.Inherit, null, 0);

    /// <summary>As <see cref="Send(Frame, bool)"/>, with what happens when the outbox is full.</summary>
    /// <param name="frame">The message; its reference is taken.</param>
    /// <param name="isVolatile">Whether it is dropped above the high mark.</param>
    /// <param name="whenFull">What happens when it does not fit.</param>
    /// <param name="key">For <see cref="OutboxPolicy.KeepLatest"/>: the key whose older message it replaces.</param>
    /// <param name="keyId">A number that belongs to the key.</param>
    public EmitResult Send(Frame frame, bool isVolatile, OutboxPolicy whenFull, string? key = null, long keyId = 0)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (_state != EngineState.Open)
        {
            Outbox.GiveUp(frame);
            return EmitResult.Closed;
        }

        if (!Loop.InEventLoop)
        {
            return Outbox.Post(frame, isVolatile, whenFull, key, keyId);
        }

        if (IsPreAuth && Outbox.Count > 0 && Outbox.Cost + frame.TotalCost > _server.PreAuthOutboxBytes)
        {
            frame.Release();
            _server.Outboxes.Count(OutboxDrop.Overflow);
            _server.Events.SlowConsumer(this);
            End(DisconnectReason.SlowConsumer, "the outbox of a stranger is full", CloseKind.Failure);
            return EmitResult.Closed;
        }

        var result = Outbox.TryEnqueue(frame, isVolatile, whenFull, key, keyId);
        if (result <= EmitResult.AboveHighWatermark)
        {
            _transport.FlushLater();
            if (result == EmitResult.AboveHighWatermark)
            {
                _table.Budget.OnGrowth();
            }
        }
        else if (result == EmitResult.Closed && Outbox.IsOverflowed)
        {
            _server.Events.SlowConsumer(this);
            End(DisconnectReason.SlowConsumer, "the outbox is full", CloseKind.Failure);
        }

        return result;
    }

    /// <summary>Reserves room for a text message in what leaves next, so that an answer needs neither a frame of its own nor a place in the outbox. On the loop.</summary>
    /// <param name="length">The exact length of the message in bytes.</param>
    /// <param name="body">Where the message goes: all of it has to be written, valid UTF-8, before anything else is called. What was there before would leave otherwise.</param>
    /// <returns>False, with nothing done: use <see cref="Send(Frame, bool)"/>, which also says why. Something is queued, the client does not read, or it polls.</returns>
    public bool TryReserve(int length, out Span<byte> body)
    {
        if (_state != EngineState.Open || !Outbox.CanPass(length))
        {
            body = default;
            return false;
        }

        if (!_transport.TryReserve(length, out body))
        {
            return false;
        }

        Outbox.Pass(length);
        return true;
    }

    /// <summary>Queues a text message, which must be UTF-8. Any thread.</summary>
    public EmitResult SendText(ReadOnlySpan<byte> utf8, bool isVolatile = false) => Send(Copy(utf8, isBinary: false), isVolatile);

    /// <summary>Queues a binary message. Any thread.</summary>
    public EmitResult SendBinary(ReadOnlySpan<byte> data, bool isVolatile = false) => Send(Copy(data, isBinary: true), isVolatile);

    /// <summary>Closes the session for the application at once; what was queued before still leaves, unless <paramref name="discard"/>. Any thread.</summary>
    public void Close(DisconnectReason reason = DisconnectReason.ForcedServerClose, string? detail = null, bool discard = false)
    {
        var kind = discard ? CloseKind.Discard : reason == DisconnectReason.ServerShuttingDown ? CloseKind.Shutdown : CloseKind.Flush;
        if (Loop.InEventLoop)
        {
            End(reason, detail, kind);
        }
        else if (_state == EngineState.Open)
        {
            Loop.Post(new PostedClose(this, reason, detail, kind));
        }
    }

    /// <summary>As <see cref="Close"/>, without waiting for the client: over WebSocket what was queued before still leaves, a polling client that does not ask at the moment is told nothing. On the loop.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="detail">What <see cref="IEngineHandler.OnClose"/> and the log say besides.</param>
    public void Dismiss(DisconnectReason reason, string detail) => End(reason, detail, Polling is null ? CloseKind.Flush : CloseKind.Failure);

    /// <summary>No message is delivered until <see cref="ResumeReading"/>, not even the rest of the present read. A client that is not read does not expire.</summary>
    public void PauseReading()
    {
        if (!IsReadingPaused && _state == EngineState.Open)
        {
            IsReadingPaused = true;
            _transport.PauseReading();
        }
    }

    /// <summary>Messages are delivered again, from a later moment of the loop on.</summary>
    public void ResumeReading()
    {
        if (IsReadingPaused)
        {
            IsReadingPaused = false;
            _isHeard = true;
            Upgrade?.LastPost?.ResumeReading();
            _transport.ResumeReading();
        }
    }

    void ITurnEnd.OnTurnEnd()
    {
        _turnEndPending = false;
        if (_state == EngineState.Open)
        {
            Polling?.Flush();
        }
        else if (!_closeRaised)
        {
            _closeRaised = true;
            _server.Events.Close(this, _reason, _detail);
        }
    }

    internal void Open(EngineTransport transport)
    {
        _transport = transport;
        Request.Hold();
        _table.Add(this);
        StartHeartbeat();
        _server.Events.Open(this);
    }

    internal void FlushAtTurnEnd()
    {
        if (!_turnEndPending)
        {
            _turnEndPending = true;
            Loop.AtTurnEnd(this);
        }
    }

    internal void AddHeaders(Http.HttpExchange exchange) => _server.AddHeaders(exchange, isInitial: false);

    internal void Count(ProtocolError error) => _server.Count(error);

    internal void OnPayloadTooLarge() => _server.Events.PayloadTooLarge(this);

    internal void OnMessage(ReadOnlySpan<byte> data, bool isBinary)
    {
        _isHeard = true;
        _server.Events.Message(this, data, isBinary);
    }

    internal void OnPacket(in EnginePacket packet)
    {
        _isHeard = true;
        switch (packet.Type)
        {
            case EnginePacketType.Message:
                OnMessage(packet.Data, packet.IsBinary);
                break;
            case EnginePacketType.Pong:
                TakePong();
                break;
            case EnginePacketType.Close:
                End(DisconnectReason.TransportClose, null, CloseKind.ByClient);
                break;
            case EnginePacketType.Ping:
                End(DisconnectReason.TransportError, "invalid heartbeat direction", CloseKind.Failure);
                break;
            default:
                // Open, upgrade and noop packets mean nothing here; the reference ignores them too.
                break;
        }
    }

    /// <summary>A WebSocket has come for this session. False if it must be turned away: the session is upgraded, or another is on trial.</summary>
    internal bool TryBeginUpgrade(WebSocketTransport webSocket)
    {
        if (_state != EngineState.Open || Upgrade is not null || Polling is not { } polling)
        {
            return false;
        }

        Upgrade = new SessionUpgrade(this, polling, webSocket);
        Upgrade.Begin();
        return true;
    }

    /// <summary>The client has upgraded.</summary>
    internal void ChangeTo(WebSocketTransport webSocket)
    {
        _transport = webSocket;
        IsUpgraded = true;
        _isHeard = true;
    }

    /// <summary>The session has ended before its client upgraded: the rest goes over the WebSocket.</summary>
    internal void CloseOver(WebSocketTransport webSocket)
    {
        if (_state == EngineState.Closing)
        {
            Wait(Waiting.Closing);
        }

        webSocket.Close(_closeKind, _reason);
    }

    /// <summary>Ends the session for the application; the transport follows in its own time. Only the first call counts.</summary>
    internal void End(DisconnectReason reason, string? detail, CloseKind kind)
    {
        if (_state != EngineState.Open)
        {
            return;
        }

        _state = EngineState.Closing;
        _reason = reason;
        _closeKind = kind;
        _detail = detail;
        _server.OnSessionEnded();
        AwaitClose();
        FlushAtTurnEnd();
        Upgrade?.OnSessionEnding(kind);
        _transport.Close(kind, reason);
        if (kind is not (CloseKind.Flush or CloseKind.Shutdown))
        {
            Outbox.Clear(DropsAs);
        }
    }

    /// <summary>Ends a slow reader because too much memory is held in the process. Its connection is reset: a close in order would keep what is partly written until the reader reads.</summary>
    void IReader.Shed()
    {
        if (_state == EngineState.Open)
        {
            _isShed = true;
            if (Upgrade is { WebSocket.UnfinishedCost: > 0 } upgrade)
            {
                upgrade.WebSocket.Abort(); // turned away it would read on
            }

            End(DisconnectReason.SlowConsumer, "the memory budget is used up", CloseKind.Failure);
            AbandonClose();
        }
    }

    /// <summary>The transport is gone; without it the session is over.</summary>
    internal void OnTransportLost(DisconnectReason reason, string? detail)
    {
        End(reason, detail, CloseKind.Failure);
        Finish();
    }

    /// <summary>What was waited for after the close did not come.</summary>
    internal void AbandonClose()
    {
        _transport.Abort();
        Finish();
    }

    /// <summary>Nothing is left to do for this session.</summary>
    internal void Finish()
    {
        if (_state != EngineState.Closing)
        {
            return;
        }

        _state = EngineState.Closed;
        StopWaiting();
        Outbox.Clear(DropsAs);
        Request.LetGo();
        _table.Remove(this);
        _server.OnSessionGone(this);
    }

    private OutboxDrop DropsAs => _isShed ? OutboxDrop.Budget : Outbox.IsOverflowed ? OutboxDrop.Overflow : OutboxDrop.Closed;

    void IOutboxOwner.OnWritable()
    {
        if (_state == EngineState.Open)
        {
            _server.Events.Writable(this);
        }
    }

    internal static Frame Copy(ReadOnlySpan<byte> data, bool isBinary)
    {
        var frame = Frame.Rent(data.Length);
        frame.Append(data);
        frame.IsBinary = isBinary;
        return frame;
    }

    private sealed class PostedClose(EngineSession session, DisconnectReason reason, string? detail, CloseKind kind) : ILoopWork
    {
        public void Run() => session.End(reason, detail, kind);
    }
}
