using System.Text;
using Microsoft.Extensions.Logging;
using Sockeye.Plugins;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Hooks;

/// <summary>Hooks that decide about sessions and sockets before they are there.</summary>
public sealed class ConnectHookTests : HookTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_connect_hook_is_asked_before_the_middleware_of_the_application_and_may_set_the_identity(bool later)
    {
        List<string> asked = [];
        var app = Start(server => server.Use(socket =>
        {
            asked.Add("middleware " + socket.Identity!.Subject);
            return ConnectResult.Accept;
        }));
        Connect(app, async (socket, _) =>
        {
            asked.Add("hook " + socket.IsConnected);
            if (later)
            {
                await Task.Yield();
            }

            socket.Identity = new SocketIdentity("ada");
            return ConnectResult.Accept;
        });
        var client = app.Connect();
        Assert.True(app.RunUntil(() => client.IsConnected));
        Assert.Equal(["hook False", "middleware ada"], asked);
    }

    [Fact]
    public void The_first_hook_that_rejects_ends_it_in_all_namespaces()
    {
        var asked = 0;
        var app = Start(server => server.Of("/chat"));
        Use(
            app,
            Set(app, "a", new ConnectOf((_, _) => ValueTask.FromResult(ConnectResult.Reject("not you", new { reason = 7 })))),
            Set(app, "b", new ConnectOf((_, _) =>
            {
                asked++;
                return ValueTask.FromResult(ConnectResult.Accept);
            })));
        foreach (var nsp in new[] { "/", "/chat" })
        {
            var client = app.Connect(nsp);
            Assert.False(client.IsConnected);
            Assert.Equal("""{"message":"not you","data":{"reason":7}}""", client.Refusal!.Value.GetRawText());
        }

        Assert.Equal(0, asked);
    }

    [Theory]
    [InlineData(false, FaultMode.Open)]
    [InlineData(true, FaultMode.Open)]
    [InlineData(false, FaultMode.Closed)]
    [InlineData(true, FaultMode.Closed)]
    public void A_connect_hook_that_throws_lets_in_or_refuses_as_its_plugin_has_declared(bool later, FaultMode mode)
    {
        var app = Start(server => { });
        var set = Use(app, Set(app, "p", new ConnectOf(async (_, _) =>
        {
            if (later)
            {
                await Task.Yield();
            }

            throw new InvalidOperationException("secret");
        }), mode));
        var client = app.Connect();
        Assert.True(app.RunUntil(() => client.IsConnected || client.Refusal is not null));
        Assert.Equal(mode == FaultMode.Open, client.IsConnected);
        Assert.Equal(mode == FaultMode.Open ? null : """{"message":"Unavailable","data":{"code":"unavailable"}}""", client.Refusal?.GetRawText());
        Assert.Equal(1, set.Status.Single().Faults);
        Assert.Equal(0, app.HandlerErrorCount);
    }

    [Theory]
    [InlineData(FaultMode.Open)]
    [InlineData(FaultMode.Closed)]
    public void A_connect_hook_that_does_not_answer_within_AdmissionTimeout_takes_no_time_from_the_others(FaultMode mode)
    {
        var token = CancellationToken.None;
        var log = new RecordedLog();
        var app = Start(server => server.Use(_ => ConnectResult.Accept), builder =>
        {
            builder.Options.AdmissionTimeout = TimeSpan.FromSeconds(2);
            builder.LoggerFactory = log;
        });
        var set = Use(app, Set(app, "p", new ConnectOf((_, over) =>
        {
            token = over;
            return new ValueTask<ConnectResult>(new TaskCompletionSource<ConnectResult>().Task);
        }), mode));
        var client = app.Connect();
        app.Advance(TimeSpan.FromMilliseconds(1_999));
        Assert.False(token.IsCancellationRequested);
        Assert.True(set.IsPending);
        app.Advance(TimeSpan.FromMilliseconds(2));
        Assert.True(app.RunUntil(() => client.IsConnected || client.Refusal is not null));
        Assert.Equal(mode == FaultMode.Open, client.IsConnected);
        Assert.True(token.IsCancellationRequested);
        Assert.Equal(1, set.Status.Single().Faults);
        Assert.False(set.IsPending);
        Assert.Single(log.Lines, static line => line.Level == LogLevel.Error && line.Text.StartsWith("ConnectHook of plugin \"p\" has not answered in time (AdmissionTimeout of a client", StringComparison.Ordinal));
    }

    [Fact]
    public void A_client_that_goes_while_it_is_asked_about_is_no_fault_of_the_plugin()
    {
        var app = Start(server => { });
        var set = Use(app, Set(app, "p", new ConnectOf(async (_, over) =>
        {
            await Task.Delay(Timeout.Infinite, over);
            return ConnectResult.Accept;
        })));
        var client = app.Connect();
        Assert.True(set.IsPending);
        client.Close();
        Assert.True(app.RunUntil(() => !set.IsPending));
        Assert.Equal(0, set.Status.Single().Faults);
    }

    [Fact]
    public void The_circuit_of_a_connect_hook_opens_and_the_trial_is_over_with_the_answer()
    {
        var answers = new List<TaskCompletionSource<ConnectResult>>();
        var app = Start(server => { }, builder => builder.Options.Hooks.Faults = 1);
        var set = Use(app, Set(app, "p", new ConnectOf((_, _) =>
        {
            answers.Add(new TaskCompletionSource<ConnectResult>());
            return new ValueTask<ConnectResult>(answers[^1].Task);
        }), FaultMode.Closed));
        var first = app.Connect();
        answers[0].SetException(new InvalidOperationException("x"));
        Assert.True(app.RunUntil(() => first.Refusal is not null));
        Assert.True(set.Status.Single().IsOpen);
        Assert.NotNull(app.Connect().Refusal);
        app.Advance(TimeSpan.FromSeconds(5.1));
        var trial = app.Connect();
        Assert.Null(trial.Refusal);
        Assert.NotNull(app.Connect().Refusal);
        Assert.Equal(2, answers.Count);
        answers[1].SetResult(ConnectResult.Accept);
        Assert.True(app.RunUntil(() => trial.IsConnected));
        Assert.False(set.Status.Single().IsOpen);
    }

    [Theory]
    [InlineData("websocket", false)]
    [InlineData("websocket", true)]
    [InlineData("polling", false)]
    [InlineData("polling", true)]
    public void A_handshake_that_a_hook_refuses_opens_no_session_on_any_transport(string transport, bool later)
    {
        var app = Start(server => { });
        Use(app, Set(app, "p", new HandshakeOf(async (request, _) =>
        {
            if (later)
            {
                await Task.Yield();
            }

            return request.Query("key") == "good" ? HandshakeVerdict.Continue : HandshakeVerdict.Refuse("no \"key\"", 401);
        })));
        var refused = Request(app, transport, "bad");
        Assert.StartsWith("HTTP/1.1 401 Unauthorized\r\n", refused, StringComparison.Ordinal);
        Assert.EndsWith(transport == "polling" ? """{"code":4,"message":"no \"key\""}""" : "no &quot;key&quot;", refused, StringComparison.Ordinal);
        Assert.Equal(0, app.Context.Metrics.Total.Connections);
        var passed = Request(app, transport, "good");
        Assert.StartsWith(transport == "polling" ? "HTTP/1.1 200" : "HTTP/1.1 101", passed, StringComparison.Ordinal);
        Assert.Equal(1, app.Context.Metrics.Total.Connections);
    }

    [Fact]
    public void A_handshake_hook_is_asked_before_AllowRequest()
    {
        List<string> asked = [];
        var app = Start(server => { }, builder => builder.Options.Engine.AllowRequest = _ =>
        {
            asked.Add("application");
            return EngineIO.AllowRequestResult.Allow;
        });
        Use(app, Set(app, "p", new HandshakeOf((request, _) =>
        {
            asked.Add("plugin " + request.Auth.Length);
            return ValueTask.FromResult(HandshakeVerdict.Continue);
        })));
        Assert.True(app.Connect().IsConnected);
        Assert.Equal(["plugin 0", "application"], asked);
    }

    [Theory]
    [InlineData(FaultMode.Open)]
    [InlineData(FaultMode.Closed)]
    public void A_handshake_hook_that_throws_or_takes_too_long_lets_through_or_answers_503(FaultMode mode)
    {
        var throws = true;
        var app = Start(server => { }, builder => builder.Options.Engine.HookTimeout = TimeSpan.FromSeconds(1));
        var set = Use(app, Set(app, "p", new HandshakeOf((_, _) => throws
            ? throw new InvalidOperationException("secret")
            : new ValueTask<HandshakeVerdict>(new TaskCompletionSource<HandshakeVerdict>().Task)), mode));
        var expected = mode == FaultMode.Open ? "HTTP/1.1 200" : "HTTP/1.1 503";
        Assert.StartsWith(expected, Request(app, "polling", "x"), StringComparison.Ordinal);
        throws = false;
        var peer = Send(app, "polling", "x");
        app.RunUntilIdle();
        Assert.Equal(0, peer.Available);
        app.Advance(TimeSpan.FromMilliseconds(1_001));
        Assert.True(app.RunUntil(() => peer.Available > 0));
        Assert.StartsWith(expected, Encoding.UTF8.GetString(peer.Receive()), StringComparison.Ordinal);
        Assert.Equal(2, set.Status.Single().Faults);
    }

    private static void Connect(SockeyeTestServer app, Func<SockeyeSocket, CancellationToken, ValueTask<ConnectResult>> call) => Use(app, Set(app, "p", new ConnectOf(call)));

    private static MemoryPeer Send(SockeyeTestServer app, string transport, string key)
    {
        var peer = app.Transport.Connect();
        var upgrade = transport == "websocket" ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" : "";
        peer.Send(Encoding.UTF8.GetBytes($"GET /socket.io/?EIO=4&transport={transport}&key={key} HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n"));
        return peer;
    }

    private static string Request(SockeyeTestServer app, string transport, string key)
    {
        var peer = Send(app, transport, key);
        Assert.True(app.RunUntil(() => peer.Available > 0));
        app.RunUntilIdle();
        return Encoding.UTF8.GetString(peer.Receive());
    }
}
