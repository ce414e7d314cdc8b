using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

/// <summary>Answers that nobody reads, and the memory budget of an engine on the same server.</summary>
public sealed class HttpBudgetTests
{
    private const int Budget = 1_000_000;
    private static readonly byte[] s_file = Encoding.ASCII.GetBytes(new string('f', 300_000));

    [Fact]
    public void Any_number_of_unread_answers_with_one_file_hold_none_of_its_memory()
    {
        using BudgetServer budget = new();
        var server = budget.Http;
        var held = BufferCounters.HeldBytes;
        MemoryPeer[] readers = [.. Enumerable.Range(0, 24).Select(_ => Unread(server, "/files/f.txt"))];
        Assert.InRange(BufferCounters.HeldBytes - held, 0, 24 * 2048);
        Assert.StartsWith("HTTP/1.1 200 ", Handshake(server), StringComparison.Ordinal);
        foreach (var reader in readers)
        {
            reader.StopReading = false;
            var answer = server.Receive(reader);
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.Equal(s_file, Encoding.ASCII.GetBytes(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));
            Assert.StartsWith("HTTP/1.1 200 ", server.Exchange(reader, "GET /small HTTP/1.1\r\nHost: t\r\n\r\n"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Unread_answers_of_routes_go_before_new_clients_are_turned_away_for_long(int loops)
    {
        using BudgetServer budget = new(loops);
        var server = budget.Http;
        MemoryPeer[] readers = [.. Enumerable.Range(0, 3).Select(i => Unread(server, "/large", i % loops))];
        Assert.StartsWith("HTTP/1.1 503 ", Handshake(server), StringComparison.Ordinal);
        server.Advance(1);
        Assert.Single(readers, reader => reader.IsReset);
        Assert.StartsWith("HTTP/1.1 200 ", Handshake(server), StringComparison.Ordinal);
    }

    [Fact]
    public void Below_80_percent_of_the_budget_no_unread_answer_is_given_up_before_its_time()
    {
        using BudgetServer budget = new();
        var server = budget.Http;
        MemoryPeer[] readers = [.. Enumerable.Range(0, 2).Select(_ => Unread(server, "/large"))];
        Assert.StartsWith("HTTP/1.1 200 ", Handshake(server), StringComparison.Ordinal);
        server.Advance(5);
        Assert.DoesNotContain(readers, reader => reader.IsReset);
    }

    [Fact]
    public void The_head_of_a_request_in_hand_counts_until_it_is_answered()
    {
        HttpExchange? waiting = null;
        using var server = new HttpTestServer(http => http.MapGet("/wait", exchange => { waiting = exchange; }));
        var held = BufferCounters.HeldBytes;
        var peer = server.Connect();
        server.Exchange(peer, $"GET /wait HTTP/1.1\r\nHost: t\r\nX: {new string('x', 10_000)}\r\n\r\n");
        Assert.InRange(BufferCounters.HeldBytes - held, 10_000, 10_200);
        waiting!.Respond(200, null, default);
        server.Run();
        Assert.Equal(held, BufferCounters.HeldBytes);
    }

    private static MemoryPeer Unread(HttpTestServer server, string path, int loop = 0)
    {
        var peer = server.Connect(loop);
        peer.StopReading = true;
        Assert.Equal("", server.Exchange(peer, $"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n"));
        return peer;
    }

    private static string Handshake(HttpTestServer server) => server.Once("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: t\r\n\r\n");

    private sealed class BudgetServer : IDisposable
    {
        private readonly EngineServer _engine = new(new EngineOptions { MemoryBudgetBytes = Budget }, new Sessions.RecordingHandler());

        public BudgetServer(int loops = 1) => Http = new HttpTestServer(
            server =>
            {
                var files = new StaticFiles("/files/");
                files.Add("f.txt", s_file);
                server.Router.Map("/files/", files, prefix: true);
                server.MapGet("/large", exchange => exchange.Respond(200, "text/plain", new byte[300_000]));
                server.MapGet("/small", exchange => exchange.Respond(200, "text/plain", "s"u8));
                _engine.Attach(server);
            },
            loops: loops);

        public HttpTestServer Http { get; }

        public void Dispose()
        {
            var closed = _engine.CloseAsync();
            Http.Run();
            closed.GetAwaiter().GetResult();
            Http.Dispose();
        }
    }
}
