using System.Text.Json;
using System.Text.Json.Serialization;
using Sockeye.Cluster;
using Sockeye.Plugins;

namespace Sockeye.Probe;

/// <summary>An argument of events.</summary>
public sealed record Move(int X, object? Inner = null);

/// <summary>A type that defaults of parameters are of.</summary>
public enum Mood
{
    /// <summary>One that no default is.</summary>
    Unknown,

    /// <summary>The default.</summary>
    Calm,
}

/// <summary>An answer.</summary>
public sealed record Answer(int Sum);

/// <summary>What a socket has.</summary>
public sealed class Score
{
    /// <summary>How many moves.</summary>
    public int Moves { get; set; }
}

/// <summary>What the serialiser is to know.</summary>
[JsonSerializable(typeof(Move))]
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(List<Move>))]
[JsonSerializable(typeof(Mood))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class ProbeJson : JsonSerializerContext;

/// <summary>Registers something of every kind.</summary>
[SockeyePlugin("probe", "1.0.0")]
public sealed class Probe : ISockeyePlugin, IEventGate, IOutgoingHook, IRoomHook, IDisconnectHook, IConnectHook, IHandshakeHook, IExistingHook
{
    private readonly List<Move> _seen = [];
    private PluginContext? _context;

    /// <summary>Whether each socket gets handlers of its own, which a reload makes anew; its key is <c>OnSockets</c>, and without it that is so.</summary>
    private bool _onSockets;

    /// <inheritdoc />
    public async ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _onSockets = context.Configuration["OnSockets"] is not "false";
        context.AddJson(ProbeJson.Default);
        var moves = context.Meter.CreateCounter<long>("probe.moves");
        context.Meter.CreateObservableGauge("probe.seen", () => _seen.Count);
        context.Every(TimeSpan.FromMilliseconds(10), _ => ValueTask.CompletedTask);
        context.MapHttp("GET", "/status", (_, _) => ValueTask.FromResult(PluginResponse.Text("probe")));
        await context.Bus.SubscribeAsync("moves", (in BusMessage _) => { }, cancellationToken: cancellationToken);
        context.Keep("seen", static () => new List<int>()).Add(context.Generation);
        context.Track(new Tracked(this));
        Register(context.Server, moves);
        Register(context.Server.Of("/pool"), moves);
        Register(context.Server.Of("/game"), moves);
        Register(context.Server.Of("/orders-{id}"), moves);
        Register(context.Server.Of((name, _) => name.StartsWith("/guess", StringComparison.Ordinal)), moves);
        var loop = context.Server.CreateLoop("probe", 50);
        loop.OnTick(_ => { });
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc />
    public GateVerdict OnEvent(EventReader e) => e.Is("stop"u8) ? GateVerdict.Stop : GateVerdict.Continue;

    /// <inheritdoc />
    public OutgoingVerdict OnEmit(in OutgoingEvent e) => OutgoingVerdict.Continue;

    /// <inheritdoc />
    public void OnRoom(RoomChange change)
    {
        lock (_seen)
        {
            _seen.Add(new Move(1));
        }
    }

    /// <inheritdoc />
    public void OnDisconnect(SockeyeSocket socket, Disconnection disconnection)
    {
    }

    /// <inheritdoc />
    public ValueTask<ConnectResult> OnConnectAsync(SockeyeSocket socket, CancellationToken cancellationToken) => ValueTask.FromResult(ConnectResult.Accept);

    /// <inheritdoc />
    public ValueTask<HandshakeVerdict> OnHandshakeAsync(Handshake request, CancellationToken cancellationToken) => ValueTask.FromResult(HandshakeVerdict.Continue);

    /// <inheritdoc />
    public void OnExisting(SockeyeSocket socket)
    {
        // What the generation before had registered on it has gone with that.
        socket.State<Score>().Moves = 1;
        Own(socket);
    }

    private void Own(SockeyeSocket socket)
    {
        if (!_onSockets)
        {
            return;
        }

        socket.On("own", async (Move move) =>
        {
            await Task.Yield();
            socket.Emit("own", move);
        });
        socket.OnAny(e => { });
        socket.OnDisconnect(_ => _seen.Clear());
    }

    private void Register(BroadcastTarget target, System.Diagnostics.Metrics.Counter<long> moves)
    {
        target.Use(socket =>
        {
            socket.State<Score>().Moves = 0;
            socket.Identity = new SocketIdentity("somebody");
            return ConnectResult.Accept;
        });
        target.UseEvent(e => EventVerdict.Continue);
        target.OnAny(e => { });
        target.OnAnyOutgoing(e => { });
        target.OnHandlerError(_ => { });
        target.OnSlow((_, _) => { });
        target.OnConnection(socket =>
        {
            Own(socket);
            socket.Join("probe");
            socket.Data.Set("move", new Move(3));
        });
        target.OnDisconnect((socket, _) => socket.State<Score>().Moves++);
        target.OnWithAck("sum", async (List<Move> all, SockeyeSocket socket) =>
        {
            moves.Add(all.Count);
            await Task.Yield();
            return new Answer(all.Sum(move => move.X));
        });
        target.On("move", (Move move, SockeyeSocket socket) =>
        {
            socket.State<Score>().Moves++;
            socket.Emit<object>("untyped", new Move(4, new Move(5)));
            socket.To("probe").Emit("others", move);
            socket.Namespace.ToUser("somebody").Emit("user", new Move(move.X + 1));
            _ = AskAsync(socket);
        });
        target.On("mood", (Action<Mood, SockeyeSocket>)Feel);
        target.On("again", async (SockeyeSocket socket) =>
        {
            var results = await _context!.Server.Plugins.ReloadAsync("probe");
            socket.Emit("again", results[0].Generation);
        });
    }

    private static void Feel(Mood mood = Mood.Calm, SockeyeSocket? socket = null) => socket!.Emit("mood", mood);

    private static async Task AskAsync(SockeyeSocket socket)
    {
        try
        {
            socket.Emit("asked", await socket.EmitWithAckAsync<Answer>("ask", new Move(7)));
        }
        catch (AckException)
        {
            // Nobody answered in time.
        }
    }

    private sealed class Tracked(Probe probe) : IDisposable
    {
        public void Dispose() => probe._context = null;
    }
}
