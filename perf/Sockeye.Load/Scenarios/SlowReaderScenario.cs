namespace Sockeye.Load;

/// <summary>
/// A member of room <c>slow</c> stops reading while <paramref name="count"/> messages of <paramref name="size"/> bytes are sent to the room,
/// and reads on later: growth of the server's memory, and what became of the messages. The unit is one delivered message.
/// </summary>
internal sealed class SlowReaderScenario(Target target, int count, int size) : Scenario(target)
{
    private static readonly TimeSpan Sampling = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private bool _joined, _flooded, _closed;
    private long _peak;

    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        OpenWebSockets(2);
        Connection reader = Connections[0], publisher = Connections[1];
        Send(reader, Dialect.Frame(Dialect.Join("slow")));
        RunFor(TimeSpan.FromMilliseconds(300));
        for (TimeSpan waited = default; Dialect.HasAcks && !_joined && waited < Patience; waited += Sampling)
        {
            RunFor(Sampling);
        }

        StopReading(reader);
        var before = _peak = ProcessFigures.ResidentBytes(Target.ProcessId);
        Begin();
        Send(publisher, Dialect.Frame(Dialect.Flood(count, size)));
        Send(publisher, Dialect.Frame(Dialect.Echo("done")));
        for (TimeSpan waited = default; !_flooded && waited < Patience; waited += Sampling)
        {
            Sample();
        }

        for (TimeSpan waited = default; waited < length; waited += Sampling)
        {
            Sample();
        }

        if (!_closed)
        {
            ResumeReading(reader);
        }

        DrainUntilSilent();
        var delivered = Units;
        Units = Math.Max(1, Units);
        return End() with
        {
            MemoryBytes = _peak - before,
            Note = $"{delivered} of {count} delivered, connection {(_closed ? "closed by the server" : "open")}{(_flooded ? "" : ", flood not over")}",
        };
    }

    protected override void OnReplies(Connection connection, ReadOnlySpan<byte> payload, int replies)
    {
        if (connection == Connections[1])
        {
            _flooded = true;
        }
        else if (Dialect.HasAcks && !_joined)
        {
            _joined = true;
        }
        else
        {
            Units += replies;
        }
    }

    protected override void OnClosed(Connection connection) => _closed = true;

    private void Sample()
    {
        RunFor(Sampling);
        _peak = Math.Max(_peak, ProcessFigures.ResidentBytes(Target.ProcessId));
    }

    private void DrainUntilSilent()
    {
        for (long last = Timestamp(), stop = last + Ticks(Patience); Now < stop && Now < last + Ticks(Silence);)
        {
            var delivered = Units;
            RunFor(Sampling);
            last = Units > delivered ? Now : last;
        }
    }
}
