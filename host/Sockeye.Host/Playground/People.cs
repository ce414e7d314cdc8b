using System.Numerics;

namespace Sockeye.Host.Playground;

/// <summary>The visitors: who they are, the rooms they talk in, and their fish.</summary>
/// <remarks><b>Cluster.</b> The pool and its people are those of one server; what is said reaches the rooms of all. <b>Thread.</b> The game loop, except for the decision whether one more may come in. <b>Limits.</b> <see cref="PlaygroundLimits"/>.</remarks>
internal sealed class People
{
    private const string FirstRoom = "lobby";
    private readonly SockeyeNamespace _app;
    private readonly Pool _pool;
    private readonly LoadFigures _figures;
    private readonly Dictionary<string, Visitor> _visitors = [];
    private long _tick;
    private int _arrivals;
    private int _last = Pool.School;

    public People(SockeyeNamespace app, GameLoop loop, Pool pool, LoadFigures figures)
    {
        (_app, _pool, _figures) = (app, pool, figures);
        app.RunHandlersOn(loop);
        app.Use(Admit);
        app.OnConnection(Enter);
        app.OnDisconnect((socket, why) => Leave(socket));
        app.UseEvent(Grant);
        app.AckErrors = true; // the form of the page sends any event

        app.On("say", (EventContext e, string text) => SayAsync(e, _visitors[e.Socket.Id], text));
        app.On("room", (EventContext e, string room) => Move(e, _visitors[e.Socket.Id], room));
        app.On("name", (EventContext e, string name) => Rename(e, _visitors[e.Socket.Id], name));
        app.On("steer", (SockeyeSocket socket, float x, float y) => _pool.Steer(_visitors[socket.Id].Fish, new Vector2(x, y)));
        app.On("feed", (SockeyeSocket socket, float x, float y) => _pool.Feed(new Vector2(x, y)));
        app.OnRaw("echo", e => e.AckRaw());
    }

    /// <summary>Moves the pool on and tells everybody where its fish are: a client that lags behind gets the newest frame, not all of them.</summary>
    public void Step(Tick tick)
    {
        _tick = tick.Number;
        Volatile.Write(ref _arrivals, 0);
        if (_visitors.Count == 0)
        {
            return;
        }

        _pool.Step(tick.Elapsed);
        _app.Local.Latest("pool").Emit("pool", _pool.Write(tick.Number));
        if (_figures.New is { } figures)
        {
            _app.Local.Volatile.Emit("load", figures);
        }
    }

    // On the event loops, all of them at once.
    private ConnectResult Admit(SockeyeSocket socket) =>
        _app.LocalCount >= PlaygroundLimits.Visitors ? ConnectResult.Reject($"The playground is full: {PlaygroundLimits.Visitors} people are here.")
        : Interlocked.Increment(ref _arrivals) > PlaygroundLimits.ArrivalsPerTick ? ConnectResult.Reject("Too many people come at once; try again in a moment.")
        : ConnectResult.Accept;

    // What one message makes the server do: an answer of its size, a bite for everybody, or a message to everybody.
    private static int CostOf(EventReader e)
    {
        var bytes = e.Remaining.Length;
        for (var i = 0; i < e.AttachmentCount; i++)
        {
            bytes += e.Attachment(i).Length;
        }

        return (bytes / 256) + (e.Is("steer"u8) || e.Is("echo"u8) ? 1 : e.Is("feed"u8) ? 8 : 40);
    }

    // The other events of a socket wait while this one runs, so one that floods meets its allowance first and its own queue next.
    private EventVerdict Grant(EventReader e)
    {
        var allowance = _visitors[e.Socket.Id].Allowance;
        if (allowance.TryTake(CostOf(e), _tick))
        {
            return EventVerdict.Continue;
        }

        e.Context.Refuse("That was too much at once; wait a moment.", "rate");
        if (allowance.Refusals >= PlaygroundLimits.Refusals)
        {
            e.Socket.Disconnect(close: true);
        }

        return EventVerdict.Stop;
    }

    private void Enter(SockeyeSocket socket)
    {
        var visitor = new Visitor(socket, NextId());
        _visitors.Add(socket.Id, visitor);
        _pool.Add(visitor.Fish);
        socket.Join(RoomName(visitor.Room));
        socket.Emit("welcome", new Welcome(visitor.AsSeen, [.. _visitors.Values.Select(one => one.AsSeen)], PlaygroundLimits.TicksPerSecond, _figures.Past, NodeOf(socket)));
        socket.Broadcast.Local.Emit("came", visitor.AsSeen);
    }

    private void Leave(SockeyeSocket socket)
    {
        _visitors.Remove(socket.Id, out var visitor);
        _pool.Remove(visitor!.Fish);
        _app.Local.Emit("left", visitor.AsSeen);
    }

    // The answer is how many others will read it.
    private async Task SayAsync(EventContext e, Visitor visitor, string text)
    {
        if (Words.Clean(text, PlaygroundLimits.TextLength) is not { } clean)
        {
            e.Refuse($"A message has 1 to {PlaygroundLimits.TextLength} characters.", "text");
            return;
        }

        var room = RoomName(visitor.Room);
        visitor.Socket.To(room).Emit("said", visitor.AsSeen, clean, NodeOf(visitor.Socket));
        e.Ack((await _app.In(room).CountAsync()).Count - 1);
    }

    // The answer is how many are there now.
    private void Move(EventContext e, Visitor visitor, string room)
    {
        if (Words.Clean(room, PlaygroundLimits.RoomLength) is not { } clean)
        {
            e.Refuse($"The name of a room has 1 to {PlaygroundLimits.RoomLength} characters.", "room");
            return;
        }

        visitor.Socket.Leave(RoomName(visitor.Room));
        visitor.Room = clean;
        visitor.Socket.Join(RoomName(clean));
        _app.Local.Emit("changed", visitor.AsSeen);
        e.Ack(CountIn(clean));
    }

    private void Rename(EventContext e, Visitor visitor, string name)
    {
        if (Words.Clean(name, PlaygroundLimits.NameLength) is not { } clean)
        {
            e.Refuse($"A name has 1 to {PlaygroundLimits.NameLength} characters.", "name");
            return;
        }

        visitor.Name = clean;
        _app.Local.Emit("changed", visitor.AsSeen);
        e.Ack();
    }

    // Numbers of people are those of one server. The beginning of a socket's id says which.
    private static string NodeOf(SockeyeSocket socket) => socket.Id[..4];

    private int CountIn(string room) => _visitors.Values.Count(visitor => visitor.Room == room);

    // Each socket is in a room of its own id already; the prefix keeps visitors out of those.
    private static string RoomName(string room) => "room:" + room;

    // Numbers of fish are two bytes on the wire; those of visitors who are there are passed over.
    private ushort NextId()
    {
        do
        {
            _last = _last == ushort.MaxValue ? Pool.School + 1 : _last + 1;
        }
        while (_visitors.Values.Any(visitor => visitor.Id == _last));
        return (ushort)_last;
    }

    private sealed class Visitor(SockeyeSocket socket, ushort id)
    {
        public SockeyeSocket Socket { get; } = socket;

        public ushort Id { get; } = id;

        public string Name { get; set; } = Words.NameFor(id);

        public string Room { get; set; } = FirstRoom;

        public Allowance Allowance { get; } = new();

        public Fish Fish { get; } = new(id, isWild: false);

        // The golden angle: however many come, colours of neighbours are far apart.
        public Person AsSeen => new(Id, Name, (int)(Id * 137.508 % 360), Room);
    }
}
