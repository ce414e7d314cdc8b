using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.EngineIO.Tests;

/// <summary>Clients of plain endpoints that say nothing: pinged first, closed later.</summary>
public sealed class WebSocketHeartbeatTests
{
    private static readonly byte[] s_pong = WebSocketTestClient.Frame(WebSocketFrames.Pong, default);

    private static HttpTestServer Server(RecordingHandler handler, WebSocketEndpointOptions? options = null) => new(s => s.MapWebSocket("/ws", handler, options));

    [Fact]
    public void A_silent_client_is_pinged_after_25_seconds_and_not_before()
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        server.Advance(24.999);
        Assert.Equal("", client.Receive());
        server.Advance(0.001);
        Assert.Equal("ping:", client.Receive());
        server.Advance(25);
        Assert.Equal("ping:", client.Receive());
    }

    [Fact]
    public void A_client_that_says_something_is_not_pinged()
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        for (var i = 0; i < 40; i++)
        {
            server.Advance(10);
            Assert.Equal("t:x", client.Exchange(WebSocketTestClient.Text("x")));
        }
    }

    [Fact]
    public void A_client_that_answers_pings_lives()
    {
        using var server = Server(new RecordingHandler());
        var client = new WebSocketTestClient(server);
        var pings = 0;
        for (var i = 0; i < 400; i++)
        {
            server.Advance(1);
            if (client.Receive() == "ping:")
            {
                pings++;
                client.Peer.Send(s_pong);
                server.Run();
            }
        }

        Assert.InRange(pings, 8, 16);
        Assert.Equal("t:still there", client.Exchange(WebSocketTestClient.Text("still there")));
    }

    [Fact]
    public void A_client_that_is_silent_for_120_seconds_is_closed_and_not_before()
    {
        var handler = new RecordingHandler();
        using var server = Server(handler);
        var client = new WebSocketTestClient(server);
        server.Advance(119.999);
        Assert.Equal("ping: ping: ping: ping:", client.Receive());
        server.Advance(0.001);
        Assert.Equal("close:1001:idle", client.Receive());
        Assert.Equal(WebSocketCloseCause.IdleTimeout, Assert.Single(handler.Closes).Cause);
        Assert.True(client.Peer.IsClosed);
    }

    [Fact]
    public void Both_may_be_turned_off()
    {
        var handler = new RecordingHandler();
        using var server = Server(handler, new WebSocketEndpointOptions { PingInterval = Timeout.InfiniteTimeSpan, IdleTimeout = Timeout.InfiniteTimeSpan });
        var client = new WebSocketTestClient(server);
        server.Advance(7 * 24 * 3600);
        Assert.Equal("", client.Receive());
        Assert.Empty(handler.Closes);
    }

    [Theory]
    [InlineData(25, -1, "ping: ping: ping: ping: ping: ping:")]
    [InlineData(-1, 60, "close:1001:idle")]
    [InlineData(100, 60, "close:1001:idle")]
    public void Either_works_without_the_other(int ping, int idle, string expected)
    {
        static TimeSpan Time(int seconds) => seconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds);
        using var server = Server(new RecordingHandler(), new WebSocketEndpointOptions { PingInterval = Time(ping), IdleTimeout = Time(idle) });
        var client = new WebSocketTestClient(server);
        server.Advance(150);
        Assert.Equal(expected, client.Receive());
    }

    [Fact]
    public void A_client_that_is_not_read_since_it_does_not_read_is_not_silent()
    {
        var handler = new RecordingHandler((session, _) =>
        {
            while (session.Send(new byte[10_000], true) == EmitResult.Accepted)
            {
            }
        });
        using var server = Server(handler, new WebSocketEndpointOptions { IdleTimeout = TimeSpan.FromSeconds(30) });
        var client = new WebSocketTestClient(server);
        client.Peer.WindowBytes = 50_000;
        client.Peer.Send(WebSocketTestClient.Text("x"));
        for (var i = 0; i < 20; i++)
        {
            server.Advance(5);
            _ = client.Peer.Receive(1000);
        }

        Assert.Empty(handler.Closes);
        client.Peer.Reset();
        server.Run();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(-2)]
    [InlineData(86_400_001)]
    public void Times_out_of_range_are_refused_with_the_name_of_the_option(double milliseconds)
    {
        var options = new WebSocketEndpointOptions { PingInterval = TimeSpan.FromMilliseconds(milliseconds), IdleTimeout = TimeSpan.FromMilliseconds(milliseconds), Subprotocols = ["a b"] };
        Assert.Equal(["IdleTimeout", "PingInterval", "Subprotocols"], options.Validate().Select(fault => fault.Split(' ', ':')[0]).Order());
        using var server = new HttpTestServer();
        _ = Assert.Throws<ArgumentException>(() => server.Server.MapWebSocket("/ws", new RecordingHandler(), options));
        Assert.Empty(new WebSocketEndpointOptions { PingInterval = TimeSpan.FromMilliseconds(10), IdleTimeout = TimeSpan.FromDays(1) }.Validate());
    }
}
