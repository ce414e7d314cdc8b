namespace Sockeye.Conformance;

/// <summary>
/// Profile 14, <c>game</c>: as 12, but the handlers run on a game loop that ticks 20 times a second, or as <c>--ticks</c> says. Each tick emits four times
/// <c>msg</c> with a text of 32 characters to room <c>room</c>. <c>ticks()</c> acks {ticks, skipped, sends, lateP50, lateP99, lateMax}: what has come since it was
/// last asked, how late in microseconds, and the calls with which the event loops sent meanwhile.
/// </summary>
internal static class GameHandlers
{
    private const int EmitsPerTick = 4;
    private const double StandardRate = 20;

    public static void Map(SockeyeServer server, double? ticksPerSecond)
    {
        var loop = server.CreateLoop("game", ticksPerSecond ?? StandardRate);
        server.RunHandlersOn(loop);
        LoadHandlers.Map(server);
        var text = new string('x', 32);
        var report = new TickReport();
        loop.OnTick(tick =>
        {
            report.Add(tick);
            for (var i = 0; i < EmitsPerTick; i++)
            {
                server.To("room").Emit("msg", text);
            }
        });
        server.OnWithAck("ticks", report.Take);
    }
}

/// <summary>How the ticks of a loop came. On the loop.</summary>
internal sealed class TickReport
{
    // Lateness is kept of so many ticks, then of no more until somebody asks.
    private readonly double[] _late = new double[8192];
    private long _sends = LoopFigures.Now().Sends;
    private int _ticks;
    private long _skipped;

    public void Add(in Tick tick)
    {
        if (_ticks < _late.Length)
        {
            _late[_ticks] = tick.Late.TotalMicroseconds;
        }

        _ticks++;
        _skipped += tick.Skipped;
    }

    public Dictionary<string, object?> Take()
    {
        var sends = LoopFigures.Now().Sends;
        var late = _late.AsSpan(0, Math.Min(_ticks, _late.Length));
        late.Sort();
        var report = new Dictionary<string, object?>
        {
            ["ticks"] = _ticks,
            ["skipped"] = _skipped,
            ["sends"] = sends - _sends,
            ["lateP50"] = At(late, 0.5),
            ["lateP99"] = At(late, 0.99),
            ["lateMax"] = At(late, 1),
        };
        (_ticks, _skipped, _sends) = (0, 0, sends);
        return report;
    }

    private static double At(Span<double> sorted, double share) => sorted.IsEmpty ? 0 : sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
}
