using System.Globalization;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;

namespace Sockeye.EngineIO.Tests;

/// <summary>Plain WebSockets beside an engine, whose memory budget counts for them too.</summary>
public sealed class WebSocketBudgetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Above_95_percent_of_the_budget_the_slowest_reader_is_reset_and_below_it_nobody(int loops)
    {
        var handler = Owing();
        using var server = Server(handler, loops);
        var slow = new WebSocketTestClient(server, loops - 1);
        var slower = new WebSocketTestClient(server);
        Owe(slow, 4);
        Owe(slower, 8);
        server.Advance(1);
        Assert.Empty(handler.Closes);
        Owe(slow, 1);
        Assert.True(slower.Peer.IsReset);
        Assert.False(slow.Peer.IsClosed);
        Assert.Equal((1006, WebSocketCloseCause.MemoryBudget), (Assert.Single(handler.Closes).Code, handler.Closes[0].Cause));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Who_sends_without_end_is_reset_and_no_slow_reader_pays_for_it(int loops)
    {
        var handler = Owing();
        using var server = Server(handler, loops);
        var slow = new WebSocketTestClient(server, loops - 1);
        var endless = new WebSocketTestClient(server);
        Owe(slow, 4);
        server.Advance(1);
        endless.Peer.Send([0x81, 0xFF, 0, 0, 0, 0, 0, 0x0F, 0x40, 0, 0, 0, 0, 0, .. new byte[500_000]]);
        server.Advance(1);
        endless.Peer.Send(new byte[380_000]);
        server.Run();
        Assert.True(endless.Peer.IsReset);
        Assert.False(slow.Peer.IsClosed);
        Assert.Equal((1006, WebSocketCloseCause.MemoryBudget), (Assert.Single(handler.Closes).Code, handler.Closes[0].Cause));
    }

    [Fact]
    public void Above_80_percent_of_the_budget_new_ones_get_503_with_Retry_After_and_below_it_they_are_taken()
    {
        using var server = Server(Owing(), 1);
        var slow = new WebSocketTestClient(server);
        Owe(slow, 9);
        _ = new WebSocketTestClient(server);
        Owe(slow, 3);
        var refusal = server.Once(WebSocketTestClient.Request);
        Assert.StartsWith("HTTP/1.1 503 ", refusal, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 5\r\n", refusal, StringComparison.Ordinal);
        slow.Peer.StopReading = false;
        server.Run();
        _ = new WebSocketTestClient(server);
    }

    private static HttpTestServer Server(RecordingHandler handler, int loops) => new(
        server =>
        {
            server.MapWebSocket("/ws", handler, new WebSocketEndpointOptions { PausesWhenFull = false });
            new EngineServer(new EngineOptions { MemoryBudgetBytes = 1_000_000 }, new Sessions.RecordingHandler()).Attach(server);
        },
        loops: loops);

    /// <summary>Sends as many messages of 64 KiB as it is asked for. Another 64 KiB of each reader are on their way to the kernel.</summary>
    private static RecordingHandler Owing() => new((session, text) =>
    {
        for (var left = int.Parse(text, CultureInfo.InvariantCulture); left > 0; left--)
        {
            _ = session.Send(new byte[65_536], true);
        }
    });

    private static void Owe(WebSocketTestClient client, int messages)
    {
        client.Peer.StopReading = true;
        Assert.Equal("", client.Exchange(WebSocketTestClient.Text(messages.ToString(CultureInfo.InvariantCulture))));
    }
}
