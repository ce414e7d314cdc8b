using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

public sealed class HttpTimeoutTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string TimedOut = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";

    private static HttpTestServer Server(TestHandler? handler = null)
        => new(server => server.Router.Default = handler ?? new TestHandler(e => e.Respond(204, null, default)));

    [Fact]
    public void A_head_has_ten_seconds_from_the_accept_however_many_bytes_come()
    {
        using var server = Server();
        var peer = server.Connect();
        for (var i = 0; i < 9; i++)
        {
            peer.Send(Encoding.ASCII.GetBytes(Get[i].ToString()));
            server.Advance(1);
        }

        server.Advance(0.999);
        Assert.Equal("", server.Receive(peer));
        server.Advance(0.001);
        Assert.Equal(TimedOut, server.Receive(peer));
        Assert.True(peer.IsClosed);
    }

    [Fact]
    public void A_head_just_in_time_is_answered()
    {
        using var server = Server();
        var peer = server.Connect();
        _ = server.Exchange(peer, Get[..10]);
        server.Advance(9.999);
        Assert.StartsWith("HTTP/1.1 204", server.Exchange(peer, Get[10..]));
    }

    [Fact]
    public void A_further_head_has_ten_seconds_from_its_first_byte()
    {
        using var server = Server();
        var peer = server.Connect();
        _ = server.Exchange(peer, Get);
        server.Advance(60);
        _ = server.Exchange(peer, "G");
        server.Advance(9.999);
        Assert.Equal("", server.Receive(peer));
        server.Advance(0.001);
        Assert.Equal(TimedOut, server.Receive(peer));
    }

    [Fact]
    public void An_idle_connection_closes_after_the_keep_alive_time_without_an_answer()
    {
        using var server = Server();
        var peer = server.Connect();
        _ = server.Exchange(peer, Get);
        server.Advance(74.999);
        Assert.False(peer.IsClosed);
        server.Advance(0.001);
        Assert.True(peer.IsClosed);
        Assert.Equal("", server.Receive(peer));
    }

    [Fact]
    public void A_held_exchange_has_no_time_limit_of_the_connection()
    {
        using var server = Server(new TestHandler());
        var peer = server.Connect();
        _ = server.Exchange(peer, Get);
        server.Advance(3600);
        Assert.False(peer.IsClosed);
    }

    [Fact]
    public void A_body_without_progress_ends_with_its_grace()
    {
        var handler = new TestHandler(e => e.ReadBody(100_000));
        using var server = Server(handler);
        var peer = server.Connect();
        _ = server.Exchange(peer, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
        server.Advance(4.999);
        Assert.Equal("", server.Receive(peer));
        server.Advance(0.001);
        Assert.Equal(TimedOut, server.Receive(peer));
        Assert.Equal(1, handler.Aborts);
    }

    [Fact]
    public void A_body_below_the_least_rate_ends_and_one_above_it_lives()
    {
        var handler = new TestHandler(e => e.ReadBody(100_000));
        using var server = Server(handler);
        foreach (var (rate, lives) in new[] { (239, false), (241, true) })
        {
            var peer = server.Connect();
            _ = server.Exchange(peer, $"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n");
            for (var i = 0; i < 10 && !peer.IsClosed; i++)
            {
                peer.Send(new byte[rate]);
                server.Run();
                server.Advance(1.001);
            }

            Assert.Equal(lives, !peer.IsClosed);
            if (lives)
            {
                peer.Close();
                server.Run();
            }
        }
    }

    [Fact]
    public void A_body_that_stops_ends_when_its_average_falls_below_the_rate_also_between_two_ticks_of_the_clock()
    {
        var handler = new TestHandler(e => e.ReadBody(100_000));
        using var server = Server(handler);
        for (var length = 1201; length < 1300; length++)
        {
            var peer = server.Connect();
            _ = server.Exchange(peer, $"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n");
            peer.Send(new byte[length]);
            server.Run();
            server.Advance(length / 240.0 - 0.001);
            Assert.False(peer.IsClosed);
            server.Advance(0.002);
            Assert.True(peer.IsClosed);
        }
    }

    [Fact]
    public void A_body_of_any_rate_ends_with_the_total_time()
    {
        using var server = Server(new TestHandler(e => e.ReadBody(1_000_000)));
        var peer = server.Connect();
        _ = server.Exchange(peer, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n");
        for (var i = 0; i < 29; i++)
        {
            peer.Send(new byte[10_000]);
            server.Advance(1);
        }

        server.Advance(0.999);
        Assert.False(peer.IsClosed);
        server.Advance(0.001);
        Assert.Equal(TimedOut, server.Receive(peer));
    }

    [Fact]
    public void A_body_that_is_thrown_away_has_the_same_limits()
    {
        using var server = Server();
        var peer = server.Connect();
        Assert.StartsWith("HTTP/1.1 204", server.Exchange(peer, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"));
        server.Advance(4.999);
        Assert.False(peer.IsClosed);
        server.Advance(0.001);
        Assert.True(peer.IsClosed);
    }

    [Fact]
    public void A_peer_that_takes_nothing_of_a_response_is_reset()
    {
        using var server = Server(new TestHandler(e => e.Respond(200, null, new byte[100_000])));
        var peer = server.Connect();
        peer.WindowBytes = 1000;
        peer.Send(Encoding.ASCII.GetBytes(Get));
        server.Run();
        server.Advance(9.999);
        Assert.False(peer.IsReset);
        server.Advance(0.001);
        Assert.True(peer.IsReset);
    }

    [Fact]
    public void A_peer_that_takes_a_response_slowly_lives()
    {
        using var server = Server(new TestHandler(e => e.Respond(200, null, new byte[1000])));
        var peer = server.Connect();
        peer.WindowBytes = 100;
        peer.Send(Encoding.ASCII.GetBytes(Get));
        var received = 0;
        for (var i = 0; i < 11; i++)
        {
            server.Run();
            received += peer.Receive().Length;
            Assert.False(peer.IsClosed);
            server.Advance(9);
        }

        Assert.InRange(received, 1000, 1100);
    }
}
