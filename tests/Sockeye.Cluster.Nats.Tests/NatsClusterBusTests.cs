using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using static Sockeye.Cluster.Nats.Tests.NatsTest;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>What the bus over NATS has beside what every bus has.</summary>
public sealed partial class NatsClusterBusTests(SharedNats nats)
{
    private readonly string _root = "bus." + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task A_receiver_that_blocks_holds_up_neither_other_subscriptions_nor_publishers_and_its_drops_are_counted()
    {
        await using var bus = await ConnectAsync(nats.Server.Url, static options => options.PendingMessages = 10);
        await using var publisher = await ConnectAsync(nats.Server.Url);
        using var hold = new Hold();
        var isInside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var got = 0;
        var blocked = await bus.SubscribeAsync($"{_root}.a", (in BusMessage _) =>
        {
            isInside.TrySetResult();
            hold.Wait();
            Interlocked.Increment(ref got);
        });
        var other = await Heard.OpenAsync(bus, $"{_root}.b");
        publisher.Say($"{_root}.a", "first");
        await Within(isInside.Task);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(EmitResult.Accepted, publisher.Say($"{_root}.a", "x"));
            Assert.Equal(EmitResult.Accepted, publisher.Say($"{_root}.b", $"{i}"));
            Assert.Equal($"{i}", await other.NextAsync());
        }

