using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

public sealed class ServeClientTests : ServerTest
{
    private static readonly string[] Bundles =
    [
        "socket.io.js", "socket.io.js.map", "socket.io.min.js", "socket.io.min.js.map",
        "socket.io.esm.min.js", "socket.io.esm.min.js.map", "socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void The_eight_bundles_are_served_with_type_and_tag_and_may_be_kept()
    {
        var app = StartServing();
        foreach (var name in Bundles)
        {
            var answer = Get(app, "/socket.io/" + name);
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.Contains(name.EndsWith(".map", StringComparison.Ordinal) ? "Content-Type: application/json\r\n" : "Content-Type: text/javascript; charset=utf-8\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("\r\nCache-Control: public, max-age=0\r\n", answer, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\ncontent of " + name, answer, StringComparison.Ordinal);
            var tag = answer.Split("ETag: ")[1].Split("\r\n")[0];
            foreach (var known in new[] { tag, "W/" + tag, "\"other\", W/" + tag })
            {
                var unchanged = Get(app, "/socket.io/" + name + "?v=1", $"If-None-Match: {known}\r\n");
                Assert.StartsWith("HTTP/1.1 304 ", unchanged, StringComparison.Ordinal);
                Assert.EndsWith("\r\n\r\n", unchanged, StringComparison.Ordinal);
            }

            Assert.StartsWith("HTTP/1.1 200 ", Get(app, "/socket.io/" + name, "If-None-Match: \"other\"\r\n"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("package.json")]
    [InlineData("socket.io.esm.js")]
    [InlineData("socket.io.min.js.map.map")]
    [InlineData("socket.io.min.jsx")]
    [InlineData("Socket.io.js")]
    [InlineData("socket.io.js/")]
    [InlineData("x/../socket.io.js")]
    [InlineData("..%2fsocket.io.js")]
    public void No_other_file_of_the_folder_is_served(string name)
    {
        File.WriteAllText(Path.Combine(_folder, "package.json"), "secret");
        File.WriteAllText(Path.Combine(_folder, "socket.io.esm.js"), "secret");
        var answer = Get(StartServing(), "/socket.io/" + name);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("content of", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void They_follow_the_path_of_the_endpoint()
    {
        var app = StartServing(options => options.Path = "/rt/");
        Assert.StartsWith("HTTP/1.1 200 ", Get(app, "/rt/socket.io.min.js"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", Get(app, "/socket.io/socket.io.min.js"), StringComparison.Ordinal);
    }

    [Fact]
    public void They_carry_the_headers_of_CORS_and_preflights_are_answered()
    {
        var app = StartServing(options => options.Engine.Cors = new CorsOptions { Origins = ["http://a.example"] });
        Assert.Contains("Access-Control-Allow-Origin: http://a.example\r\n", Get(app, "/socket.io/socket.io.js", "Origin: http://a.example\r\n"), StringComparison.Ordinal);
        Assert.DoesNotContain("Access-Control", Get(app, "/socket.io/socket.io.js", "Origin: http://b.example\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 204 ", Request(app, "OPTIONS", "/socket.io/socket.io.js", "Origin: http://a.example\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 405 ", Request(app, "POST", "/socket.io/socket.io.js", "Content-Length: 0\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_older_client_with_fewer_bundles_is_served_as_it_is()
    {
        File.WriteAllText(Path.Combine(_folder, "socket.io.min.js"), "old");
        var app = Start(static _ => { }, builder => builder.Options.ServeClientFrom = _folder);
        Assert.EndsWith("old", Get(app, "/socket.io/socket.io.min.js"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", Get(app, "/socket.io/socket.io.esm.min.js"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_folder_nothing_is_served() =>
        Assert.StartsWith("HTTP/1.1 400 ", Get(Start(static _ => { }), "/socket.io/socket.io.js"), StringComparison.Ordinal);

    [Fact]
    public void A_folder_that_is_missing_or_has_no_bundle_is_a_clear_error_at_the_start()
    {
        var missing = Path.Combine(_folder, "missing");
        var error = Assert.Throws<ArgumentException>(() => SockeyeServer.Create(builder => builder.Options.ServeClientFrom = missing));
        Assert.Contains($"ServeClientFrom: the folder '{missing}' does not exist.", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => SockeyeServer.Create(builder => builder.Options.ServeClientFrom = _folder));
        Assert.Contains($"ServeClientFrom: the folder '{_folder}' has none of the bundles", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_with_the_name_of_a_bundle_is_none()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        NamedPipe.Make(_folder, "socket.io.js");
        var error = Assert.Throws<ArgumentException>(() => SockeyeServer.Create(builder => builder.Options.ServeClientFrom = _folder));
        Assert.Contains("has none of the bundles", error.Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "socket.io.min.js"), "old");
        Assert.StartsWith("HTTP/1.1 400 ", Get(Start(static _ => { }, builder => builder.Options.ServeClientFrom = _folder), "/socket.io/socket.io.js"), StringComparison.Ordinal);
    }

    private SockeyeTestServer StartServing(Action<SockeyeServerOptions>? configure = null)
    {
        foreach (var name in Bundles)
        {
            File.WriteAllText(Path.Combine(_folder, name), "content of " + name);
        }

        return Start(static _ => { }, builder =>
        {
            builder.Options.ServeClientFrom = _folder;
            configure?.Invoke(builder.Options);
        });
    }

    private static string Get(SockeyeTestServer app, string path, string headers = "") => Request(app, "GET", path, headers);

    private static string Request(SockeyeTestServer app, string method, string path, string headers)
    {
        var peer = app.Transport.Connect();
        peer.Send(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n"));
        app.RunUntilIdle();
        return Encoding.ASCII.GetString(peer.Receive());
    }
}
