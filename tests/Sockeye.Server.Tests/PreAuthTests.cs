using System.Text;
using Microsoft.Extensions.Logging;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>What a connection may send in one piece before it has joined a namespace.</summary>
public sealed class PreAuthTests : HostileTest
{
    private const int Limit = 64 << 10;

    // A CONNECT to a namespace that nobody has, of exactly that many characters: harmless, and answered.
    private static string Knock(int length) => "40/" + new string('n', 32) + ",{\"a\":\"" + new string('x', length - 44) + "\"}";

    [Theory]
    [InlineData(Limit, null)]
    [InlineData(Limit + 1, 1009)]
    public void A_stranger_may_send_64_KiB_in_one_WebSocket_message(int length, int? code)
    {
        var app = StartHostile(build: builder => builder.Options.Limits.AuthPayloadBytes = 1 << 20);
        var client = app.Connect(joins: false);
        client.SendRaw(Knock(length)[1..]);
        app.RunUntilIdle();
        Assert.Equal(code, client.CloseCode);
        AssertCounted(code is not null);
        AssertServes(app);
    }

    [Theory]
    [InlineData(Limit, 200)]
    [InlineData(Limit + 1, 413)]
    public void A_stranger_may_send_64_KiB_in_one_body(int length, int status)
    {
        var app = StartHostile(build: builder => builder.Options.Limits.AuthPayloadBytes = 1 << 20);
        var target = OpenPolling(app);
        Assert.Equal(status, Status(Exchange(app, "POST", target, Knock(length))));
        AssertCounted(status == 413);
        AssertServes(app);
    }

