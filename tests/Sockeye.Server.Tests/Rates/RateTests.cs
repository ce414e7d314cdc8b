using System.Globalization;
using System.Text;
using Sockeye.Shared;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Rates;

/// <summary>What clients may send in a second: for a socket, a user and a name, on both sides of each limit, wherever handlers run.</summary>
public class RateTests : ServerTest
{
    private int _handled;

    [Theory]
    [InlineData(SocketLifeTests.Where.EventLoop)]
    [InlineData(SocketLifeTests.Where.Pool)]
    [InlineData(SocketLifeTests.Where.GameLoop)]
    public void A_socket_may_send_its_burst_at_once_and_then_as_many_as_come_back(SocketLifeTests.Where where)
    {
        var app = StartWith(rates => (rates.EventsPerSecond, rates.EventBurst) = (10, 20), where);
        var client = app.Connect();
        Send(client, 21);
        Settle(app, 20);
        Assert.Equal(1, Refused(client, "Too many events in too little time."));
        app.Advance(TimeSpan.FromMilliseconds(100) - TimeSpan.FromTicks(1));
        Send(client, 1);
        Settle(app, 20);
        Assert.Equal(1, Refused(client, "Too many events in too little time."));
        app.Advance(TimeSpan.FromTicks(1));
        Send(client, 2);
        Settle(app, 21);
        Assert.Equal(1, Refused(client, "Too many events in too little time."));
        app.Advance(TimeSpan.FromHours(1));
        Send(client, 21);
        Settle(app, 41);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void The_bytes_of_name_arguments_and_attachments_count()
    {
        var app = StartWith(rates => (rates.BytesPerSecond, rates.ByteBurst) = (1000, 1000));
        var client = app.Connect();

        // A name of one byte, and an argument of 499 with its quotes.
        client.Emit("x", new string('a', 497));
        client.Emit("x", new string('a', 498));
        app.RunUntilIdle();
        Assert.Equal(1, _handled);
        Assert.Equal(1, Refused(client, "Too many bytes in too little time."));
        client.Emit("x", new string('a', 497));
        app.RunUntilIdle();
        Assert.Equal(2, _handled);

        app.Advance(TimeSpan.FromSeconds(1));
        var attachment = new byte[999 - "{\"_placeholder\":true,\"num\":0}".Length];
        client.Emit("x", attachment);
        app.RunUntilIdle();
        Assert.Equal(3, _handled);
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(1, Refused(client, "Too many bytes in too little time."));
        app.Advance(TimeSpan.FromMilliseconds(1));
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(4, _handled);
    }

    [Fact]
    public void Over_polling_the_events_of_a_body_count_as_over_WebSocket()
    {
        var app = StartWith(rates => (rates.EventsPerSecond, rates.EventBurst) = (1, 5));
        var target = "/socket.io/?EIO=4&transport=polling";
        target += "&sid=" + Exchange(app, "GET", target, null).Split("\"sid\":\"")[1].Split('"')[0];
        Exchange(app, "POST", target, "40");
        Exchange(app, "GET", target, null);
        Exchange(app, "POST", target, string.Join('\u001e', Enumerable.Repeat("42[\"x\"]", 7)));
        Assert.Equal(5, _handled);
        var told = Exchange(app, "GET", target, null);
        Assert.Equal(2, told.Split("42[\"sockeye:refused\",{\"event\":\"x\",").Length - 1);
    }

    [Fact]
    public void A_refused_event_is_told_as_an_event_and_in_its_acknowledgement()
    {
        var app = StartWith(rates => (rates.EventsPerSecond, rates.EventBurst) = (1, 1));
        var client = app.Connect();
        Send(client, 1);
        var asked = client.Ask("x", "again");
        app.RunUntilIdle();
        Assert.Equal("{\"event\":\"x\",\"reason\":\"Too many events in too little time.\",\"code\":\"rate_limited\"}", client.Next("sockeye:refused").Json);
        Assert.Equal("{\"refused\":\"Too many events in too little time.\",\"code\":\"rate_limited\"}", client.AnswerTo(asked)!.Json);
        Assert.Equal(1, _handled);
    }

    [Fact]
    public void An_event_with_a_rate_of_its_own_has_it_beside_that_of_all()
    {
        var app = StartWith(
            rates =>
            {
                rates.Events = ["chat:a=b=2/3", "7=1", "é=1/1"];
                rates.EventsPerSecond = 100;
            },
            more: server =>
            {
                server.On("chat:a=b", () => { _handled++; });
                server.On(7, () => { _handled++; });
                server.On("é", () => { _handled++; });
            });
        var client = app.Connect();
        for (var i = 0; i < 4; i++)
        {
            client.Emit("chat:a=b");
            client.Emit(7);
            client.Emit("é");
        }

        client.SendRaw("2[\"\\u00e9\"]");
        Send(client, 5);
        app.RunUntilIdle();
        Assert.Equal(3 + 2 + 1 + 5, _handled);
        Assert.Equal(1 + 2 + 3 + 1, Refused(client, "Too many of these events in too little time."));
        app.Advance(TimeSpan.FromMilliseconds(500));
        client.Emit("chat:a=b");
        client.Emit("chat:a=b");
        app.RunUntilIdle();
        Assert.Equal(12, _handled);
    }

    [Fact]
    public void The_sockets_of_a_user_share_its_rates_on_all_loops_and_others_have_their_own()
    {
        var app = StartWith(rates => (rates.UserEventsPerSecond, rates.UserEventBurst) = (1, 4), loops: 2);
        var (one, two, other, nobody) = (app.Connect(query: "user=a", loop: 0), app.Connect(query: "user=a", loop: 1), app.Connect(query: "user=b", loop: 1), app.Connect());
        Send(one, 3);
        Send(two, 3);
        Send(other, 4);
        Send(nobody, 10);
        app.RunUntilIdle();
        Assert.Equal(4 + 4 + 10, _handled);
        Assert.Equal(2, Refused(one, "Too many events of this user in too little time.") + Refused(two, "Too many events of this user in too little time."));
        Assert.Equal(0, Refused(other, "Too many events of this user in too little time."));

        // A new connection finds the buckets of its user, and a new identity those of the new one.
        one.Close();
        app.RunUntilIdle();
        var again = app.Connect(query: "user=a");
        Send(again, 1);
        app.RunUntilIdle();
        Assert.Equal(18, _handled);
        again.Socket!.Identity = new SocketIdentity("c");
        Send(again, 5);
        app.RunUntilIdle();
        Assert.Equal(22, _handled);
        app.Advance(TimeSpan.FromSeconds(1));
        Send(two, 2);
        app.RunUntilIdle();
        Assert.Equal(23, _handled);
    }

    [Fact]
    public void The_bytes_of_a_user_count_together_and_what_a_user_is_refused_its_socket_has_not_spent()
    {
        var app = StartWith(rates => (rates.UserBytesPerSecond, rates.UserByteBurst, rates.EventsPerSecond, rates.EventBurst) = (100, 100, 1, 2));
        var (one, two) = (app.Connect(query: "user=a"), app.Connect(query: "user=a"));
        one.Emit("x", new string('a', 97));
        two.Emit("x", new string('a', 97));
        app.RunUntilIdle();
        Assert.Equal(1, _handled);
        Assert.Equal(1, Refused(two, "Too many bytes of this user in too little time."));
        app.Advance(TimeSpan.FromMilliseconds(10));
        two.Emit("x");
        app.RunUntilIdle();
        app.Advance(TimeSpan.FromMilliseconds(10));
        two.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(3, _handled);
    }

    [Fact]
    public void A_rate_class_has_its_own_rates_and_an_unknown_one_those_of_all()
    {
        var app = StartWith(rates =>
        {
            (rates.EventsPerSecond, rates.EventBurst) = (1, 2);
            rates.Classes = ["gold EventsPerSecond=1 EventBurst=5", "free EventsPerSecond=Unlimited"];
        });
        foreach (var (query, passed) in new[] { ("user=a&class=gold", 5), ("user=b&class=free", 50), ("user=c&class=silver", 2), ("user=d", 2), ("x=y", 2) })
        {
            _handled = 0;
            Send(app.Connect(query: query), 50);
            app.RunUntilIdle();
            Assert.Equal(passed, _handled);
        }
    }

    [Fact]
    public void A_client_that_leaves_a_namespace_and_joins_again_finds_no_full_bucket()
    {
        var app = StartWith(rates => (rates.EventsPerSecond, rates.EventBurst) = (1, 3));
        var client = app.Connect();
        Send(client, 2);
        client.Disconnect();
        client.Rejoin();
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        Send(client, 3);
        app.RunUntilIdle();
        Assert.Equal(3, _handled);
    }

    [Fact]
    public void As_many_refused_events_as_the_limit_says_in_a_minute_are_told_and_with_one_more_the_socket_goes()
    {
        List<string> gone = [];
        var app = StartWith(
            rates => (rates.EventsPerSecond, rates.EventBurst, rates.RefusedPerMinute) = (1, 1, 6),
            more: server => server.OnDisconnect((_, why) => gone.Add($"{why.Reason.Text()}: {why.Reason}")));
        var (client, other) = (app.Connect(), app.Connect());
        Send(client, 7);
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        Assert.Equal(6, Refused(client, "Too many events in too little time."));

        // Ten seconds bring one back, and a token of the event with it.
        app.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Send(client, 1);
        app.RunUntilIdle();
        app.Advance(TimeSpan.FromTicks(1));
        Send(client, 1);
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        Send(client, 1);
        app.RunUntilIdle();
        Assert.False(client.IsConnected);
        Assert.True(client.WasToldToLeave);
        Assert.True(client.IsClosed);
        Assert.Equal(["rate limited: RateLimited"], gone);
        Assert.True(other.IsConnected);
    }

    [Fact]
    public void A_client_that_floods_and_does_not_read_is_told_no_more_than_its_high_watermark()
    {
        var app = StartWith(rates => (rates.EventsPerSecond, rates.EventBurst) = (1, 1));
        var client = app.Connect();
        client.PauseReading();
        for (var i = 0; i < 20; i++)
        {
            Send(client, 1000);
            app.RunUntilIdle();
        }

        Assert.True(client.IsConnected);
        Assert.InRange(client.Socket!.OutboxBytes, 1, app.Context.Outbox.HighWatermarkBytes + 1024);
        client.ResumeReading();
        app.RunUntilIdle();
    }

    [Fact]
    public void What_is_refused_waits_nowhere()
    {
        var release = new TaskCompletionSource();
        var app = StartWith(rates => (rates.EventsPerSecond, rates.EventBurst) = (1, 3), more: server => server.On("wait", () => release.Task));
        var client = app.Connect();
        client.Emit("wait");
        Send(client, 1000);
        app.RunUntilIdle();
        Assert.Equal(998, Refused(client, "Too many events in too little time."));
        release.SetResult();
        Assert.True(app.RunUntil(() => _handled == 2));
        Assert.Equal(998, app.Context.Metrics.Total.Received - 3);
    }

    [Fact]
    public async Task Refused_events_are_measured_by_limit_and_logged_at_a_bounded_rate()
    {
        using var log = new AwaitedLog();
        var counts = new Dictionary<string, long>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        SockeyeTestServer? app = null;
        listener.InstrumentPublished = static (instrument, own) =>
        {
            if (instrument.Name == "sockeye.events.limited")
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (app!.Context.Metrics.Owns(instrument))
            {
                var limit = (string)tags[0].Value!;
                counts[limit] = counts.GetValueOrDefault(limit) + value;
            }
        });
        listener.Start();
        app = StartWith(rates => (rates.EventsPerSecond, rates.EventBurst) = (1, 1), build: builder => builder.LoggerFactory = log);
        Send(app.Connect(), 101);
        app.RunUntilIdle();
        Assert.Equal(new Dictionary<string, long> { ["socket_events"] = 100 }, counts);
        Assert.Contains("(socket_events)", await log.Line("was refused in /"), StringComparison.Ordinal);
        app.Advance(TimeSpan.FromSeconds(1));
        Send(app.Connect(), 2);
        app.RunUntilIdle();
        await log.Line("Lines like the next one that were left out: 95");
    }

