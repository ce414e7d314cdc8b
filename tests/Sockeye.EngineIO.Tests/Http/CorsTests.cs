using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

public sealed class CorsTests
{
    private static HttpTestServer Server(CorsOptions options)
    {
        var policy = new CorsPolicy(options);
        return new HttpTestServer(server =>
        {
            server.Router.Default = new TestHandler(exchange =>
            {
                if (policy.Apply(exchange) == CorsResult.Continue)
                {
                    exchange.Respond(exchange.Head.Path.SequenceEqual("/error"u8) ? 400 : 200, null, default);
                }
            });
            server.MapWebSocket("/ws", new RecordingHandler(), new WebSocketEndpointOptions { Cors = policy });
        });
    }

    private static string Request(string method, string? origin, string more = "", string path = "/")
        => $"{method} {path} HTTP/1.1\r\nHost: h:1\r\n" + (origin is null ? "" : $"Origin: {origin}\r\n") + more + "\r\n";

    [Fact]
    public void A_preflight_of_a_listed_origin_has_the_exact_answer_of_the_reference()
    {
        using var server = Server(new CorsOptions { Origins = ["https://a.example"], Credentials = true });
        Assert.Equal(
            "HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: https://a.example\r\nVary: Origin, Access-Control-Request-Headers\r\n"
            + "Access-Control-Allow-Credentials: true\r\nAccess-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE\r\nAccess-Control-Allow-Headers: x-a, x-b\r\n\r\n",
            server.Once(Request("OPTIONS", "https://a.example", "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-a, x-b\r\n")));
    }

    [Fact]
    public void A_preflight_tells_the_configured_methods_headers_and_age()
    {
        using var server = Server(new CorsOptions { Origins = ["*"], Methods = ["GET", "POST"], AllowedHeaders = ["X-A", "X-B"], MaxAge = TimeSpan.FromHours(1) });
        Assert.Equal(
            "HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET,POST\r\n"
            + "Access-Control-Allow-Headers: X-A,X-B\r\nAccess-Control-Max-Age: 3600\r\n\r\n",
            server.Once(Request("OPTIONS", "https://any.example")));
    }

    [Theory]
    [InlineData("https://a.example", "https://a.example")]
    [InlineData("http://dynamic.example", "http://dynamic.example")]
    [InlineData("https://a.example.evil.example", null)]
    [InlineData("https://A.example", null)]
    [InlineData("null", null)]
    [InlineData(null, null)]
    public void An_origin_is_repeated_only_when_it_is_allowed_and_Vary_says_Origin_always(string? origin, string? allowed)
    {
        using var server = Server(new CorsOptions { Origins = ["https://a.example"], IsOriginAllowed = static o => o == "http://dynamic.example" });
        foreach (var path in new[] { "/", "/error" })
        {
            var answer = server.Once(Request("GET", origin, path: path));
            Assert.Contains("Vary: Origin\r\n", answer);
            if (allowed is null)
            {
                Assert.DoesNotContain("Access-Control-Allow", answer);
            }
            else
            {
                Assert.Contains($"Access-Control-Allow-Origin: {allowed}\r\n", answer);
            }
        }
    }

    [Fact]
    public void Exposed_headers_are_told_with_the_answer_and_credentials_only_to_allowed_origins()
    {
        using var server = Server(new CorsOptions { Origins = ["https://a.example"], ExposedHeaders = ["X-A", "X-B"], Credentials = true });
        var answer = server.Once(Request("GET", "https://a.example"));
        Assert.Contains("Access-Control-Expose-Headers: X-A,X-B\r\n", answer);
        Assert.Contains("Access-Control-Allow-Credentials: true\r\n", answer);
        Assert.DoesNotContain("Credentials", server.Once(Request("GET", "https://b.example")));
    }

    [Theory]
    [InlineData("https://a.example", 101)]
    [InlineData("http://h", 101)]           // the server's own
    [InlineData("http://h:80", 101)]
    [InlineData("http://H", 101)]
    [InlineData(null, 101)]                 // no browser
    [InlineData("https://h", 101)]          // behind a proxy that has ended TLS
    [InlineData("https://h:443", 101)]
    [InlineData("http://h:443", 403)]
    [InlineData("https://h:80", 403)]
    [InlineData("ftp://h", 403)]
    [InlineData("http://h:81", 403)]
    [InlineData("https://evil.example", 403)]
    [InlineData("null", 403)]
    [InlineData("", 403)]
    public void An_upgrade_from_a_foreign_origin_is_refused_before_101(string? origin, int status)
    {
        using var server = Server(new CorsOptions { Origins = ["https://a.example"] });
        var peer = server.Connect();
        var answer = server.Exchange(peer, WebSocketTestClient.Request.Replace("\r\n\r\n", origin is null ? "\r\n\r\n" : $"\r\nOrigin: {origin}\r\n\r\n"));
        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        Assert.Contains("Vary: Origin\r\n", answer);
        Assert.Equal(status == 403, peer.IsClosed);
        peer.Reset();
        server.Run();
    }

    [Fact]
    public void The_101_carries_the_headers()
    {
        using var server = Server(new CorsOptions { Origins = ["*"] });
        var peer = server.Connect();
        Assert.Contains("Access-Control-Allow-Origin: *\r\n", server.Exchange(peer, WebSocketTestClient.Request.Replace("\r\n\r\n", "\r\nOrigin: https://x.example\r\n\r\n")));
    }

    [Fact]
    public void Rules_that_cannot_be_meant_are_refused()
    {
        Assert.Contains("credentials", Assert.Throws<ArgumentException>(() => new CorsPolicy(new CorsOptions { Origins = ["*"], Credentials = true })).Message);
        _ = Assert.Throws<ArgumentException>(() => new CorsPolicy(new CorsOptions { Origins = ["*", "https://a.example"] }));
        _ = Assert.Throws<ArgumentException>(() => new CorsPolicy(new CorsOptions { Origins = ["a.example"] }));
        _ = Assert.Throws<ArgumentException>(() => new CorsPolicy(new CorsOptions { Origins = ["https://a.example/"] }));
        _ = Assert.Throws<ArgumentException>(() => new CorsPolicy(new CorsOptions { AllowedHeaders = ["a b"] }));
    }
}