    [Theory]
    [InlineData(Limit, null)]
    [InlineData(Limit + 1, 1009)]
    public void A_stranger_that_upgrades_may_send_64_KiB_in_one_message(int length, int? code)
    {
        var app = StartHostile(build: builder => builder.Options.Limits.AuthPayloadBytes = 1 << 20);
        var wire = Upgrade(app, OpenPolling(app));
        wire.Send(Encoding.ASCII.GetBytes(Knock(length)), isBinary: false);
        app.RunUntilIdle();
        Pump(wire);
        Assert.Equal(code, (int?)wire.CloseCode);
        AssertCounted(code is not null);
        AssertServes(app);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stranger_that_joins_nothing_is_closed_and_warned_of_unless_it_was_refused(bool isRefused)
    {
        var app = StartHostile();
        var client = app.Connect(joins: false);
        if (isRefused)
        {
            client.SendRaw("0/none,");
            app.RunUntilIdle();
        }

        app.Advance(TimeSpan.FromSeconds(46));
        Assert.True(client.IsClosed);
        Assert.Equal(isRefused ? 0 : 1, Log.Lines.Count(static line => line.Level >= LogLevel.Warning && line.Text.Contains("no namespace was joined within ConnectTimeout", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_first_namespace_lifts_it_over_WebSocket()
    {
        var app = StartHostile(server => server.OnWithAck("length", (string text) => text.Length));
        var client = app.Connect();
        Assert.Equal(900_000, client.Call<int>("length", new string('x', 900_000)));
        client.SendRaw("1");        // and leaving does not bring it back
        app.RunUntilIdle();
        Assert.False(client.IsClosed);
        client.SendRaw("0/" + new string('n', 32) + ",{\"a\":\"" + new string('x', 15_000) + "\"}");
        app.RunUntilIdle();
        Assert.False(client.IsClosed);
        client.SendRaw(Knock(Limit + 10)[1..]);
        app.RunUntilIdle();
        AssertCounted(false);
    }

    [Fact]
    public void The_first_namespace_lifts_it_over_polling_and_what_upgrades_later_has_the_whole_payload()
    {
        var received = "";
        var app = StartHostile(server => server.On("big", (string text) => { received = text; }));
        var target = OpenPolling(app);
        Assert.Equal(200, Status(Exchange(app, "POST", target, "40")));
        Assert.Equal(200, Status(Exchange(app, "POST", target, "42[\"big\",\"" + new string('a', 900_000) + "\"]")));
        Assert.Equal(900_000, received.Length);
        var wire = Upgrade(app, target);
        wire.Send(Encoding.ASCII.GetBytes("42[\"big\",\"" + new string('b', 800_000) + "\"]"), isBinary: false);
        app.RunUntilIdle();
        Assert.Equal(800_000, received.Length);
    }

    [Fact]
    public void A_WebSocket_on_trial_that_was_there_before_the_join_has_the_whole_payload_after_it()
    {
        var received = "";
        var app = StartHostile(server => server.On("big", (string text) => { received = text; }));
        var target = OpenPolling(app);
        var wire = Probe(app, target);
        Assert.Equal(200, Status(Exchange(app, "POST", target, "40")));
        wire.Send("5"u8, isBinary: false);
        wire.Send(Encoding.ASCII.GetBytes("42[\"big\",\"" + new string('c', 700_000) + "\"]"), isBinary: false);
        app.RunUntilIdle();
        Assert.Equal(700_000, received.Length);
    }

    [Fact]
    public void Middleware_that_has_not_decided_does_not_lift_it()
    {
        var gate = new TaskCompletionSource();
        var app = StartHostile(build: builder => builder.Options.Limits.AuthPayloadBytes = 1 << 20, configure: server => server.Of("/slow").Use(async (_, _) =>
        {
            await gate.Task;
            return ConnectResult.Accept;
        }));
        var client = app.Connect("/slow");
        client.SendRaw(Knock(Limit + 1)[1..]);
        app.RunUntilIdle();
        Assert.Equal(1009, client.CloseCode);
        AssertCounted(true);
        gate.SetResult();
        app.RunUntilIdle();
    }

    [Theory]
    [InlineData(1_000_000, null)]
    [InlineData(1_000_001, 1009)]
    public void Unlimited_leaves_the_payload_as_the_only_limit(int length, int? code)
    {
        var app = StartHostile(build: builder =>
        {
            builder.Options.Limits.PreAuthBytes = LimitOptions.Unlimited;
            builder.Options.Limits.AuthPayloadBytes = 1 << 20;
        });
        var client = app.Connect(joins: false);
        client.SendRaw(Knock(length)[1..]);
        app.RunUntilIdle();
        Assert.Equal(code, client.CloseCode);
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    public void A_stranger_is_closed_with_the_sixteenth_refusal(int refusals, bool isClosed)
    {
        var app = StartHostile(server => server.Of("/no").Use(_ => ConnectResult.Reject("no")));
        var client = app.Connect(joins: false);
        for (var i = 0; i < refusals; i++)
        {
            client.SendRaw(i % 2 == 0 ? "0/no," : "0/nobody,");
            app.RunUntilIdle();
        }

        Assert.Equal(isClosed, client.IsClosed);
        Assert.Equal(isClosed, Log.Lines.Any(line => line.Text.Contains("Limits:PreAuthRefusals", StringComparison.Ordinal)));
        AssertServes(app);
    }

    [Fact]
    public void A_client_that_has_been_in_a_namespace_may_be_refused_as_often_as_it_likes()
    {
        var app = StartHostile();
        var client = app.Connect();
        for (var i = 0; i < 50; i++)
        {
            client.SendRaw("0/nobody,");
            app.RunUntilIdle();
        }

        Assert.True(client.IsConnected);
    }

    [Fact]
    public void A_stranger_that_polls_and_is_refused_too_often_is_not_waited_for()
    {
        var app = StartHostile();
        var target = OpenPolling(app);
        var held = BufferCounters.HeldBytes;
        Exchange(app, "POST", target, string.Join('\u001e', Enumerable.Repeat("40/x,", 13_000)));
        Assert.True(BufferCounters.HeldBytes < held);
        Assert.Equal(400, Status(Exchange(app, "GET", target, null)));
        AssertServes(app);
    }

    [Fact]
    public void A_stranger_that_joins_nothing_and_polls_no_more_is_not_waited_for_after_the_connect_timeout()
    {
        var app = StartHostile(build: builder => builder.Options.Engine.PingTimeout = TimeSpan.FromMinutes(5));
        var target = OpenPolling(app);
        app.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal(400, Status(Exchange(app, "GET", target, null)));
    }

    [Theory]
    [InlineData(65_536, false)]
    [InlineData(16_384, true)]
    public void What_waits_for_a_stranger_may_cost_as_much_as_the_limit_says(int limit, bool isClosed)
    {
        var app = StartHostile(
            server => server.Of("/no").Use(_ => ConnectResult.Reject("no", new string('x', 4000))),
            builder => builder.Options.Limits.PreAuthOutboxBytes = limit);
        var target = OpenPolling(app);
        Exchange(app, "POST", target, string.Join('\u001e', Enumerable.Repeat("40/no,", 5)));
        Assert.Equal(isClosed ? 400 : 200, Status(Exchange(app, "GET", target, null)));
        AssertServes(app);
    }

    private void AssertCounted(bool isOver)
    {
        Assert.Equal(isOver ? 1 : 0, Meters.Count("sockeye.protocol.errors", "preauth_bytes"));
        Assert.Equal(isOver ? 1 : 0, Log.Lines.Count(line => line.Text.Contains("more than Limits:PreAuthBytes", StringComparison.Ordinal)));
    }

    private static string OpenPolling(SockeyeTestServer app)
    {
        var answer = Exchange(app, "GET", "/socket.io/?EIO=4&transport=polling", null);
        return "/socket.io/?EIO=4&transport=polling&sid=" + answer.Split("\"sid\":\"")[1].Split('"')[0];
    }

    private static TestLink Probe(SockeyeTestServer app, string target)
    {
        var wire = new TestLink(app.Transport.Connect(), target.Replace("transport=polling", "transport=websocket", StringComparison.Ordinal));
        app.RunUntilIdle();
        Pump(wire);
        wire.Send("2probe"u8, isBinary: false);
        app.RunUntilIdle();
        return wire;
    }

    private static TestLink Upgrade(SockeyeTestServer app, string target)
    {
        var wire = Probe(app, target);
        wire.Send("5"u8, isBinary: false);
        app.RunUntilIdle();
        return wire;
    }

    private static void Pump(TestLink wire) => wire.Pump(static (_, _) => { });

    private static string Exchange(SockeyeTestServer app, string method, string target, string? body)
    {
        var peer = app.Transport.Connect();
        peer.Send(Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: test\r\n{(body is null ? "" : $"Content-Length: {body.Length}\r\n")}\r\n{body}"));
        app.RunUntilIdle();
        return Encoding.ASCII.GetString(peer.Receive());
    }

    private static int Status(string answer) => int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
}
