using Sockeye.Testing;

namespace Sockeye.Hosting.Tests;

/// <summary>The code of docs/game-loops.md, compiled here and run by <see cref="GameLoopPageTests"/>, which also compares the texts.</summary>
internal static class GameLoopExamples
{
    public static async Task Run(Func<SockeyeServer, Task> whileRunning)
    {
        await using var server = SockeyeServer.Create("http://127.0.0.1:3000");
        _ = new Arena(server);
        await whileRunning(server);
    }

    public static async Task UnitTest()
    {
        await using var app = new SockeyeTestServer(server => _ = new Arena(server));
        var ann = app.Connect("/arena");
        var bob = app.Connect("/arena");
        ann.Emit("steer", 10, 0);
        app.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, bob.Next<int>("tick"));
        Assert.Equal(2, bob.Next<int>("tick"));

        var last = bob.Events.Last(e => e.Name == "pos" && e.Get<string>() == ann.Id);
        Assert.Equal(1.0, last.Get<double>(1), precision: 6);
    }
}

/// <summary>The game of the page.</summary>
internal sealed class Arena
{
    private readonly Dictionary<string, Player> _players = [];
    private readonly SockeyeNamespace _arena;
    private int _joined;

    public Arena(SockeyeServer server)
    {
        var loop = server.CreateLoop("arena", ticksPerSecond: 20);
        _arena = server.Of("/arena");
        _arena.RunHandlersOn(loop);
        _arena.OnConnection(socket => _players.Add(socket.Id, new Player(++_joined)));
        _arena.OnDisconnect((socket, why) => _players.Remove(socket.Id));
        _arena.On("steer", (SockeyeSocket socket, double vx, double vy) => _players[socket.Id].Steer(vx, vy));
        loop.OnTick(Step);
    }

    private void Step(Tick tick)
    {
        foreach (var (id, player) in _players)
        {
            player.Move(tick.Elapsed.TotalSeconds);
            _arena.Latest("pos", player.Number).Emit("pos", id, player.X, player.Y);
        }

        _arena.Volatile.Emit("tick", tick.Number);
    }

    private sealed class Player(int number)
    {
        private double _vx, _vy;

        public int Number { get; } = number;

        public double X { get; private set; }

        public double Y { get; private set; }

        public void Steer(double vx, double vy) => (_vx, _vy) = (vx, vy);

        public void Move(double seconds) => (X, Y) = (X + (_vx * seconds), Y + (_vy * seconds));
    }
}
