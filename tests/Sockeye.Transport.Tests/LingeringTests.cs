using System.Net;
using DotNetty.Transport.Channels;
using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>How long and how far a closed channel reads what its peer still sends, on a clock that is moved by hand.</summary>
public sealed class LingeringTests : BufferTest
{
    private static readonly IPEndPoint s_any = new(IPAddress.Loopback, 0);
    private readonly MemoryTransport _transport = new();

    public override void Dispose()
    {
        _transport.StopAsync();
        base.Dispose();
    }

    private MemoryPeer Connect(TestHandler handler)
    {
        _transport.ListenAsync(s_any, channel => channel.Pipeline.AddLast(handler));
        return _transport.Connect();
    }

    [Fact]
    public void A_closed_channel_does_not_wait_longer_than_its_second()
    {
        var peer = Connect(new TestHandler { OnActive = context => context.CloseAsync() });
        _transport.RunUntilIdle();
        Assert.Equal(1, _transport.ConnectionCount);
        _transport.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.Equal(1, _transport.ConnectionCount);
        _transport.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(0, _transport.ConnectionCount);
        Assert.True(peer.IsClosed);
    }

    [Fact]
    public void A_closed_channel_waits_for_a_peer_that_goes_on_sending_as_long_as_the_linger_time_and_no_longer()
    {
        var peer = Connect(new TestHandler { OnActive = context => context.CloseAsync() });
        _transport.RunUntilIdle();
        Assert.True(peer.IsClosed);
        for (var second = 0; second < 30; second++)
        {
            peer.Send("x"u8);
            _transport.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(second == 29 ? 1 : 0));
            Assert.Equal(1, _transport.ConnectionCount);
        }

        peer.Send("x"u8);
        _transport.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void A_closed_channel_does_not_wait_for_a_peer_that_has_sent_and_is_silent_for_a_second()
    {
        var peer = Connect(new TestHandler { OnActive = context => context.CloseAsync() });
        _transport.RunUntilIdle();
        peer.Send("x"u8);
        _transport.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        Assert.Equal(1, _transport.ConnectionCount);
        _transport.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void A_closed_channel_throws_away_16_MiB_and_does_not_wait_for_more()
    {
        var peer = Connect(new TestHandler());
        _transport.RunUntilIdle();
        peer.Channel.CloseAsync();
        _transport.RunUntilIdle();
        peer.Send(new byte[(16 * 1024 * 1024) - 1]);
        _transport.RunUntilIdle();
        Assert.Equal(1, _transport.ConnectionCount);
        peer.Send(new byte[1]);
        _transport.RunUntilIdle();
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void What_a_closed_channel_throws_away_in_one_turn_is_bounded()
    {
        var peer = Connect(new TestHandler());
        _transport.RunUntilIdle();
        peer.Channel.CloseAsync();
        _transport.RunUntilIdle();
        peer.Send(new byte[8 * 1024 * 1024]);
        var before = _transport.Loops[0].Counters.Turns;
        _transport.RunUntilIdle();
        Assert.InRange(_transport.Loops[0].Counters.Turns - before, 8, 200);
        Assert.Equal(1, _transport.ConnectionCount);
    }

    [Fact]
    public void A_transport_that_stops_does_not_wait_for_a_closed_channel_whose_peer_goes_on_sending()
    {
        var peer = Connect(new TestHandler { OnActive = context => context.CloseAsync() });
        _transport.RunUntilIdle();
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        Assert.True(_transport.StopAsync().IsCompletedSuccessfully);
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void A_linger_time_and_bytes_out_of_their_ranges_are_refused_and_at_their_ends_they_are_taken()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SocketTransport.Create(new TransportOptions { LingerTime = TimeSpan.FromTicks(-1) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SocketTransport.Create(new TransportOptions { LingerTime = TimeSpan.FromDays(1) + TimeSpan.FromTicks(1) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SocketTransport.Create(new TransportOptions { LingerBytes = -1 }));
        MemoryTransport transport = new(1, new TransportOptions { LingerTime = TimeSpan.Zero, LingerBytes = 0 });
        transport.ListenAsync(s_any, channel => channel.Pipeline.AddLast(new TestHandler { OnActive = context => context.CloseAsync() }));
        var peer = transport.Connect();
        transport.RunUntilIdle();
        Assert.Equal((true, 0), (peer.IsClosed, transport.ConnectionCount));
    }
}
