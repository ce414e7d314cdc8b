using System.Net;
using System.Text;
using DotNetty.Transport.Channels;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

public sealed class HttpServerTests
{
    private static string Get(string path, string more = "") => $"GET {path} HTTP/1.1\r\nHost: h\r\n{more}\r\n";

    private static TestHandler Named(string name) => new(exchange => exchange.Respond(200, null, Encoding.ASCII.GetBytes(name)));

    [Theory]
    [InlineData("/a", "exact")]
    [InlineData("/a?x=1", "exact")]
    [InlineData("/%61", "exact")]
    [InlineData("/p/", "prefix")]
    [InlineData("/p/x/y", "prefix")]
    [InlineData("/p/longer/y", "longer")]
    public void A_route_is_found_by_exact_path_and_then_by_the_longest_prefix(string path, string expected)
    {
        using var server = new HttpTestServer(s =>
        {
            s.Router.Map("/p/", Named("prefix"), prefix: true);
            s.Router.Map("/p/longer/", Named("longer"), prefix: true);
            s.Router.Map("/a", Named("replaced"));
            s.Router.Map("/a", Named("exact"));
        });
        Assert.EndsWith("\r\n\r\n" + expected, server.Once(Get(path)));
    }

    [Theory]
    [InlineData("/A")]
    [InlineData("/a/")]
    [InlineData("/%2561")]
    [InlineData("/p")]
    [InlineData("/")]
    public void A_path_without_route_gets_404(string path)
    {
        using var server = new HttpTestServer(s =>
        {
            s.Router.Map("/a", Named("exact"));
            s.Router.Map("/p/", Named("prefix"), prefix: true);
        });
        Assert.Equal("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", server.Once(Get(path)));
    }

