namespace Sockeye.Load;

/// <summary>
/// A member of room <c>slow</c> stops reading and <paramref name="count"/> messages of <paramref name="size"/> bytes are sent to the room:
/// growth of the server's memory, and what became of the messages. The unit is one delivered message.
/// </summary>
internal sealed class SlowReaderScenario(Target target, int count, int size) : Scenario(target)
{
    private bool _closed;

    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        OpenWebSockets(2);
        Connection reader = Connections[0];
        Send(reader, Dialect.Frame(Dialect.Join("slow")));
        RunFor(TimeSpan.FromMilliseconds(300));
        StopReading(reader);
        long before = ProcessFigures.ResidentBytes(Target.ProcessId);
        long peak = before;
        Begin();
        Send(Connections[1], Dialect.Frame(Dialect.Flood(count, size)));
        for (double waited = 0; waited < length.TotalSeconds; waited += 0.02)
        {
            RunFor(TimeSpan.FromMilliseconds(20));
            peak = Math.Max(peak, ProcessFigures.ResidentBytes(Target.ProcessId));
        }

        ResumeReading(reader);
        RunFor(length);
        long delivered = Units;
        Units = Math.Max(1, Units);
        return End() with
        {
            MemoryBytes = peak - before,
            Note = $"{delivered} of {count} delivered, connection {(_closed ? "closed by the server" : "open")}",
        };
    }

    protected override void OnClosed(Connection connection) => _closed = true;
}
