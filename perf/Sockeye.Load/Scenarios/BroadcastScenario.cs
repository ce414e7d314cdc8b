using System.Diagnostics;

namespace Sockeye.Load;

/// <summary>
/// One publisher outside the room, <paramref name="outstanding"/> publishes on their way: the next leaves when one has reached the last
/// member. The unit is one delivery; latency is from the publish to the last member. Members may be in further rooms, of which there are
/// a thousand in all.
/// </summary>
internal sealed class BroadcastScenario(Target target, int members, int outstanding, int payloadBytes, int roomsPerMember = 1) : Scenario(target)
{
    private const int FurtherRooms = 1000;
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly byte[] _publish = Dialect.Frame(target.Dialect.Publish(new string('x', payloadBytes)));
    private readonly int[] _missing = new int[outstanding];
    private readonly long[] _publishedAt = new long[outstanding];
    private long _published, _joined;
    private int _completed;
    private bool _running;

    private Connection Publisher => Connections[^1];

    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        OpenWebSockets(members);
        foreach (var connection in Connections)
        {
            Send(connection, Joins(connection.Index));
        }

        AwaitJoins();
        OpenWebSockets(1);
        _running = true;
        _completed = outstanding;
        RunFor(warmUp);
        return Measure(length);
    }

    protected override void Turn(int timeoutMilliseconds = 0)
    {
        base.Turn(timeoutMilliseconds);
        if (_completed == 0)
        {
            return;
        }

        for (var i = 0; i < _completed; i++, _published++)
        {
            var slot = (int)(_published % outstanding);
            _missing[slot] = members;
            _publishedAt[slot] = Stopwatch.GetTimestamp();
        }

        Send(Publisher, _completed == 1 ? _publish : Repeat(_completed));
        _completed = 0;
    }

    protected override void OnReplies(Connection connection, ReadOnlySpan<byte> payload, int count)
    {
        if (!_running)
        {
            _joined += count;
            return;
        }

        Units += count;
        for (var i = 0; i < count; i++)
        {
            var slot = (int)(connection.Received++ % outstanding);
            if (--_missing[slot] == 0)
            {
                Latency.Add((long)((Now - _publishedAt[slot]) * (1e9 / Stopwatch.Frequency)));
                _completed++;
            }
        }
    }

    private byte[] Joins(int member)
    {
        var further = Enumerable.Range(0, roomsPerMember - 1).Select(i => $"room{(member + i * 37) % FurtherRooms}");
        return [.. further.Prepend("room").SelectMany(room => Dialect.Frame(Dialect.Join(room)))];
    }

    private void AwaitJoins()
    {
        RunFor(Settling);
        for (var late = Now + Ticks(Patience); Dialect.HasAcks && _joined < (long)members * roomsPerMember && Now < late;)
        {
            RunFor(TimeSpan.FromMilliseconds(10));
        }
    }

    private byte[] Repeat(int times)
    {
        var all = new byte[_publish.Length * times];
        for (var i = 0; i < times; i++)
        {
            _publish.CopyTo(all, i * _publish.Length);
        }

        return all;
    }
}
