using Sockeye.Abstractions.Sockets;
using Sockeye.Server.Sockets;
using Xunit;

namespace Sockeye.Server.Tests;

public class AckTests : ServerTest
{
    [Fact]
    public void A_client_gets_the_value_of_the_handler_as_acknowledgement()
    {
        var app = Start(server =>
        {
            server.OnWithAck("add", (int a, int b) => a + b);
            server.OnWithAck("later", async (string text) =>
            {
                await Task.Yield();
                return text.ToUpperInvariant();
            });
            server.OnWithAck("empty", () => { });
            server.On("legacy", (EventContext e, byte[] bytes) => e.Ack("ok", bytes));
            server.OnRaw("raw", e => e.AckRaw());
        });
        var client = app.Connect();
        Assert.Equal(5, client.Call<int>("add", 2, 3));
        Assert.Equal("TEXT", client.Call<string>("later", "text"));
        Assert.Equal("", client.CallRaw("empty").Json);
        var legacy = client.CallRaw("legacy", new byte[] { 1, 2 });
        Assert.Equal("ok", legacy.Get<string>());
        Assert.Equal([1, 2], legacy.Get<byte[]>(1)!);
        Assert.Equal("1,\"a\",{\"b\":null}", client.CallRaw("raw", 1, "a", new { b = (string?)null }).Json);
    }

    [Fact]
    public void An_acknowledgement_that_is_asked_for_late_in_a_long_turn_has_its_whole_time()
    {
        var app = Start(server => { });
        var client = app.Connect();
        Task<AckResult<string>> asked = null!;
        OnLoop(app, () =>
        {
            app.Transport.HoldUp(TimeSpan.FromMilliseconds(30));        // the handler computes
            asked = client.Socket!.Timeout(TimeSpan.FromMilliseconds(100)).TryEmitWithAckAsync<string>("q", null);
        });
        app.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(asked.IsCompleted);
        app.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(AckStatus.TimedOut, app.Await(asked).Status);
    }

    [Fact]
    public void Only_the_first_answer_of_an_event_is_sent()
    {
        var results = new List<bool>();
        var app = Start(server => server.On("x", (EventContext e) =>
        {
            results.Add(e.Ack(1));
            results.Add(e.Ack(2));
        }));
        Assert.Equal(1, app.Connect().Call<int>("x"));
        Assert.Equal([true, false], results);
    }