    [Fact]
    public void Without_rates_nothing_is_kept_and_any_number_passes()
    {
        var app = StartWith(static _ => { });
        Assert.Null(app.Context.Rates);
        Send(app.Connect(), 5000);
        app.RunUntilIdle();
        Assert.Equal(5000, _handled);
    }

    [Fact]
    public void The_hardened_preset_has_rates_and_a_short_time_to_join_and_what_is_set_wins()
    {
        var app = StartWith(static _ => { }, build: builder => builder.Options.Preset = ServerPreset.Hardened);
        Assert.Equal(TimeSpan.FromSeconds(10), app.Context.ConnectTimeout);
        Send(app.Connect(), 1000);
        app.RunUntilIdle();
        Assert.Equal(200, _handled);

        var options = new SockeyeServerOptions { Preset = ServerPreset.Hardened, ConnectTimeout = TimeSpan.FromSeconds(45) };
        Assert.Equal(TimeSpan.FromSeconds(45), options.ConnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(45), new SockeyeServerOptions().ConnectTimeout);
        (options.Rates.EventsPerSecond, options.Rates.BytesPerSecond) = (5, LimitOptions.Unlimited);
        var rates = Server.Common.RateTable.Of(options)!.OfClass(null);
        Assert.Equal(new Server.Common.Rate(5, 10), rates.Events);
        Assert.False(rates.Bytes.IsOn);
        Assert.Equal(new Server.Common.Rate(400, 800), rates.UserEvents);
        Assert.Equal(new Server.Common.Rate(4_000_000, 4_000_000), rates.UserBytes);
    }

