using System.Text;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

public sealed class RouteTests : ServerTest
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_folder_is_served_below_its_prefix_and_its_index_answers_for_it()
    {
        File.WriteAllText(Path.Combine(_folder, "index.html"), "the page");
        Directory.CreateDirectory(Path.Combine(_folder, "js"));
        File.WriteAllText(Path.Combine(_folder, "js", "app.js"), "the code");
        var app = Start(static _ => { }, builder => builder.MapFiles("/site/", _folder));
        Assert.EndsWith("\r\n\r\nthe page", Get(app, "/site/"), StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nthe code", Get(app, "/site/js/app.js"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", Get(app, "/site/other.js"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_missing_is_named_with_its_whole_path()
    {
        var error = Assert.Throws<DirectoryNotFoundException>(() => SockeyeServer.Create(builder => builder.MapFiles("/", "no-such-folder")));
        Assert.Contains(Path.GetFullPath("no-such-folder"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_route_reads_its_query_and_headers_as_text_and_answers_with_text()
    {
        var app = Start(static _ => { }, static builder => builder.MapGet(
            "/hello",
            exchange => exchange.RespondText(200, $"{exchange.Query("name") ?? "nobody"}, {exchange.Header("x-from") ?? "nowhere"} \u00e9")));
        var answer = Get(app, "/hello?name=Ann%20B&name=c", "X-From: there\r\n");
        Assert.Contains("\r\nContent-Type: text/plain; charset=utf-8\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nAnn B, there \u00e9", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nnobody, nowhere \u00e9", Get(app, "/hello"), StringComparison.Ordinal);
    }

    private static string Get(SockeyeTestServer app, string path, string headers = "")
    {
        var peer = app.Transport.Connect();
        peer.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n"));
        app.RunUntilIdle();
        return Encoding.UTF8.GetString(peer.Receive());
    }
}
