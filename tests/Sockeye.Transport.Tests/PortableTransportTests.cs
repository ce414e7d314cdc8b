using System.Net.Sockets;
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
        await using SocketTransport asked = SocketTransport.Create(new TransportOptions { Kind = TransportKind.Portable, LoopCount = 4 });
        Assert.Single(asked.Loops);
        await Connect(await Listen(() => new TestHandler()));
        TestHandler handler = await Handler();
        await Assert.ThrowsAsync<NotSupportedException>(() => Wait.On(Transport.Loops[0], () => handler.Channel!.MoveTo(asked.Loops[0], _ => { })));
    }
}
