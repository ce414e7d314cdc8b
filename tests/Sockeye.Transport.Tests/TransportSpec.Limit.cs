using Xunit;

namespace Sockeye.Transport.Tests;

/// <content>The most connections that there may be.</content>
public abstract partial class TransportSpec
{
    [Fact]
    public async Task At_the_connection_limit_the_next_one_waits_until_another_is_gone()
    {
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1, MaxConnections = 2 });
        var listener = await transport.ListenAsync(Loopback, channel => channel.Pipeline.AddLast(new TestHandler { OnRead = TestHandler.Echo }));
        var first = await Connect(listener);
        var second = await Connect(listener);
        var third = await Connect(listener);
        await Send(third, "3"u8.ToArray());
        await Send(second, "2"u8.ToArray());
        Assert.Equal("2", await ReceiveText(second, 1));
        await Wait.Until(transport.Loops[0], () => transport.Loops[0].Counters.AcceptPauses > 0, "the pause");
        Assert.Equal(2, transport.ConnectionCount);
        Assert.Equal(0, third.Available);
        first.Close();
        Assert.Equal("3", await ReceiveText(third, 1));
        Assert.Equal(2, transport.ConnectionCount);
    }

    [Fact]
    public async Task A_raised_connection_limit_lets_those_in_that_wait_and_a_lowered_one_closes_nobody()
    {
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1, MaxConnections = 1 });
        var listener = await transport.ListenAsync(Loopback, channel => channel.Pipeline.AddLast(new TestHandler { OnRead = TestHandler.Echo }));
        var first = await Connect(listener);
        await Send(first, "1"u8.ToArray());
        Assert.Equal("1", await ReceiveText(first, 1));
        var second = await Connect(listener);
        await Send(second, "2"u8.ToArray());
        await Wait.Until(transport.Loops[0], () => transport.Loops[0].Counters.AcceptPauses > 0, "the pause");
        transport.MaxConnections = 2;
        Assert.Equal("2", await ReceiveText(second, 1));
        transport.MaxConnections = 1;
        await Send(first, "3"u8.ToArray());
        Assert.Equal("3", await ReceiveText(first, 1));
        var third = await Connect(listener);
        await Send(third, "4"u8.ToArray());
        await Wait.Until(transport.Loops[0], () => transport.Loops[0].Counters.AcceptPauses > 1, "the second pause");
        Assert.Equal(2, transport.ConnectionCount);
        transport.MaxConnections = 0;
        Assert.Equal("4", await ReceiveText(third, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => transport.MaxConnections = -1);
    }
}