        Assert.Equal(90, bus.Numbers.Of(NatsDrop.Behind));
        Assert.Equal(BusState.Open, bus.State);
        hold.Dispose();
        var last = await Heard.OpenAsync(bus, $"{_root}.c");
        publisher.Say($"{_root}.c", "x");
        await last.NextAsync();
        await blocked.DisposeAsync();
        Assert.InRange(got, 1, 11);
    }

    [Fact]
    public async Task A_receiver_of_data_that_blocks_nevertheless_keeps_its_connection_from_reading_for_a_moment_alone_and_nothing_is_lost_or_out_of_order()
    {
        await using var bus = await ConnectAsync(nats.Server.Url);
        await using var publisher = await ConnectAsync(nats.Server.Url);
        var (data, other) = (BusSubject.Data + _root, await Heard.OpenAsync(bus, $"{_root}.b"));
        List<string> got = [];
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hold = new SemaphoreSlim(0);
        var isInside = new SemaphoreSlim(0);
        await bus.SubscribeAsync(data, (in BusMessage message) =>
        {
            got.Add(Encoding.UTF8.GetString(message.Payload));
            if (got.Count % 10 == 1)
            {
                isInside.Release();
                hold.Wait();
            }

            if (got.Count == 40)
            {
                all.SetResult();
            }
        });
        for (var i = 0; i < 40; i++)
        {
            publisher.Say(data, $"{i}");
            if (i % 10 == 0)
            {
                // The thread that is stuck has lost the connection each time, to another one.
                await Within(isInside.WaitAsync());
            }

            publisher.Say($"{_root}.b", $"{i}");
            Assert.Equal($"{i}", await other.NextAsync());
            if (i % 10 == 9)
            {
                hold.Release();
            }
        }

        await Within(all.Task);
        Assert.Equal(Enumerable.Range(0, 40).Select(static i => $"{i}"), got);
        Assert.Equal(BusState.Open, bus.State);
    }

    [Fact]
    public async Task Bytes_that_wait_for_a_receiver_are_bounded_too()
    {
        await using var bus = await ConnectAsync(nats.Server.Url, static options => options.PendingBytes = 1024);
        using var hold = new Hold();
        var isInside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await bus.SubscribeAsync($"{_root}.a", (in BusMessage _) =>
        {
            isInside.TrySetResult();
            hold.Wait();
        });
        var witness = await Heard.OpenAsync(bus, $"{_root}.b");
        bus.Say($"{_root}.a", "first");
        await Within(isInside.Task);
        for (var i = 0; i < 3; i++)
        {
            bus.Say($"{_root}.a", new string('x', 600));
        }

        // What comes behind on the same connection has been read behind.
        bus.Say($"{_root}.b", "last");
        await witness.NextAsync();
        Assert.Equal(2, bus.Numbers.Of(NatsDrop.Behind));
    }

    [Fact]
    public async Task What_a_node_that_stood_still_finds_is_taken_all_at_once()
    {
        // As many bytes as 500 connections between two servers have on their way.
        const int Messages = 500;
        await using var bus = await ConnectAsync(nats.Server.Url);
        await using var publisher = await ConnectAsync(nats.Server.Url, static options => options.OutageBytes = 1 << 30);
        using var hold = new Hold();
        var got = 0;
        await bus.SubscribeAsync($"{_root}.a", (in BusMessage _) =>
        {
            hold.Wait();
            Interlocked.Increment(ref got);
        });
        var witness = await Heard.OpenAsync(bus, $"{_root}.b");
        var bytes = new byte[64 << 10];
        for (var i = 0; i < Messages; i++)
        {
            Assert.Equal(EmitResult.Accepted, publisher.Publish($"{_root}.a", bytes, []));
        }

        publisher.Say($"{_root}.b", "behind");
        await witness.NextAsync();
        Assert.Equal(0, bus.Numbers.Of(NatsDrop.Behind));
        hold.Dispose();
        var last = await Heard.OpenAsync(bus, $"{_root}.c");
        publisher.Say($"{_root}.c", "x");
        await last.NextAsync();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref got) == Messages, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task What_is_published_before_the_end_arrives()
    {
        await using var stays = await ConnectAsync(nats.Server.Url);
        var heard = await Heard.OpenAsync(stays, $"{_root}.bye");
        var leaves = await ConnectAsync(nats.Server.Url);
        for (var i = 0; i < 1000; i++)
        {
            leaves.Say($"{_root}.bye", $"{i}");
        }

        await leaves.DisposeAsync();
        Assert.Equal(Enumerable.Range(0, 1000).Select(static i => $"{i}"), await heard.NextAsync(1000));
    }

    [Fact]
    public async Task A_burst_that_fills_the_client_s_buffers_keeps_its_order_and_its_control_messages_come_too()
    {
        await using var one = await ConnectAsync(nats.Server.Url);
        await using var two = await ConnectAsync(nats.Server.Url);
        var (heard, control) = (await Heard.OpenAsync(two, $"{_root}.a"), await Heard.OpenAsync(two, BusSubject.Control + _root));
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(EmitResult.Accepted, one.Say($"{_root}.a", $"{i} {new string('x', 2000)}"));
            Assert.Equal(EmitResult.Accepted, one.Say(BusSubject.Control + _root, $"{i}"));
        }

        Assert.Equal(Enumerable.Range(0, 300).Select(static i => $"{i}"), (await heard.NextAsync(300)).Select(static text => text.Split(' ')[0]));
        Assert.Equal(Enumerable.Range(0, 300).Select(static i => $"{i}"), await control.NextAsync(300));
    }

    [Fact]
    public async Task Clusters_of_two_names_do_not_hear_each_other()
    {
        await using var one = await ConnectAsync(nats.Server.Url, static options => options.Name = "one");
        await using var two = await ConnectAsync(nats.Server.Url, static options => options.Name = "two");
        var (foreign, own) = (await Heard.OpenAsync(two, ">"), await Heard.OpenAsync(one, $"{_root}.>"));
        one.Say($"{_root}.a", "of one");
        Assert.Equal("of one", await own.NextAsync());
        two.Say($"{_root}.a", "of two");
        Assert.Equal("of two", await foreign.NextAsync());
    }

    [Fact]
    public async Task The_longest_message_is_what_the_server_says()
    {
        await using var server = await NatsServer.StartAsync("max_payload: 4096");
        await using var bus = await ConnectAsync(server.Url);
        Assert.Equal(4096, bus.MaxMessageBytes);
        Assert.Equal(EmitResult.Dropped, bus.Publish("a", new byte[4097]));
        Assert.Equal(1, bus.Numbers.Of(NatsDrop.TooLong));
        Assert.Equal(BusState.Open, bus.State);
    }

    [Fact]
    public async Task A_client_that_is_no_node_asks_and_is_answered()
    {
        await using var bus = await ConnectAsync(nats.Server.Url);
        await bus.SubscribeAsync($"{_root}.double", (in BusMessage message) =>
        {
            Assert.StartsWith("_out.", message.ReplyTo, StringComparison.Ordinal);
            bus.Reply(message, "answer"u8);
        });
        using var client = await RawClient.ConnectAsync(nats.Server.Port);
        await client.SendAsync($"SUB elsewhere.{_root} 1\r\nPUB sockeye.bus.1._default.{_root}.double elsewhere.{_root} 1\r\nx\r\n");
        Assert.StartsWith($"MSG elsewhere.{_root} 1", await client.LineAsync("MSG"), StringComparison.Ordinal);
        Assert.Equal("answer", await client.LineAsync("answer"));
    }

    [Fact]
    public async Task A_client_that_is_no_node_answers_and_is_heard()
    {
        await using var bus = await ConnectAsync(nats.Server.Url);
        using var client = await RawClient.ConnectAsync(nats.Server.Port);
        await client.SendAsync($"SUB sockeye.bus.1._default.{_root}.ask 1\r\nPING\r\n");
        await client.LineAsync("PONG");
        await using var requester = await BusRequester.CreateAsync(bus, $"{_root}.inbox");
        var asking = requester.RequestAsync($"{_root}.ask", "?"u8, TimeSpan.FromHours(1)).AsTask();
        var replyTo = (await client.LineAsync("MSG")).Split(' ')[3];
        await client.SendAsync($"PUB {replyTo} 2\r\nit\r\n");
        var reply = await Within(asking);
        Assert.Equal(BusReplyStatus.Answered, reply.Status);
        Assert.Equal("it"u8, reply.Payload.Span);
    }

    [Fact]
    public async Task The_widest_subscription_sees_nothing_that_connections_say_to_themselves_and_no_responders_are_told_all_the_same()
    {
        await using var bus = await ConnectAsync(nats.Server.Url, static options => options.Name = "wide");
        var heard = await Heard.OpenAsync(bus, "b.>");
        await using var wide = (await Heard.OpenAsync(bus, "*.*")).Subscription;
        var all = await Heard.OpenAsync(bus, BusSubject.Control + "wide.>");
        await using var requester = await BusRequester.CreateAsync(bus, BusSubject.Control + "wide.inbox");
        Assert.Equal(BusReplyStatus.NoResponders, (await Within(requester.RequestAsync("nobody.is.here", "x"u8, TimeSpan.FromHours(1)).AsTask())).Status);
        bus.Say("b.c", "first");
        bus.Say(BusSubject.Control + "wide.c", "first");
        Assert.Equal("first", await heard.NextAsync());
        Assert.Equal("first", await all.NextAsync());
    }

    [Fact]
    public async Task CVE_2026_33247_the_monitoring_port_of_the_server_shows_no_secret_and_nothing_that_was_said()
    {
        var ports = Directory.CreateTempSubdirectory("sockeye-ports-");
        try
        {
            await using var server = await NatsServer.StartAsync($$"""
                http_port: -1
                ports_file_dir: "{{ports.FullName}}"
                authorization { users = [ { user: node, password: "canary-password" } ] }
                """);
            await using var bus = await ConnectAsync(server.Url, static options => (options.User, options.Password) = ("node", "canary-password"));
            var heard = await Heard.OpenAsync(bus, "a");
            bus.Say("a", "canary-text");
            Assert.Equal("canary-text", await heard.NextAsync());
            using var file = JsonDocument.Parse(await File.ReadAllTextAsync(Assert.Single(ports.GetFiles("*.ports")).FullName));
            var monitor = file.RootElement.GetProperty("monitoring")[0].GetString();
            using var http = new HttpClient();
            foreach (var path in (string[])["varz", "connz?auth=1&subs=detail", "subsz?subs=1", "routez"])
            {
                var shown = await http.GetStringAsync(new Uri($"{monitor}/{path}"));
                Assert.StartsWith("{", shown, StringComparison.Ordinal);
                Assert.DoesNotContain("canary", shown, StringComparison.Ordinal);
            }
        }
        finally
        {
            ports.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_subject_that_is_denied_while_it_runs_is_counted()
    {
        await using var server = await NatsServer.StartAsync("""authorization { users = [ { user: node, password: secret, permissions: { publish: { deny: "sockeye.bus.1._default.secret" } } } ] }""");
        using var log = new AwaitedLog();
        await using var bus = await ConnectAsync(server.Url, options => (options.User, options.Password, options.LoggerFactory) = ("node", "secret", log));
        bus.Say("secret", "x");
        Assert.Contains("sockeye.bus.1._default.secret", await Within(log.Line("Permissions Violation")), StringComparison.Ordinal);
        Assert.Equal(BusState.Open, bus.State);
    }

    /// <summary>Who subscribes hears of a denial by what the client of NATS logs: a version that logs it otherwise is found here.</summary>
    [Fact]
    public async Task What_the_client_of_NATS_logs_of_a_denied_subject_is_what_its_event_says_later()
    {
        await using var server = await NatsServer.StartAsync("""authorization { users = [ { user: node, password: secret, permissions: { subscribe: { deny: "hidden" } } } ] }""");
        var (logged, told) = (new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
        using var failures = new LastFailure { Denied = logged.SetResult };
        await using var connection = NatsConnections.Make(Options(server.Url, static options => (options.User, options.Password) = ("node", "secret")), "test", failures, sockets: null);
        connection.ServerError += (_, e) =>
        {
            told.SetResult(e.Error);
            return ValueTask.CompletedTask;
        };
        await Within(connection.ConnectAsync().AsTask());
        await using var subscription = await connection.SubscribeCoreAsync<string>("hidden");
        Assert.Equal("Permissions Violation for Subscription to \"hidden\"", await Within(told.Task), ignoreCase: true);
        Assert.Equal(await told.Task, await Within(logged.Task));
    }

    [Fact]
    public async Task A_subject_that_may_not_be_listened_to_is_told_to_who_subscribes_and_to_the_application()
    {
        await using var server = await NatsServer.StartAsync("""authorization { users = [ { user: node, password: secret, permissions: { subscribe: { deny: ["sockeye.bus.1._default.secret", "sockeye.data.1._default.r.>"] } } } ] }""");
        Action<NatsBusOptions> allowed = static options => (options.User, options.Password) = ("node", "secret");
        await using var bus = await ConnectAsync(server.Url, allowed);
        for (var i = 0; i < 50; i++)
        {
            var denied = await Assert.ThrowsAsync<BusException>(() => Within(bus.SubscribeAsync("secret", static (in BusMessage _) => { }).AsTask()));
            Assert.Contains("\"sockeye.bus.1._default.secret\"", denied.Message, StringComparison.Ordinal);
        }

        var heard = await Heard.OpenAsync(bus, "open");
        bus.Say("open", "x");
        Assert.Equal("x", await heard.NextAsync());
        Assert.Null(heard.Subscription.Denied);

        await using var sockeye = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.UseNats(server.Url, allowed));
        var joined = new TaskCompletionSource<Task<bool>>(TaskCreationOptions.RunContinuationsAsynchronously);
        sockeye.OnConnection(socket => joined.TrySetResult(socket.JoinAsync("lobby")));
        await sockeye.StartAsync();
        Assert.Equal(0, sockeye.Cluster!.Unheard);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{sockeye.Endpoints[0]}") };
        var sid = (await http.GetStringAsync(new Uri("/socket.io/?EIO=4&transport=polling", UriKind.Relative))).Split("sid\":\"")[1].Split('"')[0];
        using var connect = new StringContent("40");
        await http.PostAsync(new Uri($"/socket.io/?EIO=4&transport=polling&sid={sid}", UriKind.Relative), connect);
        await Assert.ThrowsAsync<BusException>(async () => await Within(await Within(joined.Task)));
        Assert.Equal(1, sockeye.Cluster.Unheard);
    }

    [Fact]
    public async Task What_is_measured_is_what_the_page_says()
    {
        HashSet<string> found = [];
        await using var bus = await ConnectAsync(nats.Server.Url);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Name.StartsWith("sockeye.bus.", StringComparison.Ordinal))
            {
                // Those of tests that run beside this one come too, on their threads.
                lock (found)
                {
                    found.Add(instrument.Name);
                }
            }
        };
        listener.Start();
        listener.Dispose();
        var page = await File.ReadAllTextAsync(Path.Combine(WorkingCopy.Root, "docs", "metrics.md"));
        Assert.Equal(Metric().Matches(page).Select(static match => match.Groups[1].Value).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_goes_out_and_comes_in_is_counted()
    {
        await using var bus = await ConnectAsync(nats.Server.Url);
        var (heard, control) = (await Heard.OpenAsync(bus, $"{_root}.a"), await Heard.OpenAsync(bus, BusSubject.Control + _root));
        bus.Say($"{_root}.a", "1");
        bus.Say($"{_root}.a", "2");
        bus.Say(BusSubject.Control + _root, "3");
        await heard.NextAsync(2);
        await control.NextAsync();
        Assert.Equal((2, 2), (bus.Messages.Published, bus.Messages.Delivered));
        Assert.Equal((1, 1), (bus.Control.Published, bus.Control.Delivered));
    }

    [GeneratedRegex(@"^\| `(sockeye\.bus\.[\w.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Metric();

    /// <summary>Holds receivers until it is disposed, whatever becomes of the test.</summary>
    private sealed class Hold : IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public void Wait() => _released.Wait();

        public void Dispose() => _released.Set();
    }
}
