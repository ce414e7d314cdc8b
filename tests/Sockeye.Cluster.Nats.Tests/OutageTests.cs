using static Sockeye.Cluster.Nats.Tests.NatsTest;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>NATS goes away, in all ways in which a network lets it, and comes back.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task What_is_published_while_the_server_is_away_waits_and_arrives_in_order_behind_renewed_subscriptions()
    {
        await using var server = await NatsServer.StartAsync();
        await using var bus = await ConnectAsync(server.Url);
        var (states, heard) = (new States(bus), await Heard.OpenAsync(bus, "a.*"));
        await server.KillAsync();
        await states.BothLostAsync();
        Assert.Equal(BusState.Disconnected, bus.State);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(EmitResult.Accepted, bus.Say("a.b", $"{i}"));
        }

        Assert.True(bus.Numbers.Of(NatsDrop.Full) == 0 && bus.DroppedMessages == 0);
        await server.StartAgainAsync();
        await states.UntilAsync(BusState.Open);
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"{i}"), await heard.NextAsync(100));
        Assert.Equal(EmitResult.Accepted, bus.Say("a.c", "after"));
        Assert.Equal("after", await heard.NextAsync());
        Assert.Equal(0, bus.DroppedMessages);
    }

    [Fact]
    public async Task Two_nodes_hear_each_other_again()
    {
        await using var server = await NatsServer.StartAsync();
        await using var one = await ConnectAsync(server.Url);
        await using var two = await ConnectAsync(server.Url);
        var heard = await Heard.OpenAsync(two, BusSubject.Control + "a");
        States[] both = [new(one), new(two)];
        await server.KillAsync();
        await Task.WhenAll(both.Select(static states => states.UntilAsync(BusState.Disconnected)));
        await server.StartAgainAsync();
        await Task.WhenAll(both.Select(static states => states.UntilAsync(BusState.Open)));
        one.Say(BusSubject.Control + "a", "again");
        Assert.Equal("again", await heard.NextAsync());
    }

    [Fact]
    public async Task What_finds_no_room_while_the_server_is_away_is_dropped_and_counted_and_the_rest_arrives()
    {
        await using var server = await NatsServer.StartAsync();
        await using var bus = await ConnectAsync(server.Url, static options => options.OutageBytes = 2000);
        var (states, heard) = (new States(bus), await Heard.OpenAsync(bus, "a"));
        await server.KillAsync();
        await states.BothLostAsync();
        var taken = 0;
        while (bus.Say("a", $"{taken}") == EmitResult.Accepted)
        {
            taken++;
        }

        Assert.InRange(taken, 1, 100);
        Assert.Equal(1, bus.Numbers.Of(NatsDrop.Full));

        // Control has room of its own.
        Assert.Equal(EmitResult.Accepted, bus.Say(BusSubject.Control + "a", "x"));
        await server.StartAgainAsync();
        await states.UntilAsync(BusState.Open);
        bus.Say("a", "after");
        Assert.Equal(Enumerable.Range(0, taken).Select(static i => $"{i}").Append("after"), await heard.NextAsync(taken + 1));
    }

    [Fact]
    public async Task What_has_waited_for_too_long_is_dropped_and_counted()
    {
        var time = new SkewedTime();
        await using var server = await NatsServer.StartAsync();
        await using var bus = await ConnectAsync(server.Url, options => (options.Time, options.OutageTime) = (time, TimeSpan.FromHours(1)));
        var (states, heard) = (new States(bus), await Heard.OpenAsync(bus, "a"));
        await server.KillAsync();
        await states.BothLostAsync();
        Assert.Equal([EmitResult.Accepted, EmitResult.Accepted, EmitResult.Accepted], [bus.Say("a", "1"), bus.Say("a", "2"), bus.Say("a", "3")]);
        time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(EmitResult.Accepted, bus.Say("a", "4"));
        Assert.Equal(3, bus.Numbers.Of(NatsDrop.Age));
        await server.StartAgainAsync();
        await states.UntilAsync(BusState.Open);
        Assert.Equal("4", await heard.NextAsync());
        Assert.Equal(3, bus.DroppedMessages);
    }

    [Fact]
    public async Task What_is_said_of_a_connection_that_is_there_again_is_its_own_and_what_was_too_old_counts_as_dropped()
    {
        var time = new SkewedTime();
        await using var server = await NatsServer.StartAsync();
        await using var bus = await ConnectAsync(server.Url, options => (options.Time, options.OutageTime) = (time, TimeSpan.FromHours(1)));
        var states = new States(bus);
        await server.KillAsync();
        await states.BothLostAsync();
        Assert.Equal([EmitResult.Accepted, EmitResult.Accepted], [bus.Say("a", "1"), bus.Say("a", "2")]);
        time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(EmitResult.Accepted, bus.Say(BusSubject.Control + "a", "x"));
        await server.StartAgainAsync();
        await states.UntilAsync(BusState.Open);
        Assert.True(Logs.TryGetValue(bus, out var log));
        Assert.EndsWith(": messages that had waited: 0, dropped: 2", await Within(log.Line("for messages: messages that had waited")), StringComparison.Ordinal);
        Assert.EndsWith(": messages that had waited: 1, dropped: 0", await Within(log.Line("for control: messages that had waited")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_dropped_while_the_server_is_away_is_one_line_and_after_ten_seconds_another_that_says_how_many_were_left_out()
    {
        var time = new StillTime();
        await using var server = await NatsServer.StartAsync();
        await using var bus = await ConnectAsync(server.Url, options => (options.Time, options.OutageBytes) = (time, 0));
        var states = new States(bus);
        await server.KillAsync();
        await states.BothLostAsync();
        Assert.True(Logs.TryGetValue(bus, out var log));
        Drop(50);
        time.Seconds = 9;
        Drop(50);
        Assert.EndsWith("wait for NATS already", Assert.Single(Lines()), StringComparison.Ordinal);
        time.Seconds = 10;
        Drop(50);
        Assert.EndsWith("(lines before that were left out: 99)", Lines()[^1], StringComparison.Ordinal);
        Assert.Equal(2, Lines().Length);
        Assert.Equal(150, bus.DroppedMessages);

        // Another reason is not hidden behind it.
        bus.Say("a", new string('x', bus.MaxMessageBytes + 1));
        Assert.EndsWith($"it is longer than the {bus.MaxMessageBytes} bytes that NATS takes (max_payload)", Lines()[^1], StringComparison.Ordinal);

        void Drop(int count) => Assert.All(Enumerable.Range(0, count), _ => Assert.Equal(EmitResult.Dropped, bus.Say("a", "x")));

        string[] Lines() => [.. log.Lines.Where(static line => line.StartsWith("A message to \"a\" was dropped", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task A_connection_that_is_half_open_is_found_and_made_anew()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using var bus = await ConnectAsync($"nats://127.0.0.1:{proxy.Port}", static options => options.ProbeInterval = TimeSpan.FromSeconds(1));
        var (states, heard) = (new States(bus), await Heard.OpenAsync(bus, "a"));
        proxy.Hold();
        await states.BothLostAsync();
        Assert.Equal(EmitResult.Accepted, bus.Say("a", "waits"));
        proxy.LetNewThrough();
        await states.UntilAsync(BusState.Open);
        Assert.Equal("waits", await heard.NextAsync());
    }

    [Fact]
    public async Task A_connection_that_takes_no_more_bytes_is_found_although_everything_is_full()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using var bus = await ConnectAsync($"nats://127.0.0.1:{proxy.Port}", static options => (options.ProbeInterval, options.OutageBytes) = (TimeSpan.FromSeconds(1), 64 * 1024));
        var states = new States(bus);
        proxy.Hold();
        var large = new string('x', 256 * 1024);
        var isDropped = false;
        for (var i = 0; i < 1000 && !isDropped; i++)
        {
            isDropped = bus.Say("b", large) == EmitResult.Dropped;
        }

        // The kernel's buffers, the client's and ours hold no more.
        Assert.True(isDropped);
        await states.BothLostAsync();
        proxy.LetNewThrough();
        await states.UntilAsync(BusState.Open);
        var heard = await Heard.OpenAsync(bus, "a");
        bus.Say("a", "after");
        Assert.Equal("after", await heard.NextAsync());
    }

    [Fact]
    public async Task A_connection_that_is_reset_comes_back_when_it_can()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using var bus = await ConnectAsync($"nats://127.0.0.1:{proxy.Port}");
        var (states, heard) = (new States(bus), await Heard.OpenAsync(bus, "a"));
        proxy.Cut(refuseNew: true);
        await states.BothLostAsync();
        bus.Say("a", "waits");
        proxy.Cut(refuseNew: false);
        await states.UntilAsync(BusState.Open);
        Assert.Equal("waits", await heard.NextAsync());
    }

    [Fact]
    public async Task A_subscription_that_has_been_made_on_a_slow_way_holds()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using var slow = await ConnectAsync($"nats://127.0.0.1:{proxy.Port}");
        await using var fast = await ConnectAsync(server.Url);
        proxy.Delay = TimeSpan.FromMilliseconds(50);
        for (var i = 0; i < 5; i++)
        {
            var heard = await Heard.OpenAsync(slow, $"a.{i}");
            fast.Say($"a.{i}", "at once");
            Assert.Equal("at once", await heard.NextAsync());
        }
    }

    [Fact]
    public async Task Of_two_servers_that_are_one_cluster_one_may_die()
    {
        await using var left = await NatsServer.StartAsync("cluster { name: c, listen: \"127.0.0.1:-1\" }");
        await using var right = await NatsServer.StartAsync($"cluster {{ name: c, listen: \"127.0.0.1:-1\", routes: [ \"nats://127.0.0.1:{left.ClusterPort}\" ] }}");
        await using var mover = await ConnectAsync(left.Url);
        await using var stayer = await ConnectAsync(right.Url);
        var heard = await Heard.OpenAsync(mover, "a");
        var states = new States(mover);

        await heard.SayUntilHeardAsync(stayer, "a", "over");

        // It was told of the other server by the first alone.
        await left.KillAsync();
        await states.UntilAsync(BusState.Disconnected);
        await states.UntilAsync(BusState.Open);
        stayer.Say("a", "moved");
        string text;
        while ((text = await heard.NextAsync()) == "over")
        {
        }

        Assert.Equal("moved", text);
    }

    [Fact]
    public async Task Who_subscribes_while_the_server_is_away_waits_gives_up_by_a_token_and_is_told_of_the_end()
    {
        await using var server = await NatsServer.StartAsync();
        var bus = await ConnectAsync(server.Url);
        var states = new States(bus);
        await server.KillAsync();
        await states.BothLostAsync();
        using var patience = new CancellationTokenSource();
        var given = bus.SubscribeAsync("a", static (in BusMessage _) => { }, null, patience.Token).AsTask();
        var left = bus.SubscribeAsync("a", static (in BusMessage _) => { }).AsTask();
        Assert.False(given.IsCompleted || left.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within(given));
        await Within(bus.DisposeAsync().AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Within(left));
    }

    [Fact]
    public async Task A_subscription_that_is_asked_for_while_the_server_is_away_holds_when_it_is_back()
    {
        await using var server = await NatsServer.StartAsync();
        await using var bus = await ConnectAsync(server.Url);
        var states = new States(bus);
        await server.KillAsync();
        await states.BothLostAsync();
        var opening = Heard.OpenAsync(bus, "a");
        Assert.False(opening.IsCompleted);
        await server.StartAgainAsync();
        var heard = await opening;
        bus.Say("a", "x");
        Assert.Equal("x", await heard.NextAsync());
    }
}
