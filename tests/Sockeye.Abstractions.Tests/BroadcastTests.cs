using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye.Abstractions.Tests;

public sealed class BroadcastTests
{
    private readonly FakeNamespace _space = new();

    private Sent Last => _space.Sent[^1];

    [Fact]
    public void A_namespace_without_rooms_reaches_everybody()
    {
        _space.Emit("x", 1);
        Assert.Equal("[\"x\",1]", Last.Payload);
        Assert.Equal(0, Last.Scope.Rooms.Count);
        Assert.False(Last.Scope.MatchesNobody);
        Assert.Null(Last.Scope.Sender);
    }

    [Fact]
    public void Rooms_and_exceptions_add_up()
    {
        _space.To("a").To("b", "c").In("d").Except("e").Except("f", "g").Emit("x");
        Assert.Equal(["a", "b", "c", "d"], Names(Last.Scope.Rooms));
        Assert.Equal(["e", "f", "g"], Names(Last.Scope.Except));
    }

    [Fact]
    public void An_operator_changes_a_copy()
    {
        var room = _space.To("a");
        _ = room.To("b").Volatile.Except("c");
        room.Emit("x");
        Assert.Equal(["a"], Names(Last.Scope.Rooms));
        Assert.Empty(Names(Last.Scope.Except));
        Assert.Equal(EmitFlags.None, Last.Options.Flags);
    }

    [Fact]
    public void An_empty_list_of_rooms_is_nobody()
    {
        _space.To([]).Emit("x");
        Assert.True(Last.Scope.MatchesNobody);
        _space.To([]).To("a").Emit("x");
        Assert.Equal(["a"], Names(Last.Scope.Rooms));
        _space.To("a").To([]).Emit("x");
        Assert.False(Last.Scope.MatchesNobody);
    }

    [Fact]
    public void A_room_named_after_an_empty_list_is_reached()
    {
        _space.To([]).To("a").Emit("x");
        Assert.False(Last.Scope.MatchesNobody);
    }

    [Fact]
    public void An_empty_list_of_exceptions_leaves_out_nobody()
    {
        _space.Except([]).Emit("x");
        Assert.Equal(0, Last.Scope.Except.Count);
        Assert.False(Last.Scope.MatchesNobody);
    }

