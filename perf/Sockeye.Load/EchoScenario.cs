using System.Diagnostics;
using System.Text;

namespace Sockeye.Load;

/// <summary>
/// Each connection sends <paramref name="inFlight"/> messages at once and the next ones when all are answered. With a rate the messages
/// leave at fixed moments whatever the answers do, and are timed from the moment at which they should have left.
/// </summary>
internal sealed class EchoScenario(Target target, int connections, int inFlight, int payloadBytes, bool ack = false, int ratePerSecond = 0) : Scenario(target)
{
    private readonly byte[] _frames = Dialect.Frame(Text(target.Dialect, payloadBytes, ack), ratePerSecond > 0 ? 1 : inFlight);
    private readonly byte[]? _expected = !ack && target.Dialect.EchoReply(Payload(payloadBytes)) is { } reply ? Encoding.UTF8.GetBytes(reply) : null;
    private long _start, _sent;

    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        OpenWebSockets(connections);
        if (ratePerSecond == 0)
        {
            foreach (Connection connection in Connections)
            {
                SendNext(connection, Stopwatch.GetTimestamp());
            }
        }

        _start = Stopwatch.GetTimestamp();
        RunFor(warmUp);
        return Measure(length);
    }

    protected override void Turn(int timeoutMilliseconds = 0)
    {
        base.Turn(timeoutMilliseconds);
        if (ratePerSecond == 0 || _start == 0)
        {
            return;
        }

        for (long due; (due = _start + (long)((double)_sent / ratePerSecond * Stopwatch.Frequency)) <= Now; _sent++)
        {
            Connection connection = Connections[(int)(_sent % connections)];
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

        long ticks = ratePerSecond > 0 ? connection.Since.Dequeue() : connection.Since.Peek();
        Latency.Add((long)((Now - ticks) * (1e9 / Stopwatch.Frequency)));
        connection.InFlight -= count;
    }

    protected override void OnReadComplete(Connection connection)
    {
        if (ratePerSecond == 0 && connection.Since.Count > 0 && connection.InFlight == 0)
        {
            connection.Since.Dequeue();
            SendNext(connection, Now);
        }
    }

    private static string Payload(int bytes) => new('x', bytes);

    private static string Text(Dialect dialect, int bytes, bool ack) => ack ? dialect.EchoWithAck(Payload(bytes)) : dialect.Echo(Payload(bytes));

    private void SendNext(Connection connection, long now)
    {
        connection.Since.Enqueue(now);
        connection.InFlight = inFlight;
        Send(connection, _frames);
    }
}
