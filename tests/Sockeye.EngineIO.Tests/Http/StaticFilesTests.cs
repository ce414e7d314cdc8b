using System.Text;
using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO.Tests;

public sealed class StaticFilesTests
{
    private static HttpTestServer Server(Action<StaticFiles>? more = null)
    {
        var files = new StaticFiles("/files");
        files.Add("index.html", "<p>"u8.ToArray());
        files.Add("sub/a b.js", "1"u8.ToArray());
        files.Add("odd.xyz", [0, 1]);
        more?.Invoke(files);
        return new HttpTestServer(server => server.Router.Map("/files/", files, prefix: true));
    }

    private static string Get(string path, string more = "") => $"GET {path} HTTP/1.1\r\nHost: h\r\n{more}\r\n";

    private static string ETag(string answer) => answer.Split("ETag: ")[1].Split("\r\n")[0];

    [Theory]
    [InlineData("/files/", "text/html; charset=utf-8", "<p>")]
    [InlineData("/files/index.html", "text/html; charset=utf-8", "<p>")]
    [InlineData("/files/sub/a%20b.js", "text/javascript; charset=utf-8", "1")]
    [InlineData("/files/odd.xyz", "application/octet-stream", "\0\u0001")]
    public void A_file_comes_with_its_type(string path, string type, string content)
    {
        using var server = Server();
        var answer = server.Once(Get(path));
        Assert.StartsWith($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {content.Length}\r\nETag: \"", answer);
        Assert.EndsWith("\r\n\r\n" + content, answer);
    }

    [Theory]
    [InlineData("/files/missing")]
    [InlineData("/files/INDEX.html")]
    [InlineData("/files/sub/")]
    [InlineData("/files/../etc/passwd")]
    [InlineData("/files/%2e%2e/secret")]
    [InlineData("/files/sub/../index.html")]
    [InlineData("/files//etc/passwd")]
    [InlineData("/files/..%5c..%5csecret")]
    public void A_path_that_is_not_in_the_table_is_not_served(string path)
    {
        using var server = Server();
        var answer = server.Once(Get(path));
        Assert.True(answer.StartsWith("HTTP/1.1 404 ") || answer.StartsWith("HTTP/1.1 400 "), answer);
    }

    [Fact]
    public void A_known_tag_gets_304()
    {
        using var server = Server();
        var etag = ETag(server.Once(Get("/files/")));
        foreach (var tags in new[] { etag, "W/" + etag, "\"x\", " + etag, "*" })
        {
            var answer = server.Once(Get("/files/", $"If-None-Match: {tags}\r\n"));
            Assert.StartsWith("HTTP/1.1 304 Not Modified\r\n", answer);
            Assert.EndsWith("\r\n\r\n", answer);
            Assert.Contains("ETag: " + etag, answer);
        }

        Assert.StartsWith("HTTP/1.1 200 ", server.Once(Get("/files/", "If-None-Match: \"x\"\r\n")));
    }

    [Fact]
    public void HEAD_has_no_body_and_POST_is_not_allowed()
    {
        using var server = Server();
        Assert.EndsWith("\r\n\r\n", server.Once(Get("/files/").Replace("GET", "HEAD")));
        Assert.StartsWith("HTTP/1.1 405 ", server.Once(Get("/files/").Replace("GET", "POST")));
    }

    [Fact]
    public void A_folder_is_read_once_without_hidden_files()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            _ = Directory.CreateDirectory(Path.Combine(folder, "deep", "er"));
            _ = Directory.CreateDirectory(Path.Combine(folder, ".git"));
            File.WriteAllText(Path.Combine(folder, "deep", "er", "f.css"), "css");
            File.WriteAllText(Path.Combine(folder, ".env"), "secret");
            File.WriteAllText(Path.Combine(folder, ".git", "config"), "secret");
            using var server = Server(files => files.AddFolder(folder));
            Assert.EndsWith("css", server.Once(Get("/files/deep/er/f.css")));
            Assert.StartsWith("HTTP/1.1 404 ", server.Once(Get("/files/.env")));
            Assert.StartsWith("HTTP/1.1 404 ", server.Once(Get("/files/.git/config")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_pipe_in_a_folder_is_not_waited_for()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            _ = NamedPipe.Make(folder);
            File.WriteAllText(Path.Combine(folder, "empty.css"), "");
            using var server = Server(files => files.AddFolder(folder));
            Assert.Contains("Content-Length: 0\r\n", server.Once(Get("/files/pipe")), StringComparison.OrdinalIgnoreCase);
            Assert.StartsWith("HTTP/1.1 200 ", server.Once(Get("/files/empty.css")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_limits_of_a_set_hold()
    {
        var files = new StaticFiles("/", maxTotalBytes: 10, maxFiles: 2);
        files.Add("a", new byte[10]);
        _ = Assert.Throws<InvalidOperationException>(() => files.Add("b", new byte[1]));
        var few = new StaticFiles("/", maxFiles: 1);
        few.Add("a", []);
        _ = Assert.Throws<InvalidOperationException>(() => few.Add("b", Encoding.ASCII.GetBytes("")));
    }
}
