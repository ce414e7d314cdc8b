using System.Buffers.Binary;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Streams between nodes: what comes twice is dropped, and what does not come is missed.</summary>
public sealed class StreamTests
{
    private readonly IncomingStreams _incoming = new(static node => node < 2, most: 4);

    [Theory]
    [InlineData("1 2 3", "1 2 3", 0)]
    [InlineData("1 1 2 2 1", "1 2", 0)]
    [InlineData("1 3 2 4", "1 3 4", 1)]         // too late
    [InlineData("1 5", "1 5", 3)]
    [InlineData("7 8", "7 8", 0)]               // subscribed in the middle
    public void What_comes_twice_or_too_late_is_dropped_and_holes_are_counted(string come, string taken, int missing)
    {
        var (found, holes) = Take(come, isFromStart: false);
        Assert.Equal(taken, found);
        Assert.Equal(missing, holes);
    }

    [Fact]
    public void A_stream_that_began_after_the_subscription_misses_its_first_messages() => Assert.Equal(("3 4", 2L), Take("3 4", isFromStart: true));

    [Fact]
    public void A_heartbeat_that_overtakes_messages_takes_none_of_them_away()
    {
        Assert.Equal(0, _incoming.Beat(1, 1, 1, 2, isFromStart: false));
        Assert.Equal(("1 2", 0L), Take("1 2", isFromStart: false));
        Assert.Equal(0, _incoming.Beat(1, 1, 1, 2, isFromStart: false));
    }

    [Fact]
    public void A_lost_tail_is_missed_with_the_second_heartbeat_that_tells_of_it_and_once()
    {
        Take("1", isFromStart: false);
        Assert.Equal(0, _incoming.Beat(1, 1, 1, 4, isFromStart: false));
        Assert.Equal(3, _incoming.Beat(1, 1, 1, 4, isFromStart: false));
        Assert.Equal(0, _incoming.Beat(1, 1, 1, 4, isFromStart: false));
        Assert.Equal(("5", 0L), Take("2 4 5", isFromStart: false));
    }

    [Fact]
    public void A_stream_of_which_nothing_came_is_missed_if_it_began_after_the_subscription()
    {
        Assert.Equal(0, _incoming.Beat(1, 1, 1, 4, isFromStart: true));
        Assert.Equal(4, _incoming.Beat(1, 1, 1, 4, isFromStart: true));
        Assert.Equal(0, _incoming.Beat(2, 1, 1, 4, isFromStart: false));
        Assert.Equal(0, _incoming.Beat(2, 1, 1, 4, isFromStart: false));
    }

    [Theory]
    [InlineData("", 3, 3, 3)]            // none has come
    [InlineData("", 5, 2, 2)]            // those before the subscription are not missed
    [InlineData("3", 3, 3, 2)]           // the first have not come
    [InlineData("3 4", 5, 3, 1)]         // the last has not come
    [InlineData("5", 5, 2, 1)]
    [InlineData("5", 5, 0, 0)]           // not known
    [InlineData("5", 5, 1, 0)]
    public void A_heartbeat_tells_what_should_have_come_since_the_subscription(string come, long told, long due, long missing)
    {
        Take(come, isFromStart: false);
        var found = _incoming.Beat(1, 1, 1, told, isFromStart: false, due);
        Assert.Equal(missing, found + _incoming.Beat(1, 1, 1, told, isFromStart: false));
        Assert.Equal(0, _incoming.Beat(1, 1, 1, told, isFromStart: false));
    }

    [Fact]
    public void The_next_stream_of_a_subject_begins_at_one_and_the_one_before_is_over()
    {
        Take("1 2", isFromStart: false);
        Assert.True(_incoming.TryTake(1, 1, 2, 2, isFromStart: false, out var missing));
        Assert.Equal(1, missing);
        Assert.False(_incoming.TryTake(1, 1, 1, 3, isFromStart: false, out _));
        Assert.Equal(0, _incoming.Beat(1, 1, 1, 3, isFromStart: false));
    }

