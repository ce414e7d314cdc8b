using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

/// <summary>A few walks through real sockets with the clients of the platform; the rest is tested in memory.</summary>
public sealed class LoopbackTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static async Task<HttpServer> StartAsync(TransportKind kind, Action<HttpServer> configure)
    {
        var server = new HttpServer(new HttpServerOptions { Transport = new TransportOptions { Kind = kind, LoopCount = kind == TransportKind.Portable ? null : 2 } });
        configure(server);
        await server.StartAsync("http://127.0.0.1:0");
        return server;
    }

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task An_HTTP_client_gets_and_posts_over_one_connection(TransportKind kind)
    {
        await using var server = await StartAsync(kind, s =>
        {
            s.MapGet("/hello", e => e.Respond(200, "text/plain", "hello"u8));
            s.MapPost("/sum", (e, body) =>
            {
                e.Respond(200, "text/plain", Encoding.ASCII.GetBytes(Convert.ToHexString(SHA256.HashData(body.Span))));
                return Task.CompletedTask;
            }, maxBytes: 1_000_000);
        });
        using var client = new HttpClient { BaseAddress = new Uri($"http://{server.Endpoints[0]}"), Timeout = s_patience };
        var body = RandomNumberGenerator.GetBytes(900_000);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("hello", await client.GetStringAsync("/hello"));
            using var response = await client.PostAsync("/sum", new ByteArrayContent(body));
            Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/missing")).StatusCode);
        Assert.Equal(1, server.ConnectionCount);
    }

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task A_WebSocket_client_gets_its_messages_back_and_closes_in_order(TransportKind kind)
    {
        var handler = new RecordingHandler();
        await using var server = await StartAsync(kind, s => s.MapWebSocket("*", handler, new WebSocketEndpointOptions
        {
            Limits = new WebSocketLimits { MaxMessageBytes = 8 << 20, MaxFragments = 100_000 },
        }));
        using var timeout = new CancellationTokenSource(s_patience);
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{server.Endpoints[0]}/any/path"), timeout.Token);
        var large = RandomNumberGenerator.GetBytes(4 << 20);
        foreach (var message in new[] { [], [1], new byte[126], new byte[65536], large })
        {
            await client.SendAsync(message, WebSocketMessageType.Binary, true, timeout.Token);
            Assert.Equal(message, await ReceiveAsync(client, timeout.Token));
        }

        foreach (var part in large.Chunk(1000))
        {
            await client.SendAsync(part, WebSocketMessageType.Binary, false, timeout.Token);
        }

        await client.SendAsync(Array.Empty<byte>(), WebSocketMessageType.Binary, true, timeout.Token);
        Assert.Equal(large, await ReceiveAsync(client, timeout.Token));
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", timeout.Token);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
        Assert.Equal((1000, "bye"), (handler.Closes[0].Code, handler.Closes[0].Reason));
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket client, CancellationToken cancellation)
    {
        var received = new MemoryStream();
        var buffer = new byte[65536];
        while (true)
        {
            var result = await client.ReceiveAsync(buffer, cancellation);
            received.Write(buffer, 0, result.Count);
            if (result.EndOfMessage)
            {
                return received.ToArray();
            }
        }
    }

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task A_faulty_request_is_answered_and_its_connection_ended_in_order(TransportKind kind)
    {
        await using var server = await StartAsync(kind, static _ => { });
        using var client = new TcpClient();
        await client.ConnectAsync(server.Endpoints[0]);
        using var timeout = new CancellationTokenSource(s_patience);
        var stream = client.GetStream();
        await stream.WriteAsync("GET / HTTP/1.1\nHost: h\r\n\r\nand more that nobody reads"u8.ToArray(), timeout.Token);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", await reader.ReadToEndAsync(timeout.Token));
    }

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task A_server_that_stops_says_goodbye_to_its_WebSockets(TransportKind kind)
    {
        var server = await StartAsync(kind, s => s.MapWebSocket("/ws", new RecordingHandler()));
        using var timeout = new CancellationTokenSource(s_patience);
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{server.Endpoints[0]}/ws"), timeout.Token);
        var stop = server.StopAsync();
        var result = await client.ReceiveAsync(new byte[100], timeout.Token);
        Assert.Equal(WebSocketMessageType.Close, result.MessageType);
        Assert.Equal(1001, (int)result.CloseStatus!);
        await client.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, timeout.Token);
        await stop.WaitAsync(timeout.Token);
        await Nobody.ListensAtAsync(server.Endpoints[0]);
    }

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task Upgrades_that_waited_behind_an_unfinished_answer_end_with_their_peers(TransportKind kind)
    {
        const int count = 50;
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var opened = new CountdownEvent(count);
        var closed = new CountdownEvent(count);
        await using var server = await StartAsync(kind, s =>
        {
            s.MapGet("/slow", async e =>
            {
                await answer.Task;
                e.Respond(204, null, default);
            });
            s.MapWebSocket("/ws", new CountingHandler(opened, closed), WebSocketTestClient.WithoutHeartbeat);
        });
        using var timeout = new CancellationTokenSource(s_patience);
        var clients = new List<TcpClient>();
        for (var i = 0; i < count; i++)
        {
            var client = new TcpClient();
            clients.Add(client);
            await client.ConnectAsync(server.Endpoints[0], timeout.Token);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n" + WebSocketTestClient.Request), timeout.Token);
        }

        answer.SetResult();
        await Task.Run(() => opened.Wait(timeout.Token));
        clients.ForEach(client => client.Dispose());
        await Task.Run(() => closed.Wait(timeout.Token));
    }

    private sealed class CountingHandler(CountdownEvent opened, CountdownEvent closed) : IWebSocketHandler
    {
        public void OnOpen(WebSocketSession session) => opened.Signal();

        public void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary)
        {
        }

        public void OnClose(WebSocketSession session, in WebSocketClose close) => closed.Signal();
    }

    [Fact]
    public async Task Messages_sent_from_other_threads_arrive_in_the_order_of_each_thread()
    {
        var opened = new TaskCompletionSource<WebSocketSession>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(TransportKind.Auto, s => s.MapWebSocket("/ws", new RecordingHandler { Opened = opened.SetResult }));
        using var timeout = new CancellationTokenSource(s_patience);
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{server.Endpoints[0]}/ws"), timeout.Token);
        var session = await opened.Task.WaitAsync(timeout.Token);
        Task[] senders = [.. Enumerable.Range(0, 4).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Assert.NotEqual(EmitResult.Closed, session.Send([(byte)t, (byte)(i >> 8), (byte)i], true));
            }
        }))];
        var next = new int[4];
        for (var i = 0; i < 4000; i++)
        {
            var message = await ReceiveAsync(client, timeout.Token);
            Assert.Equal(next[message[0]]++, (message[1] << 8) | message[2]);
        }

        await Task.WhenAll(senders);
    }
}