    [Fact]
    public void An_acknowledgement_of_a_client_comes_back_with_its_value()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var text = client.Socket!.EmitWithAckAsync<string>("q", 1);
        var bytes = client.Socket.EmitWithAckAsync<byte[]>("r", 2);
        var second = client.Next("q");
        client.Next("r").Answer(new byte[] { 5 });
        second.Answer("yes");
        Assert.Equal([5], app.Await(bytes));
        Assert.Equal("yes", app.Await(text));
        Assert.Equal(0, ((ServerSocket)client.Socket).Acks!.Count);
    }

    [Fact]
    public void An_unanswered_acknowledgement_times_out_after_10_seconds_and_not_before()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var answer = client.Socket!.EmitWithAckAsync<string>("q");
        var quick = client.Socket.Timeout(TimeSpan.FromSeconds(1)).TryEmitWithAckAsync<string>("q", null);
        app.Advance(TimeSpan.FromSeconds(0.999));
        Assert.False(quick.IsCompleted);
        app.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(AckStatus.TimedOut, app.Await(quick).Status);
        app.Advance(TimeSpan.FromSeconds(8.999));
        Assert.False(answer.IsCompleted);
        app.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(AckStatus.TimedOut, Assert.Throws<AckException>(() => app.Await(answer)).Status);
        Assert.Equal(0, ((ServerSocket)client.Socket).Acks!.Count);
        client.Next("q").Answer("too late");
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("leave")]
    [InlineData("kick")]
    public void A_client_that_goes_fails_its_acknowledgements_at_once(string how)
    {
        var app = Start(server => { });
        var client = app.Connect();
        var answer = client.Socket!.TryEmitWithAckAsync<string>("q", null);
        app.RunUntilIdle();
        Assert.False(answer.IsCompleted);
        switch (how)
        {
            case "reset": client.Reset(); break;
            case "leave": client.Disconnect(); break;
            default: client.Socket.Disconnect(); break;
        }

        Assert.Equal(AckStatus.Disconnected, app.Await(answer).Status);
        Assert.Equal(AckStatus.Disconnected, app.Await(client.Socket.TryEmitWithAckAsync<string>("q", null)).Status);
    }

    [Fact]
    public void A_socket_owes_at_most_1000_acknowledgements()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var open = Enumerable.Range(0, 1000).Select(i => client.Socket!.TryEmitWithAckAsync<int>("q", i)).ToArray();
        app.RunUntilIdle();
        Assert.DoesNotContain(open, task => task.IsCompleted);
        Assert.Equal(AckStatus.Dropped, app.Await(client.Socket!.TryEmitWithAckAsync<int>("q", -1)).Status);
        client.Next("q").Answer(7);
        Assert.Equal(7, app.Await(open[0]).Value);
        var again = client.Socket.TryEmitWithAckAsync<int>("q", 1000);
        app.RunUntilIdle();
        Assert.False(again.IsCompleted);
    }

    [Theory]
    [InlineData("399[1]")]
    [InlineData("30[1]")]
    [InlineData("3[1]")]
    public void An_acknowledgement_that_nobody_waits_for_is_ignored(string packet)
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.SendRaw(packet);
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void A_caller_who_gives_up_leaves_nothing_behind()
    {
        using var gaveUp = new CancellationTokenSource();
        var app = Start(server => { });
        var client = app.Connect();
        var answer = client.Socket!.EmitWithAckAsync<string>("q", gaveUp.Token);
        app.RunUntilIdle();
        Assert.Equal(1, ((ServerSocket)client.Socket).Acks!.Count);
        gaveUp.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => app.Await(answer));
        app.RunUntilIdle();
        Assert.Equal(0, ((ServerSocket)client.Socket).Acks!.Count);
    }

    [Fact]
    public void A_caller_whose_token_has_fired_before_leaves_the_acknowledgements_of_others_alone()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var first = client.Socket!.EmitWithAckAsync<string>("q");
        Assert.True(client.Socket.EmitWithAckAsync<string>("r", new CancellationToken(true)).IsCanceled);
        app.RunUntilIdle();
        client.Next("q").Answer("yes");
        Assert.Equal("yes", app.Await(first));
    }

    [Fact]
    public void An_emit_that_comes_when_its_loop_has_ended_is_given_back_and_whoever_awaits_the_answer_is_told()
    {
        var app = Start(server => { });
        var socket = (ServerSocket)app.Connect().Socket!;
        Assert.True(app.Transport.StopAsync().IsCompletedSuccessfully);
        var callback = new RecordingCallback();
        socket.SocketNamespace.EmitInOrder(socket, Sockeye.Transport.Frame.Rent(), default, new PendingAck(socket, 1, TimeSpan.FromSeconds(1), callback));
        Assert.Equal(AckStatus.Disconnected, callback.Failure);
    }

    [Fact]
    public void What_was_answered_or_given_up_waits_for_no_moment_any_more()
    {
        var app = Start(server => { });
        var socket = (ServerSocket)app.Connect().Socket!;
        _ = socket.TryEmitWithAckAsync<int>("q");
        app.RunUntilIdle();
        var answered = new RecordingCallback { AckId = 1000 };
        var givenUp = new RecordingCallback { AckId = 1001 };
        OnLoop(app, () =>
        {
            Assert.True(socket.Acks!.TryAdd(new PendingAck(socket, answered.AckId, TimeSpan.FromSeconds(1), answered)));
            Assert.True(socket.Acks.TryAdd(new PendingAck(socket, givenUp.AckId, TimeSpan.FromSeconds(1), givenUp)));
            Assert.Same(answered, socket.Acks.Remove(answered.AckId)!.Callback);
            socket.Acks.Forget(givenUp);
        });
        app.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(answered.Failure);
        Assert.Null(givenUp.Failure);
    }

    [Fact]
    public void An_answer_of_the_wrong_type_is_malformed()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var answer = client.Socket!.TryEmitWithAckAsync<int>("q", null);
        client.Next("q").Answer("text");
        Assert.Equal(AckStatus.Malformed, app.Await(answer).Status);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_broadcast_collects_the_answers_of_all_members(int loops)
    {
        var app = Start(server => server.OnConnection(socket => socket.Join("council")), loops: loops);
        var clients = Enumerable.Range(0, 8).Select(i => app.Connect(loop: i % loops)).ToArray();
        app.Received = (client, e) => e.Answer(Array.IndexOf(clients, client));
        var votes = app.Await(app.Server.To("council").EmitWithAckAsync<int>("vote", "war?"));
        Assert.True(votes.IsComplete);
        Assert.Empty(votes.Missing);
        Assert.Equal(Enumerable.Range(0, 8), votes.Answers.Select(answer => answer.Value).Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_broadcast_ends_when_the_last_missing_member_has_left(int loops)
    {
        var app = Start(server => { }, loops: loops);
        var clients = Enumerable.Range(0, 4).Select(i => app.Connect(loop: i % loops)).ToArray();
        var votes = app.Server.EmitWithAckAsync<bool>("vote");
        app.RunUntilIdle();
        clients[0].Next("vote").Answer(true);
        clients[1].Next("vote").Answer(false);
        clients[2].Disconnect();
        app.RunUntilIdle();
        Assert.False(votes.IsCompleted);
        clients[3].Reset();
        var result = app.Await(votes);
        Assert.False(result.IsComplete);
        Assert.Equal(2, result.Answers.Count);
        Assert.Equal(new[] { clients[2].Id!, clients[3].Id! }.Order(), result.Missing.Order());
    }

    [Fact]
    public void A_broadcast_ends_with_its_timeout_and_tells_who_is_missing()
    {
        var app = Start(server => { }, loops: 2);
        var ann = app.Connect();
        var bob = app.Connect(loop: 1);
        var votes = app.Server.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<bool>("vote");
        ann.Next("vote").Answer(true);
        app.Advance(TimeSpan.FromSeconds(4.999));
        Assert.False(votes.IsCompleted);
        app.Advance(TimeSpan.FromSeconds(0.001));
        var result = app.Await(votes);
        Assert.False(result.IsComplete);
        Assert.Equal([bob.Id!], result.Missing);
        Assert.Equal(ann.Id, Assert.Single(result.Answers).SocketId);
    }

    [Fact]
    public void A_broadcast_to_nobody_is_complete_at_once()
    {
        var app = Start(server => { });
        Assert.True(app.Await(app.Server.EmitWithAckAsync<int>("vote")).IsComplete);
        app.Connect();
        Assert.True(app.Await(app.Server.To("empty").EmitWithAckAsync<int>("vote")).IsComplete);
        Assert.True(app.Await(app.Server.To([]).EmitWithAckAsync<int>("vote")).IsComplete);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Ids_of_acknowledgements_are_32_bit_integers_for_whoever_parses_them(int loops)
    {
        var app = Start(server => { }, loops: loops);
        var clients = Enumerable.Range(0, 4).Select(i => app.Connect(loop: i % loops)).ToArray();
        var all = app.Server.EmitWithAckAsync<int>("all");
        var own = clients[0].Socket!.EmitWithAckAsync<int>("own");
        app.RunUntilIdle();
        var ids = clients.Select(client => client.Next("all").AckId).Append(clients[0].Next("own").AckId).ToArray();
        Assert.All(ids, id => Assert.InRange(id, 0, int.MaxValue));
        Assert.Equal(2, ids.Distinct().Count());
        Assert.False(all.IsCompleted || own.IsCompleted);
    }

    [Fact]
    public void Ids_of_sockets_and_of_broadcasts_never_meet_and_begin_again_below_2_to_the_31st()
    {
        foreach (var used in (int[])[0, AckIds.Count - 2, int.MaxValue - 1, -2])
        {
            var socket = AckIds.OfSocket(used);
            var broadcasts = AckIds.OfBroadcasts(used);
            for (var i = 0; i < 4; i++)
            {
                Assert.InRange(socket.Next(), 0, AckIds.Count - 1);
                Assert.InRange(broadcasts.Next(), AckIds.Count, int.MaxValue);
            }
        }

        var ids = AckIds.OfSocket(AckIds.Count - 1);
        Assert.Equal([AckIds.Count - 1, 0, 1], new[] { ids.Next(), ids.Next(), ids.Next() });
    }

    [Fact]
    public void An_id_that_a_client_still_owes_is_not_given_again()
    {
        var app = Start(server => { });
        var socket = (ServerSocket)app.Connect().Socket!;
        var first = new RecordingCallback { AckId = 0 };
        var second = new RecordingCallback { AckId = 0 };
        OnLoop(app, () =>
        {
            socket.SendForAckNow(Question(), default, first, 0);
            socket.SendForAckNow(Question(), default, second, 0);
            socket.ForgetAckCore(second);
        });
        Assert.Equal(AckStatus.Dropped, second.Failure);
        Assert.Null(first.Failure);
        Assert.Equal(1, socket.Acks!.Count);

        static Sockeye.Transport.Frame Question()
        {
            var writer = Encoded.Event("q");
            var frame = PacketFrames.Event("/"u8, writer, 0);
            writer.Return();
            return frame;
        }
    }

    [Fact]
    public void Acknowledgements_of_one_socket_and_of_broadcasts_do_not_mix()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var own = client.Socket!.EmitWithAckAsync<string>("own");
        var all = app.Server.EmitWithAckAsync<string>("all");
        app.RunUntilIdle();
        client.Next("all").Answer("b");
        client.Next("own").Answer("a");
        Assert.Equal("a", app.Await(own));
        Assert.Equal("b", Assert.Single(app.Await(all).Answers).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_emit_for_which_the_outbox_has_no_room_is_not_waited_for(bool onLoop)
    {
        var app = Start(
            server => server.Of("/").OutboxPolicy = OutboxPolicy.DropNewest,
            builder => builder.Options.Outbox.HighWatermarkBytes = builder.Options.Outbox.LowWatermarkBytes = builder.Options.Outbox.MaxBytes = 4096);
        var client = app.Connect();
        client.PauseReading();
        client.Socket!.Emit("fill", new string('x', 10_000));
        app.RunUntilIdle();
        Task<AckResult<int>>? sent = null;
        if (onLoop)
        {
            OnLoop(app, () => sent = client.Socket!.TryEmitWithAckAsync<int>("q"));
        }
        else
        {
            sent = client.Socket!.TryEmitWithAckAsync<int>("q");
        }

        Assert.Equal(AckStatus.Dropped, app.Await(sent!).Status);
    }

    private sealed class RecordingCallback : AckCallback
    {
        public AckStatus? Failure { get; private set; }

        public override void Answer(EventReader answer) => Failure = AckStatus.Answered;

        public override void Fail(AckStatus status) => Failure = status;
    }
}
