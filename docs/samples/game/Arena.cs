using Sockeye;

namespace Game;

/// <summary>Players collect coins. Clients say where they want to go; where they are, and who has the coin, is decided here, twenty times a second.</summary>
/// <remarks>Handlers and ticks run on one game loop, one at a time: the state is plain objects, and there is no lock.</remarks>
internal sealed class Arena
{
    private const double Width = 800, Height = 450, Speed = 240, Reach = 24;

    private readonly Dictionary<string, Player> _players = [];
    private readonly SockeyeNamespace _arena;
    private readonly Random _random = new();
    private Point _coin = new(Width / 2, Height / 2);

    public Arena(SockeyeServer server)
    {
        var loop = server.CreateLoop("arena", ticksPerSecond: 20);
        _arena = server.Of("/arena");
        _arena.RunHandlersOn(loop);

        _arena.OnConnection(socket => _players.Add(socket.Id, new Player(RandomPlace())));
        _arena.OnDisconnect((socket, why) => _players.Remove(socket.Id));
        _arena.OnWithAck("play", (SockeyeSocket socket, string name) =>
        {
            _players[socket.Id].Name = name is { Length: > 0 and <= 20 } ? name : "?";
            return new Field(socket.Id, Width, Height);
        });
        _arena.On("steer", (SockeyeSocket socket, double x, double y) => _players[socket.Id].Steer(x, y));

        loop.OnTick(Step);
    }

    private void Step(Tick tick)
    {
        foreach (var player in _players.Values)
        {
            player.Move(tick.Elapsed.TotalSeconds);
            if (player.Place.DistanceTo(_coin) <= Reach)
            {
                player.Score++;
                _coin = RandomPlace();
                _arena.Emit("scored", player.Name, player.Score);
            }
        }

        // The newest world is all that counts: whoever reads slowly gets it instead of the older ones, not behind them.
        var players = _players.Select(each => new PlayerView(each.Key, each.Value.Name, each.Value.Place.X, each.Value.Place.Y, each.Value.Score));
        _arena.Latest("world").Emit("world", tick.Number, _coin, players.ToArray());
    }

    private Point RandomPlace() => new(_random.NextDouble() * Width, _random.NextDouble() * Height);

    private sealed record Field(string You, double Width, double Height);

    private sealed record PlayerView(string Id, string Name, double X, double Y, int Score);

    private sealed record Point(double X, double Y)
    {
        public double DistanceTo(Point other) => Math.Sqrt(((X - other.X) * (X - other.X)) + ((Y - other.Y) * (Y - other.Y)));
    }

    private sealed class Player(Point place)
    {
        private double _vx, _vy;

        public string Name { get; set; } = "?";

        public int Score { get; set; }

        public Point Place { get; private set; } = place;

        // A direction, whatever the client sends: nobody is faster than the others.
        public void Steer(double x, double y)
        {
            var length = Math.Max(1, Math.Sqrt((x * x) + (y * y)));
            (_vx, _vy) = (x / length * Speed, y / length * Speed);
        }

        public void Move(double seconds) => Place = new Point(
            Math.Clamp(Place.X + (_vx * seconds), 0, Width),
            Math.Clamp(Place.Y + (_vy * seconds), 0, Height));
    }
}
