namespace Sockeye.Load;

/// <summary>
/// Opens connections and leaves them alone: resident memory per connection at the end, and the server's CPU per heartbeat (ping and pong),
/// which is the unit. The generator sleeps here, for nothing is timed.
/// </summary>
internal sealed class IdleScenario(Target target, int connections) : Scenario(target)
{
    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        long before = ProcessFigures.ResidentBytes(Target.ProcessId);
        OpenWebSockets(connections);
        Begin();
        long stop = Now + Ticks(length);
        while (Now < stop)
        {
            Turn(timeoutMilliseconds: 100);
        }

        long growth = ProcessFigures.ResidentBytes(Target.ProcessId) - before;
        bool silent = Units == 0;
        Units = Math.Max(1, Units);
        Measurement result = End();
        return result with
        {
            MemoryBytes = (double)growth / connections,
            Note = silent ? "no heartbeat within the run; the CPU is that of all connections together" : null,
        };
    }

    protected override void OnPing(Connection connection)
    {
        base.OnPing(connection);
        Units++;
    }
}
