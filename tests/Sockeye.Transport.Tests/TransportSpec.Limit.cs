using System.Net.Sockets;
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
        transport.MaxConnections = 3;
        Assert.Equal("4", await ReceiveText(third, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => transport.MaxConnections = 0);
        Assert.Equal(3, transport.MaxConnections);
    }

    [Fact]
    public async Task At_its_own_limit_a_listener_pauses_and_another_one_goes_on()
    {
        AwaitedLog log = new();
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1, LoggerFactory = log });
        ListenerLimit narrow = new("narrow") { MaxConnections = 2 }, wide = new("wide");
        var first = await transport.ListenAsync(Loopback, Echo, narrow);
        var second = await transport.ListenAsync(Loopback, Echo, wide);
        Socket[] inside = [await Connect(first), await Connect(first)];
        await Task.WhenAll(inside.Select(IsServed));
        Assert.Equal((2, 0), (narrow.ConnectionCount, wide.ConnectionCount));
        var waiting = await Connect(first);
        await Send(waiting, "w"u8.ToArray());
        await log.Line("the limit of connections of listener narrow, 2, is reached").WaitAsync(Wait.Limit);
        Assert.Equal((2, 1L), (narrow.ConnectionCount, narrow.Pauses));
        await IsServed(await Connect(second));
        await IsServed(await Connect(second));
        await IsServed(await Connect(second));
        Assert.Equal((3, 0L, 0), (wide.ConnectionCount, wide.Pauses, waiting.Available));
        inside[0].Close();
        Assert.Equal("w", await ReceiveText(waiting, 1));
        Assert.Equal(2, narrow.ConnectionCount);
        Assert.Equal(5, transport.ConnectionCount);
    }

    [Fact]
    public async Task A_raised_limit_of_a_listener_lets_those_in_that_wait_and_a_lowered_one_closes_nobody()
    {
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1 });
        ListenerLimit limit = new("x") { MaxConnections = 1 };
        var listener = await transport.ListenAsync(Loopback, Echo, limit);
        var first = await Connect(listener);
        await IsServed(first);
        var second = await Connect(listener);
        await Send(second, "2"u8.ToArray());
        await Wait.Until(transport.Loops[0], () => limit.Pauses > 0, "the pause");
        limit.MaxConnections = 2;
        Assert.Equal("2", await ReceiveText(second, 1));
        limit.MaxConnections = 1;
        await IsServed(first);
        first.Close();
        await Wait.Until(transport.Loops[0], () => limit.ConnectionCount == 1, "the end of the first one");
        var third = await Connect(listener);
        await Send(third, "3"u8.ToArray());
        await Wait.Until(transport.Loops[0], () => limit.Pauses > 1, "the second pause");
        limit.MaxConnections = 0;
        Assert.Equal("3", await ReceiveText(third, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => limit.MaxConnections = -1);
    }

    [Fact]
    public async Task A_limit_that_is_changed_is_told_anew_when_it_is_reached()
    {
        AwaitedLog log = new();
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1, LoggerFactory = log });
        ListenerLimit limit = new("x") { MaxConnections = 1 };
        var listener = await transport.ListenAsync(Loopback, Echo, limit);
        await IsServed(await Connect(listener));
        var second = await Connect(listener);
        await log.Line("the limit of connections of listener x, 1, is reached").WaitAsync(Wait.Limit);
        limit.MaxConnections = 2;
        await IsServed(second);
        var third = await Connect(listener);
        await log.Line("the limit of connections of listener x, 2, is reached").WaitAsync(Wait.Limit);
        limit.MaxConnections = 3;
        await IsServed(third);
    }

    [Fact]
    public async Task At_the_limit_of_the_transport_every_listener_pauses_and_each_goes_on_when_there_is_room()
    {
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1, MaxConnections = 1 });
        ListenerLimit one = new("one") { MaxConnections = 5 }, other = new("other");
        var first = await transport.ListenAsync(Loopback, Echo, one);
        var second = await transport.ListenAsync(Loopback, Echo, other);
        var inside = await Connect(first);
        await IsServed(inside);
        var waiting = await Connect(second);
        await Send(waiting, "w"u8.ToArray());
        await Wait.Until(transport.Loops[0], () => other.Pauses > 0, "the pause");
        Assert.Equal((1, 1, 0), (transport.ConnectionCount, one.ConnectionCount, other.ConnectionCount));
        inside.Close();
        Assert.Equal("w", await ReceiveText(waiting, 1));
        Assert.Equal((1, 0, 1), (transport.ConnectionCount, one.ConnectionCount, other.ConnectionCount));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_waits_at_a_limit_hears_of_the_end_of_the_listener_or_of_the_transport(bool isTransport)
    {
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1, MaxConnections = 1 });
        ListenerLimit one = new("one"), other = new("other");
        var first = await transport.ListenAsync(Loopback, Echo, one);
        var second = await transport.ListenAsync(Loopback, Echo, other);
        var inside = await Connect(first);
        await IsServed(inside);
        var waiting = await Connect(second);
        await Send(waiting, "w"u8.ToArray());
        await Wait.Until(transport.Loops[0], () => other.Pauses > 0, "the pause");
        await (isTransport ? transport.StopAsync() : second.DisposeAsync().AsTask()).WaitAsync(Wait.Limit);
        Assert.IsNotType<TimeoutException>(await Assert.ThrowsAnyAsync<Exception>(() => ReceiveText(waiting, 1)));
        if (!isTransport)
        {
            await IsServed(inside);
            inside.Close();
            await IsServed(await Connect(first));
        }

        Assert.Equal((isTransport ? 0 : 1, 0), (one.ConnectionCount, other.ConnectionCount));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Listeners_that_accept_at_the_same_time_never_let_in_one_more_than_there_may_be(int loops)
    {
        const int all = 6, each = 4, clients = 24, times = 25;
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = Kind == TransportKind.Portable ? 1 : loops, MaxConnections = all });
        ListenerLimit[] limits = [.. Enumerable.Range(0, 4).Select(static number => new ListenerLimit($"l{number}") { MaxConnections = each })];
        var most = new int[limits.Length + 1];
        var listeners = await Task.WhenAll(limits.Select((limit, number) => transport.ListenAsync(Loopback, channel =>
        {
            See(number, limit.ConnectionCount);
            See(limits.Length, transport.ConnectionCount);
            Echo(channel);
        }, limit)));
        await Task.WhenAll(Enumerable.Range(0, clients).Select(number => Task.Run(async () =>
        {
            for (var i = 0; i < times; i++)
            {
                using var client = await Connect(listeners[(number + i) % listeners.Length]);
                await IsServed(client);
            }
        })));
        Assert.InRange(most[^1], 1, all);
        Assert.All(most[..^1], static found => Assert.InRange(found, 1, each));
        await Wait.Until(transport.Loops[0], () => transport.ConnectionCount == 0, "the end of all");
        Assert.All(limits, static limit => Assert.Equal(0, limit.ConnectionCount));

        void See(int place, int count)
        {
            lock (most)
            {
                most[place] = Math.Max(most[place], count);
            }
        }
    }

    private static void Echo(DotNetty.Transport.Channels.IChannel channel) => channel.Pipeline.AddLast(new TestHandler { OnRead = TestHandler.Echo });

    private static async Task IsServed(Socket client)
    {
        await Send(client, "."u8.ToArray());
        Assert.Equal(".", await ReceiveText(client, 1));
    }
}