    [Fact]
    public async Task A_listener_has_the_routes_that_it_chooses_and_another_route_answers_or_nobody_where_it_has_not_one()
    {
        var transport = new MemoryTransport();
        await using var server = new HttpServer(new HttpServerOptions { StopTimeout = TimeSpan.Zero }, transport);
        server.Router.Map("/", Named("files"), prefix: true, HttpRouteKind.Files);
        server.Router.Map("/own", Named("own"));
        server.Router.Map("/own/", Named("below"), prefix: true);
        HttpListenerGroup all = new("all", [new(IPAddress.Loopback, 1)]), some = new("some", [new(IPAddress.Loopback, 2)]), none = new("none", [new(IPAddress.Loopback, 3), new(IPAddress.Loopback, 4)]);
        some.Answers = static (path, kind) => kind is HttpRouteKind.Files or HttpRouteKind.Plugin || path == "/own/";
        none.Answers = static (_, _) => false;
        await server.StartAsync([all, some, none]);
        Assert.Equal([1, 2, 3, 4], server.Endpoints.Select(static endPoint => endPoint.Port));
        Assert.Equal(["own", "below", "files"], Answers(1, "/own", "/own/x", "/other"));
        Assert.Equal(["files", "below", "files"], Answers(2, "/own", "/own/x", "/other"));
        Assert.Equal(["404", "404", "404"], [.. Answers(3, "/own", "/other"), .. Answers(4, "/own")]);

        // What is mapped and removed later is chosen as well.
        var later = Named("later");
        server.Router.Map("/plugins/x", later, kind: HttpRouteKind.Plugin);
        server.MapWebSocket("*", new NoSessions());
        Assert.Equal(["later", "later", "404"], [.. Answers(1, "/plugins/x"), .. Answers(2, "/plugins/x"), .. Answers(3, "/plugins/x")]);
        Assert.True(server.Router.Unmap("/plugins/x", later));
        Assert.Equal(["files"], Answers(2, "/plugins/x"));

        none.Answers = static (path, _) => path == "*";
        Assert.Equal(["426"], Answers(3, "/own"));
        some.Answers = null;
        Assert.Equal(["own", "files"], Answers(2, "/own", "/other"));

        string[] Answers(int port, params string[] paths) => [.. paths.Select(path =>
        {
            var peer = transport.Connect(new IPEndPoint(IPAddress.Loopback, port));
            peer.Send(Encoding.ASCII.GetBytes(Get(path)));
            transport.RunUntilIdle();
            var answer = Encoding.ASCII.GetString(peer.Receive());
            peer.Close();
            transport.RunUntilIdle();
            return answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) ? answer.Split("\r\n\r\n")[1] : answer.Split(' ')[1];
        })];
    }

    private sealed class NoSessions : WebSockets.IWebSocketHandler
    {
        public void OnMessage(WebSockets.WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary)
        {
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/a?b")]
    [InlineData("/ä")]
    [InlineData("/a b")]
    public void A_route_that_no_request_can_have_is_refused(string path)
        => Assert.Throws<ArgumentException>(() => new HttpRouter().Map(path, Named("x")));

    [Fact]
    public void A_small_route_answers_GET_and_HEAD_and_no_other_method()
    {
        using var server = new HttpTestServer(s => s.MapGet("/health", e => e.Respond(200, "text/plain", "ok"u8)));
        Assert.EndsWith("\r\n\r\nok", server.Once(Get("/health")));
        Assert.EndsWith("Content-Length: 2\r\n\r\n", server.Once(Get("/health").Replace("GET", "HEAD")));
        Assert.Equal("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nAllow: GET, HEAD\r\n\r\n", server.Once(Get("/health").Replace("GET", "POST")));
    }

    [Fact]
    public void A_small_POST_route_gets_the_body_and_refuses_a_larger_one()
    {
        using var server = new HttpTestServer(s => s.MapPost("/echo", (e, body) =>
        {
            e.Respond(200, null, body.Span);
            return Task.CompletedTask;
        }, maxBytes: 5));
        Assert.EndsWith("\r\n\r\nhello", server.Once("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"));
        Assert.StartsWith("HTTP/1.1 413 ", server.Once("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nhello!"));
        Assert.EndsWith("Content-Length: 0\r\n\r\n", server.Once("POST /echo HTTP/1.1\r\nHost: h\r\n\r\n"));
        Assert.Contains("Allow: POST\r\n", server.Once(Get("/echo")));
    }

    [Fact]
    public void An_asynchronous_route_comes_back_to_its_loop()
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var onLoop = false;
        using var server = new HttpTestServer(s => s.MapGet("/slow", async e =>
        {
            await source.Task;
            onLoop = e.Loop.InEventLoop;
            e.Respond(200, null, "late"u8);
        }));
        var peer = server.Connect();
        Assert.Equal("", server.Exchange(peer, Get("/slow")));
        source.SetResult();
        Assert.True(server.Transport.RunUntil(() => peer.Available > 0));
        Assert.EndsWith("late", server.Receive(peer));
        Assert.True(onLoop);
    }

    [Fact]
    public void An_asynchronous_route_that_fails_or_forgets_to_answer_gets_500()
    {
        using var server = new HttpTestServer(s =>
        {
            s.MapGet("/fails", async e =>
            {
                await Task.Yield();
                throw new InvalidOperationException("secret " + e.Head.Url);
            });
            s.MapGet("/forgets", async _ => await Task.Yield());
            s.MapGet("/forgets-at-once", _ => Task.CompletedTask);
        });
        foreach (var path in new[] { "/fails", "/forgets", "/forgets-at-once" })
        {
            var answer = server.Once(Get(path));
            Assert.StartsWith("HTTP/1.1 500 ", answer);
            Assert.DoesNotContain("secret", answer);
        }
    }

    [Fact]
    public void A_users_handler_sees_the_bytes_before_the_engine()
    {
        var names = new List<string>();
        using var server = new HttpTestServer(s =>
        {
            s.ConfigurePipeline(pipeline => pipeline.AddLast("mine", new CountingHandler(names)));
            s.MapGet("/", e => e.Respond(204, null, default));
        });
        _ = server.Once(Get("/"));
        Assert.Equal(["mine"], names);
    }

    private sealed class CountingHandler(List<string> names) : ChannelHandlerAdapter
    {
        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            names.Add(context.Name);
            base.ChannelRead(context, message);
        }
    }

    [Fact]
    public void Stopping_closes_idle_connections_and_resets_the_rest_after_its_time()
    {
        var handler = new TestHandler();
        using var server = new HttpTestServer(s => s.Router.Map("/held", handler));
        var idle = server.Connect();
        var held = server.Connect();
        _ = server.Exchange(held, Get("/held"));
        var stop = server.Server.StopAsync();
        server.Run();
        Assert.True(stop.IsCompletedSuccessfully);
        Assert.True(idle.IsClosed);
        Assert.True(held.IsReset);
        Assert.Equal(1, handler.Aborts);
        Assert.Equal(0, server.Server.ConnectionCount);
    }

    [Theory]
    [InlineData("http://127.0.0.1:3000", "127.0.0.1:3000")]
    [InlineData("http://127.0.0.1:3000/", "127.0.0.1:3000")]
    [InlineData("HTTP://127.0.0.1", "127.0.0.1:80")]
    [InlineData("http://localhost:3000", "127.0.0.1:3000 [::1]:3000")]
    [InlineData("http://localhost:0", "127.0.0.1:0")]
    [InlineData("http://*:3000", "0.0.0.0:3000")]
    [InlineData("http://0.0.0.0:3000", "0.0.0.0:3000")]
    [InlineData("http://[::1]:3000", "[::1]:3000")]
    public void A_url_names_end_points(string url, string expected)
        => Assert.Equal(expected, string.Join(' ', ServerUrl.Parse(url).Select(e => e.ToString())));

    [Theory]
    [InlineData("https://127.0.0.1:3000", "https is not supported yet")]
    [InlineData("127.0.0.1:3000", "write http://HOST:PORT")]
    [InlineData("http://127.0.0.1:3000/path", "ends after the port")]
    [InlineData("http://127.0.0.1:70000", "the port is a number")]
    [InlineData("http://127.0.0.1:-1", "the port is a number")]
    [InlineData("http://example.org:80", "the host to listen on")]
    [InlineData("http://::1:80", "the host to listen on")]
    [InlineData("http://:80", "the host to listen on")]
    public void A_url_that_cannot_be_listened_on_says_why(string url, string reason)
        => Assert.Contains(reason, Assert.Throws<ArgumentException>(() => ServerUrl.Parse(url)).Message);

    [Fact]
    public async Task A_server_starts_once_and_on_something()
    {
        await using var server = new HttpServer(null, new MemoryTransport());
        _ = await Assert.ThrowsAsync<ArgumentException>(() => server.StartAsync());
        await server.StartAsync("http://127.0.0.1:0", "http://127.0.0.2:0");
        Assert.Equal(2, server.Endpoints.Count);
        Assert.All(server.Endpoints, e => Assert.NotEqual(0, e.Port));
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync("http://127.0.0.1:0"));
    }

    [Fact]
    public async Task A_taken_port_is_named_and_nothing_listens_afterwards()
    {
        var transport = new MemoryTransport();
        await using var first = new HttpServer(null, transport);
        await first.StartAsync("http://127.0.0.1:4000");
        await using var second = new HttpServer(null, transport);
        var taken = await Assert.ThrowsAsync<IOException>(() => second.StartAsync("http://127.0.0.1:4001", "http://127.0.0.1:4000"));
        Assert.Contains("4000", taken.Message);
        _ = Assert.Throws<InvalidOperationException>(() => transport.Connect(new IPEndPoint(IPAddress.Loopback, 4001)));
    }

    [Fact]
    public void Options_out_of_their_ranges_are_refused_together()
    {
        var options = new HttpOptions { HeaderTimeout = TimeSpan.Zero, FramesPerTurn = 0, MaxDrainBytes = -1 };
        var refused = Assert.Throws<ArgumentException>(() => new HttpServer(new HttpServerOptions { Http = options }, new MemoryTransport()));
        Assert.All(["HeaderTimeout", "FramesPerTurn", "MaxDrainBytes"], name => Assert.Contains(name, refused.Message));
        Assert.Empty(new HttpOptions().Validate());
    }

    [Fact]
    public void Every_unrouted_path_can_be_a_WebSocket()
    {
        using var server = new HttpTestServer(s => s.MapWebSocket("*", new RecordingHandler()));
        _ = new WebSocketTestClient(server).Exchange(WebSocketTestClient.Text("x"));
    }
}
