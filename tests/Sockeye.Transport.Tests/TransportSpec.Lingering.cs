using System.Net.Sockets;
using System.Text;
using DotNetty.Transport.Channels;
using Xunit;

namespace Sockeye.Transport.Tests;

public abstract partial class TransportSpec
{
    [Fact]
    public async Task A_peer_that_still_sends_reads_the_refusal_and_not_a_reset()
    {
        var client = await Connect(await Listen(() => new TestHandler
        {
            OnRead = (context, buffer) =>
            {
                if (buffer.GetByte(buffer.ReaderIndex) != 'a')
                {
                    return;
                }

                TestHandler.Write(context, "no"u8);
                context.CloseAsync();
            },
        }));
        await Send(client, "a"u8.ToArray());
        var handler = await Handler();
        await Wait.Until(Transport.Loops[0], () => handler.Received.Length == 1, "the close");
        await Send(client, "more of what nobody wants"u8.ToArray());
        await Send(client, new byte[10_000]);
        Assert.Equal("no", Encoding.ASCII.GetString(await ReceiveToEnd(client)));
    }

    [Fact]
    public async Task A_peer_that_sends_megabytes_before_it_reads_reads_the_refusal_and_not_a_reset()
    {
        var client = await Connect(await Listen(Refusing));
        await Send(client, new byte[8_000_000]);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("no", Encoding.ASCII.GetString(await ReceiveToEnd(client)));
    }

    [Fact]
    public async Task A_peer_that_sends_without_an_end_after_a_close_is_cut()
    {
        var client = await Connect(await Listen(Refusing));
        Exception? error = null;
        var some = new byte[100_000];
        for (long sent = 0; error is null && sent < 1L << 30; sent += some.Length)
        {
            error = await Record.ExceptionAsync(() => Send(client, some));
        }

        Assert.IsType<SocketException>(error);
        await Wait.Until(Transport.Loops[0], () => Transport.ConnectionCount == 0, "the cut");
    }

    [Fact]
    public async Task Handlers_hear_of_a_close_that_they_asked_for_although_the_peer_does_not_end()
    {
        var client = await Connect(await Listen(Refusing));
        await Send(client, "a"u8.ToArray());
        var handler = await Handler();
        await UntilClosed(handler);
        await handler.Channel!.CloseAsync().WaitAsync(Wait.Limit);
        Assert.Equal(1, Transport.ConnectionCount);
        client.Close();
        await Wait.Until(Transport.Loops[0], () => Transport.ConnectionCount == 0, "the end");
        Assert.Equal(["active", "inactive"], handler.Events);
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_closed_connection_whose_peer_goes_on_sending()
    {
        var client = await Connect(await Listen(Refusing));
        await Send(client, "a"u8.ToArray());
        await UntilClosed(await Handler());
        await Send(client, new byte[10_000]);
        await Transport.StopAsync().WaitAsync(Wait.Limit);
        Assert.Equal(0, Transport.ConnectionCount);
    }

    private static TestHandler Refusing() => new()
    {
        OnRead = (context, buffer) =>
        {
            TestHandler.Write(context, "no"u8);
            context.CloseAsync();
        },
    };
}
