using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Abstractions.Values;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.Sessions;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Plugins;
using Sockeye.Protocol;
using Sockeye.Protocol.EngineIO;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;
using HttpMethod = Sockeye.Protocol.Http.HttpMethod;

namespace Sockeye.EngineIO;

/// <summary>An Engine.IO v4 server at one path of an <see cref="HttpServer"/>: handshakes, sessions, and the seam upward.</summary>
/// <remarks>
/// <para>It owns the sessions, by loop, and the memory budget; the <see cref="HttpServer"/> belongs to the caller.</para>
/// <para><b>Threads.</b> Requests are answered on their connection's loop; a request for a session of another loop is moved there first. The public members may be called from any thread.</para>
/// <para><b>Lifetime.</b> From <see cref="Attach"/> to <see cref="CloseAsync"/>.</para>
/// <para><b>Limits.</b> <see cref="EngineOptions.MaxSessions"/> and <see cref="EngineOptions.MemoryBudgetBytes"/>, looked at with each handshake; 256 loops, which a session id has room for.</para>
/// </remarks>
public sealed partial class EngineServer : IHttpHandler, IAsyncDisposable
{
    private static readonly string[] WebSocketUpgrade = ["websocket"];

    private readonly CorsPolicy? _cors;
    private readonly ILogger _logger;
    private readonly WebSocketLimits _limits;
    private readonly string[] _upgrades;
    private readonly CustomIds? _customIds;
    private readonly MemoryBudget _budget;
    private readonly HandshakeHints _hints;
    private SessionTable[] _tables = [];
    private readonly NodeNumber _node;
    private IEngineObserver? _observer;
    private int _sessions;
    private int _held;

