using System.Text;
using Sockeye.Server.Clients;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Answers that stand behind events that wait: a handler that awaits one must not starve behind its own queue.</summary>
public class AckBehindEventsTests : ServerTest
{
    private int _handled;

    public static TheoryData<SocketLifeTests.Where, int, int> Floods => new()
    {
        { SocketLifeTests.Where.EventLoop, 200, 10 },
        { SocketLifeTests.Where.EventLoop, 2, 40_000 },
        { SocketLifeTests.Where.Pool, 200, 10 },
        { SocketLifeTests.Where.Pool, 2, 40_000 },
        { SocketLifeTests.Where.GameLoop, 200, 10 },
        { SocketLifeTests.Where.GameLoop, 2, 40_000 },
    };

    [Theory]
    [MemberData(nameof(Floods))]
    public void An_answer_behind_more_events_than_may_wait_otherwise_is_read(SocketLifeTests.Where where, int events, int bytes)
    {
        var answered = "";
        var app = StartAt(where, server => server.On("ask", async (SockeyeSocket socket) => answered = await socket.EmitWithAckAsync<string>("q")));
        var client = app.Connect();
        client.Emit("ask");
        Assert.True(app.RunUntil(() => client.Pending == 1));
        Flood(client, events, bytes);
        client.Next("q").Answer("a");
        Assert.True(app.RunUntil(() => _handled == events));
        Assert.Equal("a", answered);
        Assert.Equal(TimeSpan.Zero, app.Transport.Now);
    }

    [Fact]
    public void A_handler_that_asks_when_reading_is_paused_already_gets_its_answer()
    {
        var release = new TaskCompletionSource();
        var answered = "";
        var app = StartAt(SocketLifeTests.Where.EventLoop, server => server.On("ask", async (SockeyeSocket socket) =>
        {
            await release.Task;
            answered = await socket.EmitWithAckAsync<string>("q");
        }));
        var client = app.Connect();
        client.Emit("ask");
        Flood(client, 200, 10);
        app.RunUntilIdle();
        Assert.True(Session(client).IsReadingPaused);
        release.SetResult();
        Assert.True(app.RunUntil(() => client.Pending == 1));
        client.Next("q").Answer("a");
        Assert.True(app.RunUntil(() => _handled == 200));
        Assert.Equal("a", answered);
        Assert.Equal(TimeSpan.Zero, app.Transport.Now);
    }

    [Fact]
    public void The_answer_to_an_awaited_broadcast_is_read_too()
    {
        var answers = 0;
        var app = StartAt(SocketLifeTests.Where.EventLoop, server => server.On("ask", async (SockeyeSocket socket) =>
            answers = (await server.EmitWithAckAsync<string>("q")).Answers.Count));
        var client = app.Connect();
        client.Emit("ask");
        Assert.True(app.RunUntil(() => client.Pending == 1));
        Flood(client, 200, 10);
        client.Next("q").Answer("a");
        Assert.True(app.RunUntil(() => _handled == 200));
        Assert.Equal(1, answers);
        Assert.Equal(TimeSpan.Zero, app.Transport.Now);
    }

    [Fact]
    public void Concurrent_handlers_that_all_await_answers_get_them()
    {
        var answered = 0;
        var app = StartAt(
            SocketLifeTests.Where.EventLoop,
            server => server.On("ask", async (SockeyeSocket socket) =>
            {
                await socket.EmitWithAckAsync<string>("q");
                answered++;
            }).Concurrent(),
            builder => builder.Options.Limits.ConcurrentHandlers = 2);
        app.Received = (client, e) => e.Answer("a");
        var client = app.Connect();
        for (var i = 0; i < 20; i++)
        {
            client.Emit("ask");
        }

        Assert.True(app.RunUntil(() => answered == 20));
        Assert.Equal(TimeSpan.Zero, app.Transport.Now);
    }