    [Theory]
    [InlineData("Rates:EventsPerSecond is 0;")]
    [InlineData("Rates:ByteBurst is 1073741825;")]
    [InlineData("Rates:UserBytesPerSecond is 1000000001;")]
    [InlineData("Rates:Events: 'chat' is not ")]
    [InlineData("Rates:Events: 'chat=0' is not ")]
    [InlineData("Rates:Events: 'chat=1/2/3' is not ")]
    [InlineData("Rates:Events: '=5' is not ")]
    [InlineData("Rates:Events: 'twice' stands there twice.")]
    [InlineData("Rates:Classes: 'gold' is not ")]
    [InlineData("Rates:Classes: 'gold Events=5' is not ")]
    [InlineData("Rates:Classes: 'gold EventsPerSecond=-5' is not ")]
    [InlineData("Rates:Classes: 'gold EventBurst=Unlimited' is not ")]
    public void A_rate_that_is_none_is_told_with_its_key(string fault)
    {
        var options = new SockeyeServerOptions();
        (options.Rates.EventsPerSecond, options.Rates.ByteBurst, options.Rates.UserBytesPerSecond) = (0, (1 << 30) + 1, 1_000_000_001);
        options.Rates.Events = ["chat", "chat=0", "chat=1/2/3", "=5", "twice=5", "twice=6/7"];
        options.Rates.Classes = ["gold", "gold Events=5", "gold EventsPerSecond=-5", "gold EventBurst=Unlimited", "fine EventsPerSecond=5 EventBurst=9"];
        Assert.Contains(options.Validate(), known => known.StartsWith(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void Names_and_classes_with_rates_are_at_most_256(int entries, bool isValid)
    {
        var options = new SockeyeServerOptions();
        options.Rates.Events = [.. Enumerable.Range(0, entries).Select(static i => string.Create(CultureInfo.InvariantCulture, $"event{i}=1"))];
        options.Rates.Classes = [.. Enumerable.Range(0, entries).Select(static i => string.Create(CultureInfo.InvariantCulture, $"class{i} EventBurst=1"))];
        Assert.Equal(isValid ? 0 : 2, options.Validate().Count);
    }

    private static void Send(SockeyeTestClient client, int events)
    {
        for (var i = 0; i < events; i++)
        {
            client.Emit("x");
        }
    }

    /// <summary>So many have been handled, and no more.</summary>
    private void Settle(SockeyeTestServer app, int handled)
    {
        Assert.True(app.RunUntil(() => Volatile.Read(ref _handled) == handled));
        app.RunUntilIdle();
        Assert.Equal(handled, Volatile.Read(ref _handled));
    }

    /// <summary>Refusals that the client has heard of since it was last asked.</summary>
    private static int Refused(SockeyeTestClient client, string reason)
    {
        var count = client.Events.Count(e => e.Name == "sockeye:refused" && e.Json.Contains(reason, StringComparison.Ordinal) && e.Json.Contains("\"rate_limited\"", StringComparison.Ordinal));
        Assert.Equal(client.Pending, count);
        client.Clear();
        return count;
    }

    private static string Exchange(SockeyeTestServer app, string method, string target, string? body)
    {
        var peer = app.Transport.Connect();
        peer.Send(Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: test\r\n{(body is null ? "" : $"Content-Length: {body.Length}\r\n")}\r\n{body}"));
        app.RunUntilIdle();
        return Encoding.ASCII.GetString(peer.Receive());
    }

    private SockeyeTestServer StartWith(
        Action<RateOptions> rates,
        SocketLifeTests.Where where = SocketLifeTests.Where.EventLoop,
        Action<SockeyeServer>? more = null,
        Action<SockeyeBuilder>? build = null,
        int loops = 1) => Start(
            server =>
            {
                SocketLifeTests.Put(server, where);
                server.Use(socket =>
                {
                    if (socket.Handshake.Query("user") is { } user)
                    {
                        socket.Identity = new SocketIdentity(user) { RateClass = socket.Handshake.Query("class") };
                    }

                    return ConnectResult.Accept;
                });
                server.On("x", () => { Interlocked.Increment(ref _handled); });
                more?.Invoke(server);
            },
            builder =>
            {
                rates(builder.Options.Rates);
                build?.Invoke(builder);
            },
            loops);
}
