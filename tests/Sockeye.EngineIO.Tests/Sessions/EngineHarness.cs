using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>An engine on memory channels and a clock moved by hand. Disposing it ends all peers and checks that nothing is left.</summary>
internal sealed class EngineHarness : IDisposable
{
    public const string Root = "/engine.io/";
    public const string Polling = Root + "?EIO=4&transport=polling";
    public const string WebSocket = Root + "?EIO=4&transport=websocket";

    private readonly long _outstanding = BufferCounters.Rented - BufferCounters.Returned;
    private readonly long _held = BufferCounters.HeldBytes;
    private readonly HttpServer _server;
    private readonly List<MemoryPeer> _peers = [];

    public EngineHarness(EngineOptions? options = null, int loops = 1, HttpOptions? http = null)
    {
        Transport = new MemoryTransport(loops);
        _server = new HttpServer(new HttpServerOptions { Http = http ?? new HttpOptions(), Observer = Observer, LoggerFactory = options?.LoggerFactory }, Transport);
        Engine = new EngineServer(options ?? new EngineOptions(), Handler);
        Engine.Attach(_server);
        _server.StartAsync("http://127.0.0.1:0").GetAwaiter().GetResult();
    }

    public MemoryTransport Transport { get; }

    public EngineServer Engine { get; }

    public Connections.ConnectionRegistry Connections => _server.Connections;

    public RecordingHandler Handler { get; } = new();

    public RecordingObserver Observer { get; } = new();

    public List<EngineConnectionError> Errors => Observer.Errors;

    /// <summary>The only session, or the newest.</summary>
    public EngineSession Session => Handler.Sessions[^1];

    public HttpPeer Connect(int loop = 0)
    {
        var peer = new HttpPeer(Transport, loop);
        _peers.Add(peer.Peer);
        return peer;
    }

    public WebSocketPeer ConnectWebSocket(string target = WebSocket, int loop = 0, params string[] headers)
    {
        var peer = new WebSocketPeer(Transport, target, loop, headers);
        _peers.Add(peer.Peer);
        return peer;
    }

    public Response Get(string target, params string[] headers) => Connect().Get(target, headers);

    /// <summary>Opens a polling session and returns the target of its requests.</summary>
    public string Open(int loop = 0)
    {
        var response = Connect(loop).Get(Polling);
        Assert.Equal(200, response.Status);
        return Polling + "&sid=" + Sid(response.Text);
    }

    public static string Sid(string openPacket)
    {
        Assert.StartsWith("0{", openPacket, StringComparison.Ordinal);
        return System.Text.Json.JsonDocument.Parse(openPacket[1..]).RootElement.GetProperty("sid").GetString()!;
    }

    public static string ToWebSocket(string target) => target.Replace("transport=polling", "transport=websocket", StringComparison.Ordinal);

    public void Run() => Transport.RunUntilIdle();

    public void Advance(double milliseconds) => Transport.Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>The loops are held up for a while, then they run.</summary>
    public void Skip(double milliseconds)
    {
        Transport.HoldUp(TimeSpan.FromMilliseconds(milliseconds));
        Run();
    }

    /// <summary>Runs an action on a session's loop, as a handler would.</summary>
    public void OnLoop(EngineSession session, Action action)
    {
        session.Loop.Post(static state => ((Action)state!)(), action);
        Run();
    }

    public void Dispose()
    {
        foreach (var peer in _peers)
        {
            peer.Reset();
        }

        Run();
        Advance(24 * 3600 * 1000.0);
        Assert.Equal(0, Engine.SessionCount);
        Assert.Equal(0, Engine.HeldSessions);
        Assert.All(Handler.Sessions, session => Assert.Equal(1, Handler.CloseCount(session)));
        Assert.Equal(0, Transport.ConnectionCount);
        var stopped = Transport.StopAsync();
        Run();
        Assert.True(stopped.IsCompletedSuccessfully);
        Assert.Equal(_outstanding, BufferCounters.Rented - BufferCounters.Returned);
        Assert.Equal(_held, BufferCounters.HeldBytes);
    }
}

/// <summary>Writes down what it is told, then fails if asked to.</summary>
internal sealed class RecordingObserver : IEngineObserver
{
    public List<string> Rules { get; } = [];

    public List<(OutboxDrop Reason, long Count)> Drops { get; } = [];

    public List<EngineConnectionError> Errors { get; } = [];

    public List<double> RoundTrips { get; } = [];

    public bool Fails { get; set; }

    public void OnHeartbeat(TimeSpan roundTrip) => Told(RoundTrips, roundTrip.TotalMilliseconds);

    public void OnRuleBroken(string rule) => Told(Rules, rule);

    public void OnMessagesDropped(OutboxDrop reason, long count) => Told(Drops, (reason, count));

    public void OnConnectionError(EngineConnectionError refusal) => Told(Errors, refusal);

    private void Told<T>(List<T> all, T one)
    {
        all.Add(one);
        if (Fails)
        {
            throw new InvalidOperationException("observer");
        }
    }
}

/// <summary>Writes down what it is told; echoes if asked to.</summary>
internal sealed class RecordingHandler : IEngineHandler
{
    private readonly Dictionary<EngineSession, List<string>> _messages = [];
    private readonly Dictionary<EngineSession, int> _closes = [];

    public List<EngineSession> Sessions { get; } = [];

    /// <summary>"reason|detail" of each close.</summary>
    public List<string> Closes { get; } = [];

    public int Writable { get; private set; }

    public bool Echo { get; set; }

    public Action<EngineSession>? Opened { get; set; }

    public Action<EngineSession, string>? Received { get; set; }

    public IReadOnlyList<string> Messages(EngineSession session) => _messages[session];

    public int CloseCount(EngineSession session) => _closes.GetValueOrDefault(session);

    public void OnOpen(EngineSession session)
    {
        Sessions.Add(session);
        _messages.Add(session, []);
        Opened?.Invoke(session);
    }

    public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary)
    {
        var text = isBinary ? "b:" + Convert.ToHexString(data) : Encoding.UTF8.GetString(data);
        _messages[session].Add(text);
        if (Echo)
        {
            _ = isBinary ? session.SendBinary(data) : session.SendText(data);
        }

        Received?.Invoke(session, text);
    }

    public void OnWritable(EngineSession session) => Writable++;

    public void OnClose(EngineSession session, DisconnectReason reason, string? detail)
    {
        _closes[session] = CloseCount(session) + 1;
        Closes.Add(detail is null ? reason.Text() : $"{reason.Text()}|{detail}");
    }
}