    /// <summary>A server that is not attached yet.</summary>
    /// <param name="options">Must not change afterwards.</param>
    /// <param name="handler">Receives what the sessions do.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names all faults.</exception>
    public EngineServer(EngineOptions options, IEngineHandler handler)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        }

        Options = options;
        _cors = options.Cors is { } cors ? new CorsPolicy(cors) : null;
        _logger = new LimitedLogger(new GuardedLogger(LogText.Clean(options.LoggerFactory)?.CreateLogger("Sockeye.EngineIO") ?? NullLogger.Instance), options.Time ?? TimeProvider.System);
        Events = new SessionEvents(handler, _logger);
        _hints = new HandshakeHints(_logger, _cors, options.Path);
        _budget = new MemoryBudget(MemoryBudget.Of(options.MemoryBudgetBytes), _logger);
        _limits = new WebSocketLimits { MaxMessageBytes = options.MaxPayloadBytes };
        _upgrades = options.AllowUpgrades && options.Transports == EngineTransports.All ? WebSocketUpgrade : [];
        _node = new NodeNumber(options.NodeId ?? RandomNumberGenerator.GetInt32(1 << 24));
        Incarnation = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long)));
        _customIds = options.GenerateId is null && options.GenerateIdAsync is null ? null : new CustomIds();
    }

    /// <summary>The options.</summary>
    public EngineOptions Options { get; }

    /// <summary>The node, as it stands in the id of each session that is opened now: <see cref="EngineOptions.NodeId"/>, or random, or that of <see cref="BecomeNode"/>. Any thread.</summary>
    public int NodeId => _node.Current;

    /// <summary>64 random bits that tell this server from all others that have been, or will be, the same node: a process that starts again is a new one, also with a
    /// <see cref="NodeId"/> set by hand. Any thread.</summary>
    public long Incarnation { get; }

    /// <summary>Whether the process holds so much that connections are closed: above 95 % of its memory budget. Any thread.</summary>
    public bool IsMemoryShort => _budget.IsShort;

    /// <summary>Is another node from now on, since somebody else has the number. Sessions that are open keep their ids, which name the node before, and are found by them until
    /// <see cref="CloseFormerAsync"/> has closed them. Any thread, one call after the other.</summary>
    /// <param name="node">The node, 0 to 2^24 - 1.</param>
    public void BecomeNode(int node) => _node.Become(node);

    /// <summary>Open sessions. Any thread.</summary>
    public int SessionCount => Volatile.Read(ref _sessions);

    /// <summary>Bytes that the engine may hold in this process (<see cref="EngineOptions.MemoryBudgetBytes"/>, or half of what the process may use). Any thread.</summary>
    public long MemoryBudgetBytes => _budget.Bytes;

    /// <summary>Some of the sessions of the loop with this <see cref="ITransportLoop.Index"/>, open and closing ones, for whoever goes through all of them over several turns, as <see cref="IdTable{T}.Read"/> says. On that loop.</summary>
    public int ReadSessions(int loop, ref long position, Span<EngineSession> into) => _tables[loop].Read(ref position, into);

    /// <summary>Bytes of memory that what waits for a client may take while <see cref="EngineSession.IsPreAuth"/>; one message of any size is taken. Over it the session closes as that of a slow consumer. Default: no bound but <see cref="EngineOptions.Outbox"/>.</summary>
    public int PreAuthOutboxBytes { get; set; } = int.MaxValue;

    /// <summary>Decides about handshakes before <see cref="EngineOptions.AllowRequest"/> does; null: nobody.</summary>
    public IHandshakeGate? HandshakeGate { get; init; }

    /// <summary>Hands requests of sessions of other servers on; null: there are none. Before the server starts.</summary>
    public ISessionRelay? Relay { get; set; }

    internal SessionEvents Events { get; }

    /// <summary>As many packets of a POST as frames of a WebSocket.</summary>
    internal int PacketsPerTurn { get; private set; }

    internal OutboxShared Outboxes { get; private set; } = null!;      // from Attach on

    internal MemoryBudget Budget => _budget;

    internal CorsPolicy? Cors => _cors;

    internal bool IsNode(int node) => _node.Has(node);

    /// <summary>Sessions that still have something to do, the closed ones that wait for their client included. For tests.</summary>
    internal int HeldSessions => _tables.Sum(static table => table.Count);

    /// <summary>Answers at <see cref="EngineOptions.Path"/> of the server from now on, as a route of that kind. Once, and before the server starts.</summary>
    public void Attach(HttpServer server, HttpRouteKind kind = HttpRouteKind.Application)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (_tables.Length > 0)
        {
            throw new InvalidOperationException("An engine serves one HTTP server.");
        }

        _observer = server.Observer;
        Outboxes = new OutboxShared(Options.Outbox, _observer is null ? null : _observer.OnMessagesDropped);
        PacketsPerTurn = server.Options.Http.FramesPerTurn;
        var loops = server.Transport.Loops;
        if (loops.Count > 256)
        {
            throw new ArgumentException("A session id has room for 256 loops.", nameof(server));
        }

        _tables = [.. loops.Select(loop => new SessionTable(loop, Options, _budget))];
        _budget.Tables = _tables;
        _budget.Connections = server.Connections;
        server.HoldTo(_budget);
        var path = Options.Path.TrimEnd('/') is { Length: > 0 } named && !Options.AddTrailingSlash ? named : Options.Path.TrimEnd('/') + "/";
        server.Router.Default = _hints.Beside(server.Router.Default, path);
        server.Router.Map(path, this, prefix: true, kind);
    }

    /// <inheritdoc />
    public void OnRequest(HttpExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (Relay is { } relay && this.TryRelay(relay, exchange))
        {
            return;
        }

        if (_cors?.Apply(exchange) == CorsResult.Responded)
        {
            return;
        }

        if (Options.Middleware.Count > 0)
        {
            MiddlewareRun.Begin(this, Options.Middleware, exchange);
        }
        else
        {
            Verify(exchange);
        }
    }

    internal void OnSessionEnded() => Interlocked.Decrement(ref _sessions);

    internal void OnSessionGone(EngineSession session)
    {
        _customIds?.Remove(session.Id);
        Interlocked.Decrement(ref _held);
    }

    internal void OnHeartbeat(TimeSpan roundTrip) => _observer?.OnHeartbeat(roundTrip);

    internal void Count(ProtocolError error) => _observer?.OnRuleBroken(ProtocolErrors.Describe(error).Metric);

    /// <summary>The application's headers for a response of a session.</summary>
    internal void AddHeaders(HttpExchange exchange, bool isInitial)
    {
        if (Options.Headers is null && (Options.InitialHeaders is null || !isInitial))
        {
            return;
        }

        var request = EngineRequest.Of(exchange);
        try
        {
            if (isInitial)
            {
                Options.InitialHeaders?.Invoke(request, new EngineResponseHeaders(exchange));
            }

            Options.Headers?.Invoke(request, new EngineResponseHeaders(exchange));
        }
        catch (Exception exception)
        {
            HookFailed(exchange, nameof(EngineOptions.Headers), exception);
        }
    }

    internal void HookFailed(HttpExchange exchange, string hook, Exception exception) => EngineLog.HookFailed(_logger, exchange.RemoteEndPoint, hook, exception);

    internal void HookTimedOut(HttpExchange exchange, string hook) => EngineLog.HookTimedOut(_logger, exchange.RemoteEndPoint, hook);

    /// <summary>The middleware has let the request pass.</summary>
    internal void Verify(HttpExchange exchange)
    {
        var request = new RequestCheck(exchange.Head);
        if (request.General(Options.Transports) is { } refusal)
        {
            Refuse(exchange, refusal);
        }
        else if (request.Sid is null)
        {
            BeginHandshake(exchange, in request);
        }
        else
        {
            FindSession(exchange, in request, request.Sid);
        }
    }

    private void FindSession(HttpExchange exchange, in RequestCheck request, string sid)
    {
        if (!TryResolve(sid, out var id))
        {
            Refuse(exchange, Refusal.SessionIdUnknown(sid));
        }
        else if (id.Loop != exchange.Loop.Index)
        {
            MoveToSession(exchange, request, id);
        }
        else
        {
            OnSessionRequest(exchange, in request, id);
        }
    }

    // The request is not checked again, nor the id that it names. The session is: its loop alone knows whether it is open and what it speaks.
    private void MoveToSession(HttpExchange exchange, RequestCheck request, RandomId id)
        => exchange.MoveTo(_tables[id.Loop].Loop, moved => OnSessionRequest(moved, in request, id));

    internal SessionTable TableOf(RandomId id) => _tables[id.Loop];

    internal bool TryResolve(string sid, out RandomId id) => _customIds is { } custom
        ? custom.TryFind(sid, out id)
        : RandomId.TryParse(sid, out id) && _node.Has(id.Node) && id.Loop < _tables.Length;

    private void OnSessionRequest(HttpExchange exchange, in RequestCheck request, RandomId id)
    {
        var session = _tables[id.Loop].Find(id);
        if (request.Head.Method == HttpMethod.Get)
        {
            session?.ExpireIfOverdue();
        }

        if (session is not { IsReachable: true })
        {
            Refuse(exchange, Refusal.SessionIdUnknown(request.Sid!));
        }
        else if (request.Belongs(session, Options.AllowUpgrades) is { } refusal)
        {
            Refuse(exchange, refusal);
        }
        else if (request.IsWebSocket)
        {
            BeginUpgrade(exchange, session);
        }
        else if (request.Head.Method == HttpMethod.Get)
        {
            session.Polling!.OnGet(exchange);
        }
        else if (request.Head.Method == HttpMethod.Post)
        {
            session.Polling!.OnPost(exchange);
        }
        else
        {
            // Other methods get what the reference answers.
            exchange.Respond(500, null, default);
        }
    }

    private void BeginUpgrade(HttpExchange exchange, EngineSession session)
    {
        if (!exchange.ValidateUpgrade() || !TrySelectSubprotocol(exchange, out var subprotocol))
        {
            return;
        }

        AddHeaders(exchange, isInitial: false);
        var transport = new WebSocketTransport(session, EngineRequest.Of(exchange));
        var webSocket = exchange.Upgrade(transport, _limits, subprotocol);
        if (session.TryBeginUpgrade(transport))
        {
            transport.BeginTrial(webSocket);
        }
        else
        {
            transport.TurnAway(webSocket);
        }
    }

    private void BeginHandshake(HttpExchange exchange, in RequestCheck request)
    {
        if (request.Handshake() is { } refusal)
        {
            Refuse(exchange, refusal);
            return;
        }

        if (_budget.IsRefusing())
        {
            _observer?.OnRuleBroken(BrokenRules.MemoryBudget);
            exchange.RefuseForNow();
            return;
        }

        if (Volatile.Read(ref _held) >= Options.MaxSessions)
        {
            RefuseBusy(exchange);       // before the application is asked
            return;
        }

        if (HandshakeGate is { IsNeeded: true } gate)
        {
            PendingGate.Begin(this, gate, exchange, in request);
        }
        else
        {
            AskApplication(exchange, in request);
        }
    }

    /// <summary>The gate has decided.</summary>
    internal void OnGateDecided(HttpExchange exchange, in RequestCheck request, HandshakeVerdict verdict)
    {
        if (exchange.IsAborted)
        {
            return;
        }

        if (verdict.Message is { } message)
        {
            Refuse(exchange, Refusal.Forbidden(message) with { Status = verdict.Status });
        }
        else
        {
            AskApplication(exchange, in request);
        }
    }

    private void AskApplication(HttpExchange exchange, in RequestCheck request)
    {
        if (Options.AllowRequest is null && Options.AllowRequestAsync is null)
        {
            FinishHandshake(exchange, in request);
        }
        else
        {
            PendingHandshake.Begin(this, exchange, in request);
        }
    }

    /// <summary>The application has decided.</summary>
    internal void OnDecided(HttpExchange exchange, in RequestCheck request, AllowRequestResult result)
    {
        if (exchange.IsAborted)
        {
            return;
        }

        if (result.IsAllowed)
        {
            FinishHandshake(exchange, in request);
        }
        else
        {
            Refuse(exchange, Refusal.Forbidden(result.Message));
        }
    }

    private void FinishHandshake(HttpExchange exchange, in RequestCheck request)
    {
        if (request.Revision() is { } refusal)
        {
            _hints.OnRevision(exchange);
            Refuse(exchange, refusal);
        }
        else if (request.IsWebSocket && !exchange.ValidateUpgrade())
        {
            // The request is answered already.
        }
        else if (_customIds is null)
        {
            OpenSession(exchange, in request, null);
        }
        else
        {
            PendingId.Begin(this, exchange, in request);
        }
    }

    /// <summary>Everything about the handshake is in order.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="request">What its request says.</param>
    /// <param name="customId">The id that the application has made; null: one of our own.</param>
    internal void OpenSession(HttpExchange exchange, in RequestCheck request, string? customId)
    {
        if (exchange.IsAborted)
        {
            return;
        }

        if (_isClosing)
        {
            exchange.RespondAndClose(503, null, default);
            return;
        }

        var isWebSocket = request.IsWebSocket;
        string? subprotocol = null;
        if (isWebSocket && !TrySelectSubprotocol(exchange, out subprotocol))
        {
            return;
        }

        if (Interlocked.Increment(ref _held) > Options.MaxSessions)
        {
            Interlocked.Decrement(ref _held);
            RefuseBusy(exchange);
            return;
        }

        var table = _tables[exchange.Loop.Index];
        var id = RandomId.Create(NodeId, exchange.Loop.Index);
        var sid = customId ?? id.ToString();
        if (customId is not null && !_customIds!.TryAdd(customId, id))
        {
            Interlocked.Decrement(ref _held);
            RefuseId(exchange, "a session has it already");
            return;
        }

        var opening = EngineRequest.Of(exchange);
        var session = new EngineSession(this, table, id, customId, opening);
        Interlocked.Increment(ref _sessions);
        AddHeaders(exchange, isInitial: true);
        if (Options.InitialMessage is { } initial)
        {
            session.Outbox.TryEnqueue(EngineSession.Copy(Encoding.UTF8.GetBytes(initial), isBinary: false));
        }

        Span<byte> open = stackalloc byte[512];
        open = open[..EnginePayloadWriter.WriteOpen(open, sid, isWebSocket ? [] : _upgrades, (long)Options.PingInterval.TotalMilliseconds,
            (long)Options.PingTimeout.TotalMilliseconds, Options.MaxPayloadBytes)];
        if (isWebSocket)
        {
            var transport = new WebSocketTransport(session, opening);
            transport.Begin(exchange.Upgrade(transport, _limits, subprotocol), open);
            session.Open(transport);
        }
        else
        {
            if (Options.Cookie is { } cookie)
            {
                exchange.AddHeader("Set-Cookie", cookie.Format(sid));
            }

            _hints.OnPolling(exchange);
            var transport = new PollingTransport(session);
            transport.Begin(exchange, open[1..]);
            session.Open(transport);
        }
    }

    // False: the application has failed, and the request is answered.
    private bool TrySelectSubprotocol(HttpExchange exchange, out string? subprotocol)
    {
        var offered = Subprotocols.Offered(exchange.Head);
        subprotocol = offered.Count > 0 ? offered[0] : null;
        if (subprotocol is null || Options.SelectSubprotocol is not { } select)
        {
            return true;
        }

        try
        {
            subprotocol = Subprotocols.Check(select(EngineRequest.Of(exchange), offered), offered);
            return true;
        }
        catch (Exception exception)
        {
            HookFailed(exchange, nameof(EngineOptions.SelectSubprotocol), exception);
            Refuse(exchange, Refusal.BadRequest("SUBPROTOCOL_SELECTION_ERROR"));
            return false;
        }
    }

    private void RefuseBusy(HttpExchange exchange)
    {
        EngineLog.TooManySessions(_logger, exchange.RemoteEndPoint, Options.MaxSessions);
        _observer?.OnRuleBroken(BrokenRules.MaxSessions);
        exchange.RefuseForNow();
    }

    /// <summary>The id of the application cannot be used. It is a secret, so it is not logged.</summary>
    internal void RefuseId(HttpExchange exchange, string fault)
    {
        EngineLog.IdRefused(_logger, exchange.RemoteEndPoint, fault);
        Refuse(exchange, Refusal.BadRequest("ID_GENERATION_ERROR", ("message", fault)));
    }

    internal void Refuse(HttpExchange exchange, Refusal refusal)
    {
        var rule = refusal.Context is [("name", var name), ..] ? name : refusal.Code.ToString();
        EngineLog.Refused(_logger, exchange.RemoteEndPoint, (int)refusal.Code, LogText.Escape(refusal.Message), rule);
        _observer?.OnConnectionError(new EngineConnectionError(
            refusal.Code, refusal.Message, refusal.Context.ToDictionary(static c => c.Name, static c => c.Value), EngineRequest.Of(exchange)));

        refusal.Answer(exchange);
    }
}
