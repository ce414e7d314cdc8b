using System.Net.Sockets;
using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests.Http;

/// <summary>Requests that are refused while they are still coming, over real sockets: a client that writes all of it before it reads, as proxies do, reads the answer and not a reset.</summary>
public sealed class EarlyRefusalTests
{
    private const int Length = 900_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly string s_long = new('x', Length);

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task A_client_that_sends_900_kB_before_it_reads_gets_the_answer(TransportKind kind)
    {
        await using var server = new HttpServer(new HttpServerOptions { Transport = new TransportOptions { Kind = kind } });
        var engine = new EngineServer(new EngineOptions { MaxPayloadBytes = 500_000 }, new Silent());
        engine.Attach(server);
        server.MapPost("/small", static (exchange, _) => { exchange.Respond(200, null, default); return Task.CompletedTask; }, 1000);
        await server.StartAsync("http://127.0.0.1:0");
        var port = server.Endpoints[0].Port;
        var (first, second) = (await Open(port), await Open(port));
        var failures = new List<string>();
        foreach (var (status, request) in new[]
        {
            (404, Post("/nowhere")),
            (413, Post("/small")),
            (400, Post("/engine.io/?EIO=4&transport=polling&sid=none")),
            (400, Post("/engine.io/?EIO=4&transport=polling&sid=none", "Transfer-Encoding: chunked", $"{Length:x}\r\n{s_long}\r\n0\r\n\r\n")),
            (400, Post(first, "Content-Type: application/octet-stream\r\nContent-Length: 900000")),
            (413, Post(second)),
            (400, Post(second)),
            (426, Handshake("Sec-WebSocket-Version: 12") + s_long),
            (400, Handshake("Sec-WebSocket-Version: 13\r\nContent-Length: 900000") + s_long),
            (414, "GET /" + s_long + " HTTP/1.1\r\nHost: h\r\n\r\n"),
            (431, "GET / HTTP/1.1\r\nHost: h\r\nX-Long: " + s_long + "\r\n\r\n"),
            (400, "nonsense \r\n\r\n" + s_long),
            (400, "POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n" + s_long),
        })
        {
            var answer = await Exchange(port, request);
            var saysLast = request.Contains("chunked", StringComparison.Ordinal) || answer.Contains("Connection: close", StringComparison.Ordinal);     // how long a chunked one gets shows later
            if (!answer.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal) || !saysLast)
            {
                failures.Add($"{status} for {request[..80]}: {answer}");
            }
        }

        await engine.CloseAsync();
        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task A_server_that_stops_does_not_wait_for_a_refused_client_that_goes_on_sending(TransportKind kind)
    {
        var server = new HttpServer(new HttpServerOptions { Transport = new TransportOptions { Kind = kind }, StopTimeout = TimeSpan.FromHours(1) });
        await server.StartAsync("http://127.0.0.1:0");
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Endpoints[0].Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Post("/nowhere", body: "x")));
        var answer = new byte[10];
        await client.GetStream().ReadExactlyAsync(answer).AsTask().WaitAsync(s_patience);
        await server.StopAsync().WaitAsync(s_patience);
        Assert.Equal(0, server.ConnectionCount);
    }

    private static async Task<string> Open(int port)
    {
        var answer = await Exchange(port, "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        return "/engine.io/?EIO=4&transport=polling&sid=" + answer.Split("\"sid\":\"")[1].Split('"')[0];
    }

    private static string Post(string target, string headers = "Content-Length: 900000", string? body = null) =>
        $"POST {target} HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n{body ?? s_long}";

    private static string Handshake(string headers) =>
        "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" + headers + "\r\n\r\n";

    private static async Task<string> Exchange(int port, string request)
    {
        using var timeout = new CancellationTokenSource(s_patience);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, timeout.Token);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), timeout.Token);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            return await reader.ReadToEndAsync(timeout.Token);
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }

    private sealed class Silent : IEngineHandler
    {
        public void OnOpen(EngineSession session)
        {
        }

        public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary)
        {
        }

        public void OnClose(EngineSession session, DisconnectReason reason, string? detail)
        {
        }
    }
}