    [Fact]
    public void Another_incarnation_of_a_node_begins_anew_and_nodes_do_not_mix()
    {
        Take("1 2 3", isFromStart: false);
        Assert.True(_incoming.TryTake(1, 2, 1, 1, isFromStart: true, out _));
        Assert.True(_incoming.TryTake(2, 1, 1, 1, isFromStart: true, out _));
        _incoming.Forget(2, 2);
        Assert.False(_incoming.TryTake(2, 1, 1, 1, isFromStart: true, out _));
        _incoming.Forget(2, 1);
        Assert.True(_incoming.TryTake(2, 1, 1, 1, isFromStart: true, out _));
    }

    [Fact]
    public async Task Heartbeats_tell_where_streams_stand_three_times_and_a_quiet_one_is_forgotten()
    {
        await using var bus = new InProcessBus();
        var outgoing = new OutgoingStreams(new ClusterIdentity(1, 1), TimeProvider.System, toldBeats: 3);
        Publish(outgoing, bus, "a");
        Publish(outgoing, bus, "a");
        var first = Assert.Single(Entries(outgoing.Beat(1000)));
        Assert.Equal((ClusterSubjects.Hash("a"), 2L), (first.Hash, first.Sequence));
        for (var i = 1; i < 3; i++)
        {
            Assert.Equal(first, Assert.Single(Entries(outgoing.Beat(1000))));
        }

        Assert.Empty(Entries(outgoing.Beat(1000)));
        Assert.Equal(0, outgoing.Count);
        Publish(outgoing, bus, "a");
        var next = Assert.Single(Entries(outgoing.Beat(1000)));
        Assert.True((int)(next.Stream - first.Stream) > 0);
        Assert.Equal(1, next.Sequence);
    }

    [Fact]
    public async Task A_heartbeat_of_many_streams_is_several_messages_none_too_long()
    {
        await using var bus = new InProcessBus();
        var outgoing = new OutgoingStreams(new ClusterIdentity(1, 1), TimeProvider.System, toldBeats: 3);
        for (var i = 0; i < 25; i++)
        {
            Publish(outgoing, bus, $"s.{i}");
        }

        var bodies = outgoing.Beat(10 * OutgoingStreams.EntryBytes);
        Assert.All(bodies, body => Assert.InRange(body.Length, 0, 10 * OutgoingStreams.EntryBytes));
        Assert.Equal(25, Entries(bodies).Select(entry => entry.Hash).Distinct().Count());
    }

    [Fact]
    public void Streams_of_servers_that_are_not_in_the_cluster_are_forgotten_when_there_are_many()
    {
        foreach (var node in new[] { 0, 1, 2, 3, 1 })
        {
            Assert.True(_incoming.TryTake(node, 1, 1, node == 1 ? 2 : 1, isFromStart: false, out _) || node == 1);
        }

        // There are as many as there may be, and all of them are known.
        Assert.All([0, 2, 3], node => Assert.False(_incoming.TryTake(node, 1, 1, 1, isFromStart: false, out _)));
        Assert.True(_incoming.TryTake(4, 1, 1, 1, isFromStart: false, out _));
        Assert.All([2, 3], node => Assert.True(_incoming.TryTake(node, 1, 1, 1, isFromStart: false, out _)));
        Assert.All([0, 1], node => Assert.False(_incoming.TryTake(node, 1, 1, 1, isFromStart: false, out _)));
    }

    private static void Publish(OutgoingStreams outgoing, InProcessBus bus, string subject) =>
        Assert.Equal(EmitResult.Accepted, outgoing.Publish(bus, null, subject, HeadWriter.Begin(ClusterKind.Event, 1, 1), []));

    private static List<(long Hash, uint Stream, long Sequence)> Entries(List<byte[]> bodies) =>
        [.. bodies.SelectMany(body => body.Chunk(OutgoingStreams.EntryBytes)).Select(entry =>
            (BinaryPrimitives.ReadInt64LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(8)), BinaryPrimitives.ReadInt64LittleEndian(entry.AsSpan(12))))];

    private (string Taken, long Missing) Take(string come, bool isFromStart)
    {
        List<long> taken = [];
        long holes = 0;
        foreach (var sequence in come.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse))
        {
            if (_incoming.TryTake(1, 1, 1, sequence, isFromStart, out var missing))
            {
                taken.Add(sequence);
                holes += missing;
            }
        }

        return (string.Join(' ', taken), holes);
    }
}
