using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class NativeTransportTests : TransportSpec
{
    private protected override TransportKind Kind => TransportKind.Native;

    [Fact]
    public void It_is_the_default_on_linux_and_can_do_everything()
    {
        Assert.Equal("epoll", Transport.Name);
        Assert.Equal(TransportCapabilities.MovesConnections | TransportCapabilities.SeveralLoops | TransportCapabilities.AllocationFree, Transport.Capabilities);
    }
}
