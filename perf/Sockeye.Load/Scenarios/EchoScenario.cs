using System.Diagnostics;
using System.Text;

namespace Sockeye.Load;

/// <summary>
/// Each connection sends <paramref name="inFlight"/> messages at once and the next ones when all are answered. At half the maximum rate
/// they leave at fixed moments whatever the answers do, and are timed from the moment at which they should have left: a server that
/// stalls does not hide it by being asked less (coordinated omission).
/// </summary>
internal sealed class EchoScenario(Target target, int connections, int inFlight, int payloadBytes) : Scenario(target)
{
    private byte[] _frames = [];
    private byte[]? _expected;
    private double _ticksPerMessage;
    private long _start, _sent;
    private bool _stopping;

    /// <summary>The answer is an acknowledgement.</summary>
    public bool Ack { get; init; }

    /// <summary>The warm-up finds the maximum, the run asks half of it.</summary>
    public bool HalfRate { get; init; }

    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        string text = new('x', payloadBytes);
        _frames = Dialect.Frame(Ack ? Dialect.EchoWithAck(text) : Dialect.Echo(text), inFlight);
        _expected = !Ack && Dialect.EchoReply(text) is { } reply ? Encoding.UTF8.GetBytes(reply) : null;
        OpenWebSockets(connections);
        foreach (var connection in Connections)
        {
            SendNext(connection, Timestamp());
        }

        RunFor(warmUp);
        if (HalfRate)
        {
            var maximum = Measure(warmUp).UnitsPerSecond;
            Stop();
            return MeasureTurns(warmUp, length, maximum / 2);
        }

        return Measure(length);
    }

    protected override void Turn(int timeoutMilliseconds = 0)
    {
        base.Turn(timeoutMilliseconds);
        for (long due; _start > 0 && (due = _start + (long)(_sent * _ticksPerMessage)) <= Now; _sent++)
        {
            var connection = Connections[(int)(_sent % connections)];
            connection.Since.Enqueue(due);
            Send(connection, _frames);
        }
    }

    protected override void OnReplies(Connection connection, ReadOnlySpan<byte> payload, int count)
    {
        base.OnReplies(connection, payload, count);
        if (_expected is not null && !payload.SequenceEqual(_expected))
        {
            throw new IOException($"{Target.Name} did not send back what it was sent.");
        }

        var ticks = _start > 0 ? connection.Since.Dequeue() : connection.Since.Peek();
        Latency.Add((long)((Now - ticks) * (1e9 / Stopwatch.Frequency)));
        connection.InFlight -= count;
    }

    protected override void OnReadComplete(Connection connection)
    {
        if (_start == 0 && connection.Since.Count > 0 && connection.InFlight == 0)
        {
            connection.Since.Dequeue();
            if (!_stopping)
            {
                SendNext(connection, Now);
            }
        }
    }

    // The server is asked while nothing is sent: the moments are fixed, and answers must not find the generator elsewhere.
    private Measurement MeasureTurns(TimeSpan warmUp, TimeSpan length, double perSecond)
    {
        var before = Target.TellsRuntime ? RuntimeFigures.Ask(Target) : null;
        var preemptions = ProcessFigures.Preemptions(Target.ProcessId);
        _ticksPerMessage = Stopwatch.Frequency / perSecond;
        _start = Timestamp();
        RunFor(warmUp);
        var measurement = Measure(length);
        preemptions = ProcessFigures.Preemptions(Target.ProcessId) - preemptions;
        return before is null ? measurement : measurement with { Turns = RuntimeFigures.Ask(Target).Since(before) with { Preemptions = preemptions } };
    }

    // The end of the closed loop: all is answered.
    private void Stop()
    {
        _stopping = true;
        while (Connections.Exists(connection => connection.InFlight > 0))
        {
            RunFor(TimeSpan.FromMilliseconds(1));
        }
    }

    private void SendNext(Connection connection, long now)
    {
        connection.Since.Enqueue(now);
        connection.InFlight = inFlight;
        Send(connection, _frames);
    }
}
