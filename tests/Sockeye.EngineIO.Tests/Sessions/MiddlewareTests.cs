using System.Text;
using Sockeye.EngineIO.Http;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

public sealed class MiddlewareTests
{
    private const string BadRequest = """{"code":3,"message":"Bad request"}""";

    [Fact]
    public void It_sees_every_request_of_the_path_in_order_and_before_the_engine_does()
    {
        var seen = new List<string>();
        using var engine = new EngineHarness(new EngineOptions()
            .Use(context => seen.Add($"1 {context.Request.Head.MethodText}"))
            .Use(context => seen.Add("2")));
        var target = engine.Open();
        engine.Connect().Post(target, "4x");
        engine.ConnectWebSocket(ToWebSocket(target));
        engine.Get(Root + "?transport=nonsense");
        engine.Connect().Send("DELETE", Root).Receive();
        Assert.Equal(["1 GET", "2", "1 POST", "2", "1 GET", "2", "1 GET", "2", "1 DELETE", "2"], seen);
        Assert.Equal(404, engine.Get("/elsewhere").Status);
        Assert.Equal(10, seen.Count);
    }

    [Fact]
    public void Its_headers_leave_with_every_answer_a_101_and_a_refusal_included()
    {
        using var engine = new EngineHarness(new EngineOptions().Use(context => context.AddHeader("X-Seen", "yes")));
        var open = engine.Get(Polling);
        Assert.Equal("yes", open.Header("X-Seen"));
        var peer = engine.ConnectWebSocket();
        Assert.Equal(101, peer.Handshake.Status);
        Assert.Equal("yes", peer.Handshake.Header("X-Seen"));
        var refused = engine.Get(Root + "?transport=nonsense");
        Assert.Equal(400, refused.Status);
        Assert.Equal("yes", refused.Header("X-Seen"));
    }

