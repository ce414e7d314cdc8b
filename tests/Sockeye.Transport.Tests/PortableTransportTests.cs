using System.Net.Sockets;
using DotNetty.Buffers;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class PortableTransportTests : TransportSpec
{
    private protected override TransportKind Kind => TransportKind.Portable;

    [Fact]
    public async Task It_has_one_loop_and_says_that_it_moves_nothing()
    {
        Assert.Equal("sockets", Transport.Name);
        Assert.Equal(TransportCapabilities.None, Transport.Capabilities);
        await using var asked = SocketTransport.Create(new TransportOptions { Kind = TransportKind.Portable, LoopCount = 4 });
        Assert.Single(asked.Loops);
        await Connect(await Listen(() => new TestHandler()));
        var handler = await Handler();
        await Assert.ThrowsAsync<NotSupportedException>(() => Wait.On(Transport.Loops[0], () => handler.Channel!.MoveTo(asked.Loops[0], _ => { })));
    }

    [Fact]
    public async Task Writes_that_fail_leave_no_exception_that_nobody_has_seen()
    {
        var unseen = 0;
        void Count(object? sender, UnobservedTaskExceptionEventArgs e) => unseen += e.Exception.InnerExceptions.Count(inner => inner is SocketException or IOException);
        await Connect(await Listen(() => new TestHandler()));
        var handler = await Handler();
        TaskScheduler.UnobservedTaskException += Count;
        try
        {
            await Wait.On(Transport.Loops[0], () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    _ = handler.Channel!.WriteAndFlushAsync(Unpooled.WrappedBuffer(new byte[1 << 16]));
                }

                handler.Channel!.Abort();
                for (var i = 0; i < 10; i++)
                {
                    _ = handler.Channel!.WriteAndFlushAsync(Unpooled.WrappedBuffer(new byte[10]));
                }
            });
            await Wait.On(Transport.Loops[0], () => { });
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Equal(0, Volatile.Read(ref unseen));
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Count;
        }
    }
}
