using Sockeye.Server.Sockets;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

public class AwaitedBroadcastTests : ServerTest
{
    private static readonly string Text = new('x', 3000);

    [Theory, InlineData(1), InlineData(2), InlineData(4)]
    public void It_waits_for_the_slowest_member_and_then_reaches_all(int loops)
    {
        var app = StartSmall(loops);
        var clients = Members(app, loops, 4);
        var slow = clients[^1];
        Fill(app, slow);
        var sent = app.Server.To("r").EmitAsync("e", Text);
        app.RunUntilIdle();
        Assert.False(sent.IsCompleted);
        Assert.All(clients, client => Assert.Equal(0, client.Pending));

        slow.ResumeReading();
        Assert.Equal(EmitResult.Accepted, app.Await(sent));
        app.RunUntilIdle();
        Assert.All(clients, client => Assert.Equal(Text, client.Next<string>("e")));
    }

    [Fact]
    public void With_room_everywhere_it_is_done_within_the_call_on_the_loop_of_all_members()
    {
        var app = StartSmall(loops: 1);
        var clients = Members(app, 1, 2);
        OnLoop(app, () => Assert.True(app.Server.EmitAsync("e", 1).IsCompletedSuccessfully));
        Assert.All(clients, client => Assert.Equal(1, client.Next<int>("e")));
    }

    [Theory, InlineData(1), InlineData(2)]
    public void A_flood_of_them_arrives_in_order_and_no_outbox_holds_more_than_its_high_mark_and_one_message(int loops)
    {
        var app = StartSmall(loops, maxBytes: 1 << 20);
        var clients = Members(app, loops, 4);
        clients[0].PauseReading();
        clients[1].PauseReading();
        var sent = Enumerable.Range(0, 20).Select(i => app.Server.To("r").EmitAsync("e", $"{i:D2}{Text}")).ToArray();
        app.RunUntilIdle();
        Assert.Contains(sent, task => task.IsCompleted);
        Assert.Contains(sent, task => !task.IsCompleted);
        Assert.All(clients, client => Assert.InRange(client.Socket!.OutboxBytes, 0, 4096 + 3100));

        clients[0].ResumeReading();
        app.RunUntilIdle();
        Assert.Contains(sent, task => !task.IsCompleted);
        clients[1].ResumeReading();
        Assert.True(app.RunUntil(() => sent.All(task => task.IsCompleted)));
        app.RunUntilIdle();
        Assert.All(clients, client => Assert.Equal(Enumerable.Range(0, 20), client.Events.Select(e => int.Parse(e.Get<string>()!.AsSpan(0, 2), System.Globalization.CultureInfo.InvariantCulture))));
        Assert.All(clients, client => Assert.InRange(client.Socket!.Connection.OutboxPeakBytes, 1, 4096 + 3100));
    }

    [Fact]
    public void Its_result_is_the_worst_of_all_members_on_all_loops()
    {
        var app = StartSmall(loops: 2);
        var here = app.Connect();
        var there = app.Connect(loop: 1);
        there.PauseReading();
        Task<EmitResult>? sent = null;
        OnLoop(app, () => sent = app.Server.To(here.Id!, there.Id!).EmitAsync("e", new string('x', 5000)));
        Assert.Equal(EmitResult.AboveHighWatermark, app.Await(sent!));
        Assert.Equal(EmitResult.Accepted, app.Await(app.Server.To(here.Id!).EmitAsync("e", 1)));
    }

    [Theory, InlineData(1), InlineData(2)]
    public void A_member_that_goes_is_not_waited_for(int loops)
    {
        var app = StartSmall(loops);
        var clients = Members(app, loops, 2);
        Fill(app, clients[1]);
        var sent = app.Server.EmitAsync("e", 1);
        app.RunUntilIdle();
        Assert.False(sent.IsCompleted);
        clients[1].Reset();
        Assert.Equal(EmitResult.Accepted, app.Await(sent));
        Assert.Equal(1, clients[0].Next<int>("e"));
    }

    [Fact]
    public void A_target_without_members_is_accepted_at_once()
    {
        var app = StartSmall(loops: 2);
        Assert.Equal(EmitResult.Accepted, app.Await(app.Server.To("nobody").EmitAsync("e")));
        Assert.Equal(EmitResult.Accepted, app.Await(app.Server.To([]).EmitAsync("e")));
        Assert.Equal(EmitResult.Accepted, app.Await(app.Server.Of("/x-{id}").EmitAsync("e")));
    }

    [Fact]
    public void It_goes_to_those_who_are_members_when_it_is_sent()
    {
        var app = StartSmall(loops: 2);
        var clients = Members(app, 2, 2);
        Fill(app, clients[0]);
        var sent = app.Server.To("r").EmitAsync("e", 7);
        app.RunUntilIdle();
        clients[1].Socket!.Leave("r");
        var newcomer = app.Connect();
        newcomer.Socket!.Join("r");
        clients[0].ResumeReading();
        Assert.Equal(EmitResult.Accepted, app.Await(sent));
        app.RunUntilIdle();
        Assert.Equal(0, clients[1].Pending);
        Assert.Equal(7, newcomer.Next<int>("e"));
    }