    [Fact]
    public void Preflights_are_answered_by_CORS_and_refusals_of_middleware_have_its_headers()
    {
        var calls = 0;
        using var engine = new EngineHarness(new EngineOptions { Cors = new CorsOptions { Origins = ["http://a.example"] } }.Use(context =>
        {
            calls++;
            context.Respond(401);
        }));
        Assert.Equal(204, engine.Connect().Send("OPTIONS", Polling, null, "Origin: http://a.example").Receive().Status);
        Assert.Equal(0, calls);
        var refused = engine.Get(Polling, "Origin: http://a.example");
        Assert.Equal(401, refused.Status);
        Assert.Equal("http://a.example", refused.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public void What_it_answers_is_the_answer_and_nobody_else_is_asked()
    {
        var second = false;
        using var engine = new EngineHarness(new EngineOptions()
            .Use(context => context.Respond(429, "text/plain", "later"u8))
            .Use(_ => second = true));
        var peer = engine.Connect();
        var response = peer.Get(Polling);
        Assert.Equal(429, response.Status);
        Assert.Equal("later", response.Text);
        Assert.False(peer.IsClosed);
        Assert.Equal(429, peer.Post(Polling, "4x").Status);     // the unread body is drained, the connection goes on
        Assert.Equal(429, peer.Get(Polling).Status);
        Assert.False(second);
        Assert.Empty(engine.Handler.Sessions);
        Assert.Empty(engine.Errors);
    }

    [Fact]
    public void Its_answer_to_an_upgrade_is_HTTP_in_place_of_the_101_and_frames_behind_it_are_not_read()
    {
        using var engine = new EngineHarness(new EngineOptions().Use(context => context.Respond(401, "text/plain", "who?"u8)));
        var peer = engine.Connect();
        peer.Peer.Send([
            .. HttpPeer.Request("GET", WebSocket, null, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
            .. WebSocketPeer.Frame(1, "2probe"u8.ToArray())]);
        engine.Run();
        var response = peer.Receive();
        Assert.Equal(401, response.Status);
        Assert.Equal("who?", response.Text);
        Assert.Equal("close", response.Header("Connection"));
        Assert.Empty(peer.TakeRest());
        Assert.True(peer.IsClosed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_that_throws_refuses_with_code_3(bool later)
    {
        using var engine = new EngineHarness(new EngineOptions().Use(async _ =>
        {
            if (later)
            {
                await Task.Yield();
            }

            throw new InvalidOperationException("broken");
        }));
        var peer = engine.Connect().Send("GET", Polling);
        engine.Run();
        var response = peer.Receive();
        Assert.Equal(400, response.Status);
        Assert.Equal(BadRequest, response.Text);
        var error = Assert.Single(engine.Errors);
        Assert.Equal(EngineErrorCode.BadRequest, error.Code);
        Assert.Equal("MIDDLEWARE_FAILURE", error.Context["name"]);
        var webSocket = engine.ConnectWebSocket();
        Assert.Equal(400, webSocket.Handshake.Status);
        Assert.Equal("Bad request", webSocket.Handshake.Text);
        Assert.True(webSocket.Peer.IsClosed);
    }

    [Fact]
    public void One_that_throws_behind_its_answer_has_answered()
    {
        using var engine = new EngineHarness(new EngineOptions().Use((Action<EngineMiddlewareContext>)(context =>
        {
            context.Respond(401);
            throw new InvalidOperationException("broken");
        })));
        var peer = engine.Connect();
        Assert.Equal(401, peer.Get(Polling).Status);
        Assert.Empty(peer.TakeRest());
        Assert.Empty(engine.Errors);
    }

    [Fact]
    public void While_it_waits_its_request_and_those_behind_it_wait_and_the_body_is_not_read()
    {
        var gate = new TaskCompletionSource();
        using var engine = new EngineHarness(new EngineOptions().Use(async context =>
        {
            if (context.Request.Head.Method == Protocol.Http.HttpMethod.Post)
            {
                await gate.Task;
            }
        }));
        var target = engine.Open();
        var peer = engine.Connect();
        peer.Peer.Send([.. HttpPeer.Request("POST", target, "4first"), .. HttpPeer.Request("POST", target, "4second")]);
        engine.Run();
        Assert.Null(peer.TryReceive());
        Assert.Empty(engine.Handler.Messages(engine.Session));
        Assert.Equal(200, engine.Connect().Send("GET", Polling).Receive().Status);     // others go on
        gate.SetResult();
        engine.Run();
        Assert.Equal("ok", peer.Receive().Text);
        Assert.Equal("ok", peer.Receive().Text);
        Assert.Equal(["first", "second"], engine.Handler.Messages(engine.Handler.Sessions[0]));
    }

    [Fact]
    public void A_client_that_waits_for_100_Continue_gets_it_when_middleware_has_decided()
    {
        var gate = new TaskCompletionSource();
        var waits = false;
        using var engine = new EngineHarness(new EngineOptions().Use(async _ =>
        {
            if (waits)
            {
                await gate.Task;
            }
        }));
        var target = engine.Open();
        waits = true;
        var peer = engine.Connect();
        peer.Peer.Send(Encoding.ASCII.GetBytes($"POST {target} HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
        engine.Run();
        Assert.Empty(peer.TakeRest());
        gate.SetResult();
        engine.Run();
        Assert.Equal(100, peer.Receive().Status);
        peer.Peer.Send("4x"u8.ToArray());
        engine.Run();
        Assert.Equal("ok", peer.Receive().Text);
    }

    [Fact]
    public void A_request_for_a_session_of_another_loop_moves_when_middleware_has_decided()
    {
        var gate = new TaskCompletionSource();
        var waits = false;
        using var engine = new EngineHarness(new EngineOptions().Use(async _ =>
        {
            if (waits)
            {
                await gate.Task;
            }
        }), loops: 2);
        var target = engine.Open(loop: 0);
        waits = true;
        var post = engine.Connect(loop: 1).Send("POST", target, "4moved");
        var poll = engine.Connect(loop: 1).Send("GET", target);
        Assert.Empty(engine.Handler.Messages(engine.Session));
        gate.SetResult();
        engine.Run();
        Assert.Equal("ok", post.Receive().Text);
        Assert.Equal(["moved"], engine.Handler.Messages(engine.Session));
        engine.OnLoop(engine.Session, () => engine.Session.SendText("down"u8));
        Assert.Equal("4down", poll.Receive().Text);
    }

    [Fact]
    public void An_upgrade_goes_on_when_middleware_has_decided()
    {
        var gate = new TaskCompletionSource();
        using var engine = new EngineHarness(new EngineOptions().Use(async _ => await gate.Task));
        var peer = engine.Connect();
        peer.Peer.Send([
            .. HttpPeer.Request("GET", WebSocket, null, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
            .. WebSocketPeer.Frame(1, "4early"u8.ToArray())]);
        engine.Run();
        Assert.Empty(engine.Handler.Sessions);
        gate.SetResult();
        engine.Run();
        Assert.Equal(101, peer.Receive().Status);
        Assert.Equal(["early"], engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public void Middleware_that_takes_too_long_is_a_failure_at_the_nominal_moment()
    {
        var gate = new TaskCompletionSource();
        EngineMiddlewareContext? held = null;
        using var engine = new EngineHarness(new EngineOptions { HookTimeout = TimeSpan.FromSeconds(2) }.Use(async context =>
        {
            held = context;
            await gate.Task;
            context.Respond(200);
            context.AddHeader("X-Late", "yes");
        }));
        var peer = engine.Connect().Send("GET", Polling);
        engine.Advance(1999);
        Assert.Null(peer.TryReceive());
        var aborted = held!.Aborted;
        Assert.False(aborted.IsCancellationRequested);
        engine.Advance(1);
        Assert.Equal(BadRequest, peer.Receive().Text);
        Assert.Equal("timeout", Assert.Single(engine.Errors).Context["message"]);
        Assert.True(aborted.IsCancellationRequested);
        gate.SetResult();
        engine.Run();
        Assert.Empty(peer.TakeRest());
        Assert.Empty(engine.Handler.Sessions);
    }

    [Fact]
    public void A_peer_that_goes_away_while_middleware_waits_leaves_nothing()
    {
        var gate = new TaskCompletionSource();
        EngineMiddlewareContext? held = null;
        using var engine = new EngineHarness(new EngineOptions().Use(async context =>
        {
            held = context;
            await gate.Task;
        }));
        var peer = engine.Connect().Send("GET", Polling);
        var aborted = held!.Aborted;
        peer.Reset();
        Assert.True(aborted.IsCancellationRequested);
        Assert.False(held.IsOpen);
        gate.SetResult();
        engine.Run();
        Assert.Empty(engine.Handler.Sessions);
        Assert.Equal(0, engine.Engine.HeldSessions);
    }

    [Fact]
    public void What_it_attaches_to_the_request_is_seen_by_hooks_and_by_the_session()
    {
        object? asked = null;
        using var engine = new EngineHarness(new EngineOptions
        {
            AllowRequest = request =>
            {
                asked = request.Items["user"];
                return AllowRequestResult.Allow;
            },
        }.Use(context => context.Request.Items["user"] = "ada"));
        engine.Open();
        Assert.Equal("ada", asked);
        Assert.Equal("ada", engine.Session.Request.Items["user"]);
        var target = Polling + "&sid=" + engine.Session.Id;
        object? carried = null;
        engine.Handler.Received = (session, _) => carried = session.CurrentRequest!.Items["user"];
        engine.Connect().Post(target, "4x");
        Assert.Equal("ada", carried);
    }

    [Theory]
    [InlineData("Content-Length", "3")]
    [InlineData("X-Bad", "a\r\nb")]
    public void A_header_that_cannot_be_sent_is_a_failure_of_the_middleware(string name, string value)
    {
        using var engine = new EngineHarness(new EngineOptions().Use(context => context.AddHeader(name, value)));
        Assert.Equal(BadRequest, engine.Get(Polling).Text);
        Assert.Equal("MIDDLEWARE_FAILURE", Assert.Single(engine.Errors).Context["name"]);
    }
}