    [Fact]
    public void A_null_room_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => _space.To((string)null!));
        Assert.Throws<ArgumentNullException>(() => _space.To("a", null!));
        Assert.Throws<ArgumentNullException>(() => _space.Except((string)null!));
    }

    [Fact]
    public void A_socket_broadcasts_to_all_but_itself()
    {
        var socket = new FakeSocket(_space);
        socket.Broadcast.Emit("x");
        Assert.Same(socket, Last.Scope.Sender);
        socket.To("a").Emit("x");
        Assert.Same(socket, Last.Scope.Sender);
        Assert.Equal(["a"], Names(Last.Scope.Rooms));
        socket.Except("b").Emit("x");
        Assert.Same(socket, Last.Scope.Sender);
        Assert.Empty(socket.Sent);
    }

    [Fact]
    public void Flags_reach_the_engine_in_any_order()
    {
        _space.Volatile.To("a").Local.Compress(false).WhenFull(OutboxPolicy.Disconnect).Emit("x");
        Assert.Equal(EmitFlags.Volatile | EmitFlags.NoCompress, Last.Options.Flags);
        Assert.True(Last.Scope.IsLocal);
        Assert.Equal(OutboxPolicy.Disconnect, Last.Options.WhenFull);
    }

    [Fact]
    public void What_a_socket_says_before_its_rooms_goes_with_the_broadcast()
    {
        var socket = new FakeSocket(_space);
        foreach (var to in new[] { socket.Volatile.To("a"), socket.Volatile.In("a"), socket.Volatile.Broadcast.To("a"), socket.Volatile.To(["a"]), socket.Volatile.In(["a"]) })
        {
            to.Emit("x");
            Assert.Same(socket, Last.Scope.Sender);
            Assert.Equal(["a"], Names(Last.Scope.Rooms));
            Assert.Equal(EmitFlags.Volatile, Last.Options.Flags);
        }

        socket.Latest("pos", 7).Broadcast.Emit("x");
        Assert.Equal(("pos", 7L), (Last.Options.LatestKey, Last.Options.LatestId));
        Assert.Empty(socket.Sent);
    }

    [Fact]
    public async Task Whoever_says_local_says_it_of_events_requests_and_actions_alike()
    {
        var room = _space.Local.To("a").Except("b");
        room.Emit("x");
        await room.EmitAsync("x");
        _ = room.EmitWithAckAsync<int>("x");
        Assert.All(_space.Sent, sent => Assert.True(sent.Scope.IsLocal));
        await room.FetchSocketsAsync();
        await room.CountAsync();
        room.SocketsJoin("r");
        await room.SocketsJoinAsync("r");
        room.SocketsLeave("r");
        await room.SocketsLeaveAsync("r");
        room.DisconnectSockets();
        await room.DisconnectSocketsAsync(close: true);
        Assert.Equal(8, _space.Scopes.Count);
        Assert.All(_space.Scopes, scope => Assert.True(scope.IsLocal));
        Assert.All(_space.Scopes, scope => Assert.Equal(["b"], Names(scope.Except)));
        Assert.Equal(
            [
                new(SocketActionKind.Join, "r"), new(SocketActionKind.Join, "r"), new(SocketActionKind.Leave, "r"), new(SocketActionKind.Leave, "r"),
                new(SocketActionKind.Disconnect, ""), new SocketAction(SocketActionKind.Close, ""),
            ],
            _space.Actions);
        await _space.CountAsync();
        Assert.False(_space.Scopes[^1].IsLocal);
        new FakeSocket(_space).Local.Emit("x");
        Assert.True(Last.Scope.IsLocal);
    }

    [Fact]
    public async Task Results_name_the_servers_that_did_not_answer_and_are_complete_without_any()
    {
        var whole = await _space.FetchSocketsAsync();
        Assert.Equal((0, true), (whole.Count, whole.IsComplete));
        Assert.Empty(whole.MissingNodes);
        var all = await _space.CountAsync();
        Assert.Equal((3, true, "3"), (all.Count, all.IsComplete, all.ToString()));
        Assert.Empty(all.MissingNodes);
        Assert.Equal((0, true), (default(SocketCount).Count, default(SocketCount).IsComplete));

        var cluster = new FakeNamespace { MissingNodes = ["east", "west", "east"] };
        var moved = await cluster.SocketsJoinAsync("r");
        Assert.Equal((2, false), (moved.Count, moved.IsComplete));
        Assert.Equal(["east", "west"], moved.MissingNodes);
        Assert.Equal("2, without east, west", moved.ToString());
        var merged = await FetchResult.MergeAsync([_space.FetchSocketsAsync(), cluster.FetchSocketsAsync()]);
        Assert.Equal(["east", "west"], merged.MissingNodes);
        Assert.False(merged.IsComplete);
        var sum = await SocketCount.SumAsync([_space.CountAsync(), cluster.CountAsync(), _space.CountAsync()]);
        Assert.Equal(9, sum.Count);
        Assert.Equal(["east", "west"], sum.MissingNodes);
        Assert.True(sum == new SocketCount(9, ["east", "west"]) && sum != new SocketCount(9, []));
    }

    [Fact]
    public async Task Acknowledgements_name_the_servers_that_did_not_answer()
    {
        var votes = _space.EmitWithAckAsync<bool>("vote");
        _space.Collector!.Begin(1);
        _space.Collector.NodeMissing("east");
        _space.Collector.PartDone();
        var result = await votes;
        Assert.Equal(["east"], result.MissingNodes);
        Assert.Empty(result.Missing);
        Assert.False(result.IsComplete);
    }

    [Fact]
    public async Task A_token_that_has_fired_asks_nobody_and_moves_nobody()
    {
        var token = new CancellationToken(canceled: true);
        var socket = new FakeSocket(_space);
        foreach (var task in new Task[]
        {
            _space.FetchSocketsAsync(token), _space.CountAsync(token), _space.SocketsJoinAsync("r", token), _space.SocketsLeaveAsync("r", token),
            _space.DisconnectSocketsAsync(cancellationToken: token), socket.JoinAsync("r", token), socket.LeaveAsync("r", token),
        })
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }

        Assert.Empty(_space.Scopes);
    }

    [Fact]
    public async Task Acknowledgements_are_collected_until_all_have_answered()
    {
        var votes = _space.To("council").Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<bool>("vote", "war?");
        Assert.Equal("[\"vote\",\"war?\"]", Last.Payload);
        Assert.Equal(TimeSpan.FromSeconds(5), Last.Options.Timeout);
        var collector = _space.Collector!;
        collector.Begin(2);
        var a = collector.Expect("a");
        collector.PartDone();
        a.Answer(Answer("true"));
        Assert.False(votes.IsCompleted);
        var b = collector.Expect("b");
        collector.PartDone();
        Assert.False(votes.IsCompleted);
        b.Answer(Answer("false,1"));

        var result = await votes;
        Assert.Equal([new AckFrom<bool>("a", true), new AckFrom<bool>("b", false)], result.Answers);
        Assert.Empty(result.Missing);
        Assert.True(result.IsComplete);
    }

    [Fact]
    public async Task Who_has_gone_is_missing_and_is_not_waited_for()
    {
        var votes = _space.EmitWithAckAsync<bool>("vote");
        var collector = _space.Collector!;
        collector.Begin(1);
        var a = collector.Expect("a");
        var b = collector.Expect("b");
        collector.PartDone();
        a.Answer(Answer("true"));
        a.Answer(Answer("false"));
        b.Fail(AckStatus.Disconnected);

        var result = await votes;
        Assert.Equal([new AckFrom<bool>("a", true)], result.Answers);
        Assert.Equal(["b"], result.Missing);
        Assert.False(result.IsComplete);
    }

    [Fact]
    public async Task An_answer_after_the_time_is_over_does_not_count()
    {
        var votes = _space.EmitWithAckAsync<bool>("vote");
        var collector = _space.Collector!;
        collector.Begin(1);
        var a = collector.Expect("a");
        collector.PartDone();
        a.Fail(AckStatus.TimedOut);
        a.Answer(Answer("true"));
        Assert.Equal(["a"], (await votes).Missing);
        Assert.Empty((await votes).Answers);
    }

    [Fact]
    public async Task Several_namespaces_are_collected_together()
    {
        var votes = _space.EmitWithAckAsync<int>("vote");
        var collector = _space.Collector!;
        collector.Begin(1);
        foreach (var id in new[] { "a", "b" })
        {
            collector.Begin(1);
            var member = collector.Expect(id);
            collector.PartDone();
            member.Answer(Answer("1"));
            collector.Begin(0);
        }

        Assert.False(votes.IsCompleted);
        collector.PartDone();
        Assert.Equal(["a", "b"], (await votes).Answers.Select(answer => answer.SocketId));
        Assert.True((await votes).IsComplete);
    }

    [Fact]
    public async Task A_loop_that_could_not_take_the_broadcast_makes_it_incomplete()
    {
        var votes = _space.EmitWithAckAsync<int>("vote");
        var collector = _space.Collector!;
        collector.PartLost();
        collector.Begin(0);
        Assert.False((await votes).IsComplete);
        Assert.Empty((await votes).Missing);
    }

    [Fact]
    public async Task A_malformed_answer_counts_as_missing()
    {
        var votes = _space.EmitWithAckAsync<bool>("vote");
        _space.Collector!.Begin(1);
        var a = _space.Collector.Expect("a");
        _space.Collector.PartDone();
        a.Answer(Answer("\"maybe\""));
        Assert.Equal(["a"], (await votes).Missing);
    }

    [Fact]
    public async Task A_converter_that_fails_is_told_to_whoever_awaits_and_not_to_the_loop()
    {
        var space = new FakeNamespace(new JsonPayloadCodec().Add(new FailingCodec()));
        var socket = new FakeSocket(space);
        var votes = space.EmitWithAckAsync<Version>("vote");
        space.Collector!.Begin(1);
        var a = space.Collector.Expect("a");
        space.Collector.PartDone();
        a.Answer(FakeSocket.Reader(socket, "", "1"));
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => votes);

        var single = socket.EmitWithAckAsync<Version>("vote");
        socket.Awaited!.Answer(FakeSocket.Reader(socket, "", "1"));
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => single);
    }

    [Fact]
    public async Task A_broadcast_to_nobody_is_complete_at_once()
    {
        var votes = _space.EmitWithAckAsync<bool>("vote");
        _space.Collector!.Begin(0);
        Assert.True((await votes).IsComplete);
    }

    private static EventReader Answer(string arguments) => FakeSocket.Reader(new FakeSocket(), "", arguments);

    private static List<string> Names(RoomList list)
    {
        var names = new List<string>();
        for (var i = 0; i < list.Count; i++)
        {
            names.Add(list[i]);
        }

        return names;
    }

    private sealed class FailingCodec : ValueCodec<Version>
    {
        public override void Write(EventWriter writer, Version value) => throw new TimeZoneNotFoundException();

        public override bool TryRead(ref EventReader reader, out Version? value) => throw new TimeZoneNotFoundException();
    }
}