    [Fact]
    public void A_caller_who_gives_up_sends_nothing_and_holds_nobody_up()
    {
        using var gaveUp = new CancellationTokenSource();
        var app = StartSmall(loops: 2);
        var clients = Members(app, 2, 2);
        Fill(app, clients[0]);
        var first = app.Server.To("r").EmitAsync("e", 1, gaveUp.Token);
        var second = app.Server.To("r").EmitAsync("e", 2, gaveUp.Token);
        var third = app.Server.To("r").EmitAsync("e", 3);
        app.RunUntilIdle();
        gaveUp.Cancel();
        Assert.True(first.IsCanceled && second.IsCanceled);
        Assert.True(app.Server.EmitAsync("e", gaveUp.Token).IsCanceled);
        clients[0].ResumeReading();
        Assert.Equal(EmitResult.Accepted, app.Await(third));
        app.RunUntilIdle();
        Assert.All(clients, client => Assert.Equal([3], client.Events.Where(e => e.Name == "e").Select(e => e.Get<int>())));
    }

    [Fact]
    public void Other_rooms_are_not_held_up()
    {
        var app = StartSmall(loops: 1);
        var slow = Members(app, 1, 1)[0];
        var other = app.Connect();
        other.Socket!.Join("other");
        Fill(app, slow);
        var waiting = app.Server.To("r").EmitAsync("e", 1);
        Assert.Equal(EmitResult.Accepted, app.Await(app.Server.To("other").EmitAsync("e", 2)));
        Assert.Equal(2, other.Next<int>("e"));
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public void As_many_as_the_limit_says_wait_for_one_target_and_a_further_one_is_dropped()
    {
        var app = StartSmall(loops: 1, limit: 4);
        var slow = Members(app, 1, 1)[0];
        Fill(app, slow);
        var waiting = Enumerable.Range(0, 4).Select(i => app.Server.To("r").EmitAsync("e", i)).ToArray();
        Assert.Equal(EmitResult.Dropped, app.Await(app.Server.To("r").EmitAsync("e", 4)));
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        slow.ResumeReading();
        Assert.True(app.RunUntil(() => waiting.All(task => task.IsCompleted)));
        Assert.Equal(EmitResult.Accepted, app.Await(app.Server.To("r").EmitAsync("e", 5)));
    }

    [Fact]
    public void As_many_as_the_limit_says_wait_for_one_socket_and_a_further_one_is_dropped()
    {
        using var gaveUp = new CancellationTokenSource();
        var app = StartSmall(loops: 1, limit: 4);
        var slow = Members(app, 1, 1)[0];
        Fill(app, slow);
        var waiting = Enumerable.Range(0, 3).Select(i => slow.Socket!.EmitAsync("e", i)).ToList();
        var given = slow.Socket!.EmitAsync("e", 3, gaveUp.Token);
        Assert.Equal(EmitResult.Dropped, app.Await(slow.Socket.EmitAsync("e", 4)));
        gaveUp.Cancel();
        Assert.True(given.IsCanceled);
        waiting.Add(slow.Socket.EmitAsync("e", 5));
        slow.ResumeReading();
        Assert.True(app.RunUntil(() => waiting.All(task => task.IsCompleted)));
        app.RunUntilIdle();
        Assert.Equal([0, 1, 2, 5], slow.Events.Where(e => e.Name == "e").Select(e => e.Get<int>()));
    }

    [Fact]
    public void What_is_given_up_behind_one_that_waits_is_not_kept()
    {
        var queue = new SpaceQueue(maxEmits: 10, maxBytes: 1000);
        var first = new Waiter { IsOver = false };
        queue.Add(first);
        var givenUp = Enumerable.Range(0, 10_000).Select(_ => new Waiter { IsOver = true }).ToArray();
        foreach (var waiter in givenUp)
        {
            queue.Add(waiter);
        }

        queue.Abandon();
        Assert.True(first.IsGone);
        Assert.InRange(givenUp.Count(waiter => waiter.IsGone), 0, 64);
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public void The_bytes_of_what_waits_for_one_target_are_limited_as_those_of_an_outbox()
    {
        var app = StartSmall(loops: 1);
        var slow = Members(app, 1, 1)[0];
        Fill(app, slow);
        var waiting = Enumerable.Range(0, 5).Select(_ => app.Server.To("r").EmitAsync("e", Text)).ToArray();
        var single = Enumerable.Range(0, 5).Select(_ => slow.Socket!.EmitAsync("e", Text)).ToArray();
        app.RunUntilIdle();
        Assert.All(waiting.Concat(single), task => Assert.False(task.IsCompleted));
        Assert.Equal(EmitResult.Dropped, app.Await(app.Server.To("r").EmitAsync("e", Text)));
        Assert.Equal(EmitResult.Dropped, app.Await(slow.Socket!.EmitAsync("e", Text)));
    }

    [Fact]
    public void Thousands_that_wait_leave_one_after_the_other_without_deepening_the_stack()
    {
        var app = Start(server => { }, builder =>
        {
            builder.Options.Limits.AwaitedEmits = 1 << 20;
            builder.Options.Outbox.HighWatermarkBytes = 1 << 20;
        });
        var client = app.Connect();
        client.PauseReading();
        client.Socket!.Emit("fill", new string('x', 2 << 20));
        var waiting = Enumerable.Range(0, 20_000).Select(i => app.Server.EmitAsync("e", i)).ToArray();
        client.ResumeReading();
        Assert.True(app.RunUntil(() => waiting.All(task => task.IsCompleted)));
        app.RunUntilIdle();
        Assert.Equal(Enumerable.Range(0, 20_000), client.Events.Where(e => e.Name == "e").Select(e => e.Get<int>()));
    }

    [Fact]
    public async Task What_waits_when_the_server_ends_is_over()
    {
        var app = StartSmall(loops: 2);
        var clients = Members(app, 2, 2);
        Fill(app, clients[0]);
        var waiting = Enumerable.Range(0, 3).Select(i => app.Server.To("r").EmitAsync("e", i)).ToArray();
        app.RunUntilIdle();
        Assert.All(waiting, task => Assert.False(task.IsCompleted));
        await app.DisposeAsync();
        Assert.All(waiting, task => Assert.True(task.IsCompletedSuccessfully));
    }

    [Fact]
    public void It_is_dropped_when_the_queue_of_one_loop_is_full()
    {
        var app = StartSmall(loops: 2);
        var clients = Members(app, 2, 2);
        var other = app.Connect(loop: 1).Socket!.WhenFull(OutboxPolicy.DropNewest);
        var sent = app.Server.To("r").EmitAsync("e", 1);
        app.Transport.ManualLoops[1].RunUntilIdle();        // its member was looked at; that of the other loop was not
        foreach (var length in (int[])[1_000_000, 10_000, 100, 0])
        {
            var text = new string('x', length);
            while (other.Emit("e", text) != EmitResult.Dropped)
            {
            }
        }

        Assert.Equal(EmitResult.Dropped, app.Await(sent));
        Assert.Equal(1, clients[0].Next<int>("e"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Any_number_of_bytes_goes_through_a_lane_that_is_never_empty(bool isBroadcast)
    {
        const int Count = 30;
        var app = StartSmall(loops: 1, maxBytes: 16_384);
        var client = Members(app, 1, 1)[0];
        client.Cut();
        client.Peer.WindowBytes = 1000;
        List<Task<EmitResult>> sent = [];
        for (var completed = 0; completed < Count; completed = sent.Count(static task => task.IsCompleted))
        {
            while (sent.Count < completed + 4)
            {
                var text = new string('x', 2000);
                sent.Add(isBroadcast ? app.Server.To("r").EmitAsync("e", text) : client.Socket!.EmitAsync("e", text));
                app.RunUntilIdle();
            }

            Assert.False(sent[^1].IsCompleted);
            client.Peer.Receive();
            app.RunUntilIdle();
        }

        Assert.DoesNotContain(sent, static task => task.IsCompleted && task.Result == EmitResult.Dropped);
        client.Reset();
    }

    private sealed class Waiter : ISpaceWaiter
    {
        public bool IsOver { get; init; }

        public bool IsGone { get; private set; }

        public void OnSpace() => Assert.Fail("There is no room.");

        public void OnGone() => IsGone = true;
    }

    private SockeyeTestServer StartSmall(int loops, int limit = 1024, int maxBytes = 16384) => Start(server => { }, builder =>
    {
        builder.Options.Outbox.LowWatermarkBytes = 1024;
        builder.Options.Outbox.HighWatermarkBytes = 4096;
        builder.Options.Outbox.MaxBytes = maxBytes;
        builder.Options.Limits.AwaitedEmits = limit;
    }, loops);

    /// <summary>Clients in room "r", spread over the loops.</summary>
    private static SockeyeTestClient[] Members(SockeyeTestServer app, int loops, int count)
    {
        var clients = Enumerable.Range(0, count).Select(i => app.Connect(loop: i % loops)).ToArray();
        foreach (var client in clients)
        {
            client.Socket!.Join("r");
        }

        app.RunUntilIdle();
        return clients;
    }

    /// <summary>The client stops reading, and its outbox is above the high mark.</summary>
    private static void Fill(SockeyeTestServer app, SockeyeTestClient client)
    {
        client.PauseReading();
        client.Socket!.Emit("fill", new string('x', 5000));
        app.RunUntilIdle();
        Assert.False(client.Socket.IsWritable);
    }
}
