using System.Text;
using System.Text.RegularExpressions;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>A request gets the same answer from whichever server it comes to, and does the same to its session.</summary>
public sealed partial class RelayEqualityTests : RelayTest
{
    private const string Key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private const string Upgrade13 = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" + Key;
    private const string Form = "Content-Type: text/plain;charset=UTF-8\r\n";

    private static readonly string[] s_methods = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "FOO"];

    private static readonly string[] s_queries =
    [
        "EIO=4&transport=polling&sid=SID", "EIO=4&transport=websocket&sid=SID", "sid=SID", "transport=polling&sid=SID", "EIO=3&transport=polling&sid=SID", "EIO=4&transport=bad&sid=SID", "EIO=4&transport=polling&%73id=SID",
        "EIO=4&transport=polling&sid=SID&sid=SID", "EIO=4&transport=polling&sid=SIDx", "EIO=4&transport=polling&sid=SID&b64=1&j=0", "EIO=4&transport=polling&sid=SID%00", "EIO=4&transport=polling&sid=&sid=SID", "EIO=4&transport=polling&sid=SID#x",
    ];

    private static readonly string[] s_fields =
    [
        "", "Connection: close\r\n", "Connection: keep-alive\r\n", "Connection: Keep-Alive, X-Hop\r\nX-Hop: 1\r\n", Upgrade13, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 12\r\n" + Key,
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Upgrade: websocket\r\n", "Expect: 100-continue\r\n", "Expect: nonsense\r\n", "Origin: https://a.example\r\n",
        "Origin: https://b.example\r\n", "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n", "TE: trailers\r\n", "Accept-Encoding: gzip\r\nCookie: io=x\r\n", Upgrade13 + "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: permessage-deflate\r\n",
    ];

    private static readonly string[] s_bodies =
    [
        "\r\n", "Content-Length: 0\r\n\r\n", "Content-Length: 1\r\n\r\n3", Form + "Content-Length: 1\r\n\r\n3", "Transfer-Encoding: chunked\r\n\r\n1\r\n3\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n1;a=b\r\n3\r\n0\r\nX: 1\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Content-Length: 5\r\n\r\n4\"x\"\u001e", "Content-Length: 3\r\n\r\nbAA", "Content-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\nbAA",
        "Content-Length: 2000000\r\n\r\n4", "Transfer-Encoding: chunked\r\n\r\nF4241\r\n4", "Content-Length: 4\r\n\r\n42[]", "Content-Length: 7\r\n\r\n42[\"a\"]GET / HTTP/1.1\r\n\r\n",
    ];

    private static readonly string[] s_broken = [s_bodies[6], s_bodies[12]];

    [Theory, InlineData("HTTP/1.1"), InlineData("HTTP/1.0")]
    public void A_request_is_answered_alike_by_every_server(string version)
    {
        var cluster = StartRelays(2, static server => server.OnConnection(static socket => { }), static builder =>
        {
            builder.Options.Engine.Cors = new CorsOptions { Origins = ["https://a.example"], Credentials = true };
            builder.Options.Engine.Cookie = new CookieOptions();
            builder.Options.Engine.Headers = static (_, headers) => headers.Add("X-Each", "1");
        });
        List<string> differences = [];
        foreach (var method in s_methods)
        {
            foreach (var query in s_queries)
            {
                foreach (var fields in s_fields)
                {
                    foreach (var body in s_bodies)
                    {
                        if ((method != "POST" || query != s_queries[0]) && fields.Length > 0 && body != s_bodies[0] && body != s_bodies[2])
                        {
                            continue;
                        }

                        // Behind an upgrade that was answered otherwise the connection is not gone on with.
                        if (method == "OPTIONS" && fields.StartsWith("Connection: Upgrade\r\nUpgrade: w", StringComparison.Ordinal))
                        {
                            continue;
                        }

                        // The server that a POST comes to takes its body before anybody looks at its head.
                        if (method == "POST" && (fields.StartsWith("Expect: 100", StringComparison.Ordinal) || (query != s_queries[0] && s_broken.Contains(body))))
                        {
                            continue;
                        }

                        var request = $"{method} /socket.io/?{query} {version}\r\nHost: test\r\n{fields}{body}";
                        var (direct, relayed) = (Ask(cluster, 0, request), Ask(cluster, 1, request));
                        if (direct != relayed)
                        {
                            differences.Add($"{request}\n--- direct\n{direct}\n--- relayed\n{relayed}");
                        }
                    }
                }
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count}\n" + string.Join("\n=====\n", differences.Take(12)));
    }

    [Theory, InlineData("GET", ""), InlineData("POST", ""), InlineData("POST", "Content-Length:1\r\n"), InlineData("POST", "Content-Length: 1\r\n"), InlineData("POST", "Transfer-Encoding: chunked\r\n"), InlineData("GET", "Connection: Upgrade\r\nUpgrade: h2c\r\n")]
    public void A_head_up_to_the_limit_is_taken_by_every_server(string method, string fields)
    {
        var cluster = StartRelays(2, static server => server.OnConnection(static socket => { }));
        List<string> differences = [];
        for (var length = 16_384 - 90; length <= 16_384 + 10; length++)
        {
            var head = $"{method} /socket.io/?EIO=4&transport=polling&sid={new string('S', 20)} HTTP/1.1\r\nHost: test\r\n{fields}X: ";
            var body = fields.StartsWith("Content", StringComparison.Ordinal) ? "3" : fields.StartsWith("Transfer", StringComparison.Ordinal) ? "1\r\n3\r\n0\r\n\r\n" : "";
            var request = head.Replace(new string('S', 20), "SID", StringComparison.Ordinal) + new string('x', length - head.Length - 4) + "\r\n\r\n" + body;
            var (direct, relayed) = (Ask(cluster, 0, request), Ask(cluster, 1, request));
            if (direct != relayed)
            {
                differences.Add($"{length}\n--- direct\n{direct}\n--- relayed\n{relayed}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count}\n" + string.Join("\n=====\n", differences.Take(12)));
    }

    private static string Ask(SockeyeTestCluster cluster, int server, string request)
    {
        var client = new PollingPeer(cluster);
        client.Join(0);
        var socket = Assert.Single(cluster[0].Namespaces.All()).Members.All().Last();
        var peer = cluster[server].Transport.Connect();
        peer.Send(Encoding.Latin1.GetBytes(request.Replace("SID", client.Sid, StringComparison.Ordinal)));
        cluster.RunUntilIdle();
        var answer = Encoding.Latin1.GetString(peer.Receive());
        var state = $"{peer.IsClosed} {socket.IsConnected}";
        socket.Emit("said", 1);
        cluster.RunUntilIdle();
        answer += "|" + Encoding.Latin1.GetString(peer.Receive());
        state += $" {peer.IsClosed} {socket.IsConnected}";
        peer.Close();
        cluster.RunUntilIdle();
        state += $" {socket.IsConnected}";
        socket.Disconnect(true);
        cluster.RunUntilIdle();
        AssertNoneOpen(cluster);
        return state + "\n" + Date().Replace(answer, "").Replace(client.Sid, "SID", StringComparison.Ordinal);
    }

    [GeneratedRegex("Date: [^\r]*\r\n")]
    private static partial Regex Date();
}
