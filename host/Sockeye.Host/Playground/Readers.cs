namespace Sockeye.Host.Playground;

/// <summary>One stream for two readers of a visitor's own: one takes everything, the other has stopped. The visitor chooses what the server shall do with what the slow one does not take,
/// and sees what waits for each of them.</summary>
/// <remarks><b>Thread.</b> The game loop; the outbox of a socket speaks up on its event loop. <b>Limits.</b> <see cref="PlaygroundLimits.ReaderPairs"/>, and 40 s for each stream.</remarks>
internal sealed class Readers
{
    public const string Namespace = "/readers";

    private const int SamplesPerTick = 8;
    private const int SampleBytes = 4096;
    private const int Gauges = 16;
    private const int TicksBetweenFigures = 3;
    private static readonly string[] Choices = ["latest", "volatile", "oldest", "disconnect"];

    private readonly SockeyeNamespace _readers;
    private readonly Dictionary<string, Pair> _pairs = [];
    private readonly byte[] _sample = new byte[SampleBytes];
    private long _tick;
    private int _gauge;

    public Readers(SockeyeNamespace readers, GameLoop loop)
    {
        _readers = readers;
        readers.RunHandlersOn(loop);
        readers.Use(socket => readers.LocalCount < 2 * PlaygroundLimits.ReaderPairs
            ? ConnectResult.Accept
            : ConnectResult.Reject("Others are trying this at the moment; try again in a minute."));
        readers.On("start", (EventContext e, string slowId, string choice) => Start(e, e.Socket, slowId, choice));
        readers.On("stop", (SockeyeSocket fast) => Stop(fast.Id));
        readers.OnWithAck("echo", () => { });
        readers.OnDisconnect((socket, why) => Leave(socket, why));

        // What an outbox says comes on the socket's event loop; the pairs belong to the game loop.
        readers.OnSlow((socket, result) => loop.Post((this, socket.Id, result), static said => said.Item1.Tell(said.Id, said.result.ToString())));
        readers.OnWritable(socket => loop.Post((this, socket.Id), static said => said.Item1.Tell(said.Id, "Writable")));
    }

    /// <summary>Sends the samples of this tick, and ten times a second what waits.</summary>
    public void Step(Tick tick)
    {
        _tick = tick.Number;
        if (_pairs.Count == 0)
        {
            return;
        }

        for (var i = 0; i < SamplesPerTick; i++)
        {
            _gauge = (_gauge + 1) % Gauges;
            _readers.Local.To("latest").WhenFull(OutboxPolicy.KeepLatest).Latest("gauge", _gauge).Emit("sample", _gauge, _sample);
            _readers.Local.To("volatile").Volatile.Emit("sample", _gauge, _sample);
            _readers.Local.To("oldest").WhenFull(OutboxPolicy.DropOldest).Emit("sample", _gauge, _sample);
            _readers.Local.To("disconnect").WhenFull(OutboxPolicy.Disconnect).Emit("sample", _gauge, _sample);
        }

        foreach (var pair in _pairs.Values.Where(pair => (_tick - pair.Begun) % TicksBetweenFigures == 0).ToArray())
        {
            pair.Fast.Volatile.Emit("outboxes", new TwoReaders(Outbox.Of(pair.Fast), Outbox.Of(pair.Slow)));
            if (_tick - pair.Begun >= PlaygroundLimits.StreamTicks)
            {
                pair.Fast.Emit("over", "time");
                Stop(pair.Fast.Id);
            }
        }
    }

    private void Start(EventContext e, SockeyeSocket fast, string slowId, string choice)
    {
        if (!Choices.Contains(choice) || _readers.Find(slowId) is not { } slow || slow == fast || VisitorOf(fast) is not { } visitor || VisitorOf(slow) != visitor)
        {
            e.Refuse("A stream needs two connections of one visitor and one of the four choices.", "start");
            return;
        }

        Stop(fast.Id);
        _pairs.Add(fast.Id, new Pair(fast, slow, choice, _tick));
        fast.Join(choice);
        slow.Join(choice);
        e.Ack();
    }

    // Both connections come with the same secret of their tab.
    private static string? VisitorOf(SockeyeSocket socket) => socket.Handshake.Auth.GetString("visitor");

    private void Stop(string fastId)
    {
        if (_pairs.Remove(fastId, out var pair))
        {
            pair.Fast.Leave(pair.Choice);
            pair.Slow.Leave(pair.Choice);
        }
    }

    private void Leave(SockeyeSocket socket, Disconnection why)
    {
        Stop(socket.Id);
        if (_pairs.Values.FirstOrDefault(pair => pair.Slow == socket) is { } pair)
        {
            pair.Fast.Emit("over", why.Text);
            Stop(pair.Fast.Id);
        }
    }

    // A change is told once: an outbox that stays full says so for each message.
    private void Tell(string id, string said)
    {
        foreach (var pair in _pairs.Values)
        {
            if (pair.Slow.Id == id && pair.Said != said)
            {
                pair.Said = said;
                pair.Fast.Emit("outbox", said);
            }
        }
    }

    private sealed class Pair(SockeyeSocket fast, SockeyeSocket slow, string choice, long begun)
    {
        public SockeyeSocket Fast { get; } = fast;

        public SockeyeSocket Slow { get; } = slow;

        public string Choice { get; } = choice;

        public long Begun { get; } = begun;

        public string? Said { get; set; }
    }
}
