namespace Sockeye.Load;

/// <summary>
/// Opens connections in steps and leaves them alone, but for the answers to pings: growth of the server's resident memory per connection
/// after each step. The process has served before and has been idle for as long as after each step, so that neither code nor what it
/// gives back while it idles counts for the connections. The generator sleeps here, for nothing is timed.
/// </summary>
internal sealed class IdleScenario(Target target) : Driver(target)
{
    private const int ServedBefore = 500;
    private const int TurnMilliseconds = 100;

    /// <summary>Runs the steps (connections in all) and returns a measurement for each.</summary>
    public IEnumerable<Measurement> Run(IEnumerable<int> steps, TimeSpan hold)
    {
        OpenWebSockets(ServedBefore, TurnMilliseconds);
        CloseAll();
        Idle(hold);
        var before = ProcessFigures.ResidentBytes(Target.ProcessId);
        foreach (var step in steps)
        {
            OpenWebSockets(step - Connections.Count, TurnMilliseconds);
            Begin();
            Idle(hold);
            Units = step;
            yield return End() with { MemoryBytes = (double)(ProcessFigures.ResidentBytes(Target.ProcessId) - before) / step };
        }
    }

    private void Idle(TimeSpan length)
    {
        for (var stop = Timestamp() + Ticks(length); Timestamp() < stop;)
        {
            Turn(TurnMilliseconds);
        }
    }
}
