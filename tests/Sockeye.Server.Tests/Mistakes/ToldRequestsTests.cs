using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Sockeye.EngineIO.Http;
using Sockeye.Server.Common;
using Xunit;

namespace Sockeye.Server.Tests.Mistakes;

/// <summary>Requests that look like a mistake on this side, over real sockets: the whole line that standard error gets; times and addresses are put into words.</summary>
public sealed partial class ToldRequestsTests : IDisposable
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";

    private readonly MemoryStream _written = new();
    private readonly ConsoleLines _console;
    private readonly HttpClient _http = new();

    public ToldRequestsTests() => _console = new ConsoleLines(() => _written);

    public void Dispose()
    {
        _http.Dispose();
        _written.Dispose();
    }

    [Fact]
    public Task A_client_of_Socket_IO_2() => Says(
        "TIME warn Sockeye.EngineIO: A client of PEER speaks an older protocol: Socket.IO 2 or before, or no EIO=4 in its query. Clients of Socket.IO 3 and 4 are served",
        port => Get(port, "/socket.io/?EIO=3&transport=polling"));

    [Fact]
    public Task A_client_that_looks_elsewhere() => Says(
        "TIME warn Sockeye.EngineIO: A client of PEER looks for the server at /io/; it is served at /socket.io",
        port => Get(port, "/io/?EIO=4&transport=polling"));

    [Fact]
    public Task A_page_of_another_origin_is_told_once() => Says(
        "TIME warn Sockeye.EngineIO: A page of http://localhost:8080 has asked for a session from PEER, but its browser keeps the answer from it: Engine:Cors does not allow that origin, or a proxy does not pass the Host of the page",
        async port =>
        {
            await Get(port, Handshake, "http://localhost:8080");
            await Get(port, Handshake, "http://localhost:8080");
        });

    [Fact]
    public Task A_page_of_an_allowed_origin_or_of_this_one_is_not_told() => Says(
        null,
        async port =>
        {
            await Get(port, Handshake, "http://localhost:8080");
            await Get(port, Handshake, $"http://127.0.0.1:{port}");
            await Get(port, Handshake);
            await Get(port, "/favicon.ico");
        },
        builder => builder.Options.Engine.Cors = new CorsOptions { Origins = ["http://localhost:8080"] });

    [Fact]
    public Task Of_the_origins_of_others_16_are_told() => Says(
        16,
        async port =>
        {
            for (var i = 0; i < 20; i++)
            {
                await Get(port, Handshake, $"http://localhost:{9000 + i}");
            }
        },
        builder => builder.Time = new Hurried());

    [Fact]
    public Task A_client_with_an_https_address() => Says(
        "TIME warn Sockeye.EngineIO: PEER speaks TLS, and http is served here: the address of the client begins with https or wss. A proxy in front may end TLS",
        async port =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync(new byte[] { 0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x0a, 0x0d, 0x0a }, TestContext.Current.CancellationToken);
            var answer = new byte[256];
            while (await stream.ReadAsync(answer, TestContext.Current.CancellationToken).AsTask().WaitAsync(RealClient.Patience) > 0)
            {
            }
        });

    [Fact]
    public Task A_message_that_is_too_long() => Says(
        "TIME warn Sockeye.EngineIO: Request of PEER refused with 413: The body is longer than Engine:MaxPayloadBytes, or than what a route of the application takes.",
        async port =>
        {
            var open = await _http.GetStringAsync(new Uri($"http://127.0.0.1:{port}{Handshake}"), TestContext.Current.CancellationToken);
            var sid = Sid().Match(open).Groups[1].Value;
            using var content = new StringContent("4" + new string('x', 2000));
            using var answer = await _http.PostAsync(new Uri($"http://127.0.0.1:{port}{Handshake}&sid={sid}"), content, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        },
        builder => builder.Options.Engine.MaxPayloadBytes = 1000);

    [GeneratedRegex("\"sid\":\"([^\"]+)\"")]
    private static partial Regex Sid();

    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d\d\d")]
    private static partial Regex Time();

    [GeneratedRegex(@"\[?(?:::ffff:)?127\.0\.0\.1\]?:\d+")]
    private static partial Regex Peer();

    private async Task Get(int port, string path, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}{path}"));
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private async Task<string[]> Run(Func<int, Task> requests, Action<SockeyeBuilder>? build)
    {
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder =>
        {
            builder.Console = _console;
            builder.Options.EventLoops = 1;
            builder.Options.StopTimeout = TimeSpan.Zero;
            build?.Invoke(builder);
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        await requests(((IPEndPoint)server.Endpoints[0]).Port);
        Assert.True(_console.Flush(TimeSpan.FromSeconds(60)));
        return [.. Encoding.UTF8.GetString(_written.ToArray()).Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
            .Where(static line => line.Contains("EngineIO", StringComparison.Ordinal))
            .Select(static line => Peer().Replace(Time().Replace(line, "TIME"), "PEER"))];
    }

    private async Task Says(string? line, Func<int, Task> requests, Action<SockeyeBuilder>? build = null)
    {
        var lines = await Run(requests, build);
        if (line is null)
        {
            Assert.Empty(lines);
        }
        else
        {
            Assert.Equal(line, Assert.Single(lines));
        }
    }

    private async Task Says(int count, Func<int, Task> requests, Action<SockeyeBuilder> build) => Assert.Equal(count, (await Run(requests, build)).Length);

    /// <summary>A clock on which each look is a second later, so that no line is left out.</summary>
    private sealed class Hurried : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Interlocked.Increment(ref _seconds);
    }
}