    [Theory]
    [InlineData(4096, 10, false)]
    [InlineData(4097, 10, true)]
    [InlineData(16, 65536, false)]
    [InlineData(17, 65536, true)]
    public void While_an_answer_is_awaited_4096_events_or_1_MiB_may_wait_and_then_the_handler_lag_counts(int events, int bytes, bool isPaused)
    {
        var app = StartAt(SocketLifeTests.Where.EventLoop, server => server.On("ask", (SockeyeSocket socket) =>
            socket.Timeout(TimeSpan.FromMinutes(1)).EmitWithAckAsync<string>("q")));
        var client = app.Connect();
        client.Emit("ask");
        app.RunUntilIdle();
        Flood(client, events, bytes);
        app.RunUntilIdle();
        Assert.Equal(isPaused, Session(client).IsReadingPaused);
        app.Advance(TimeSpan.FromSeconds(29.999));
        Assert.False(client.IsClosed);
        app.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(isPaused, client.IsClosed);
        Assert.True(app.RunUntil(() => true));
    }

    [Fact]
    public void When_no_answer_is_awaited_any_more_the_usual_limit_counts_again()
    {
        var release = new TaskCompletionSource();
        var app = StartAt(SocketLifeTests.Where.EventLoop, server => server.On("ask", async (SockeyeSocket socket) =>
        {
            await socket.TryEmitWithAckAsync<string>("q");
            await release.Task;
        }));
        var client = app.Connect();
        client.Emit("ask");
        app.RunUntilIdle();
        Flood(client, 129, 10);
        app.RunUntilIdle();
        Assert.False(Session(client).IsReadingPaused);
        client.Next("q").Answer("a");
        app.RunUntilIdle();
        Assert.True(Session(client).IsReadingPaused);
        release.SetResult();
        Assert.True(app.RunUntil(() => _handled == 129));
        Assert.False(Session(client).IsReadingPaused);
    }

    [Theory]
    [InlineData(200, 10)]
    [InlineData(2, 40_000)]
    public void Over_polling_an_answer_in_a_later_POST_than_the_events_that_wait_is_read_too(int events, int bytes)
    {
        var answered = "";
        var app = StartAt(SocketLifeTests.Where.EventLoop, server => server.On("ask", async (SockeyeSocket socket) => answered = await socket.EmitWithAckAsync<string>("q")));
        var target = "/socket.io/?EIO=4&transport=polling";
        target += "&sid=" + Exchange(app, "GET", target, null).Split("\"sid\":\"")[1].Split('"')[0];
        Exchange(app, "POST", target, "40");
        Exchange(app, "GET", target, null);
        Exchange(app, "POST", target, "42[\"ask\"]");
        var id = Exchange(app, "GET", target, null).Split("42")[^1].Split('[')[0];
        Exchange(app, "POST", target, string.Join('\u001e', Enumerable.Repeat($"42[\"x\",\"{new string('a', bytes - 3)}\"]", events)));
        Assert.Equal(0, _handled);
        Exchange(app, "POST", target, $"43{id}[\"a\"]");
        Assert.True(app.RunUntil(() => _handled == events));
        Assert.Equal("a", answered);
        Assert.Equal(TimeSpan.Zero, app.Transport.Now);
    }

    private static string Exchange(SockeyeTestServer app, string method, string target, string? body)
    {
        var peer = app.Transport.Connect();
        peer.Send(Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: test\r\n{(body is null ? "" : $"Content-Length: {body.Length}\r\n")}\r\n{body}"));
        app.RunUntilIdle();
        return Encoding.ASCII.GetString(peer.Receive());
    }

    private static EngineIO.EngineSession Session(SockeyeTestClient client) => ((SocketIOClient)client.Socket!.Connection).Session;

    /// <summary>Events whose text and name are so many bytes in the queue.</summary>
    private static void Flood(SockeyeTestClient client, int events, int bytes)
    {
        for (var i = 0; i < events; i++)
        {
            client.Emit("x", new string('a', bytes - 3));
        }
    }

    private SockeyeTestServer StartAt(SocketLifeTests.Where where, Action<SockeyeServer> configure, Action<SockeyeBuilder>? build = null) => Start(
        server =>
        {
            SocketLifeTests.Put(server, where);
            server.On("x", (string text) => { Interlocked.Increment(ref _handled); });
            configure(server);
        },
        build);
}
