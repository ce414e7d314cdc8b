using System.Net;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class PeerAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1:80")]
    [InlineData("255.255.255.255:65535", "255.255.255.255:65535")]
    [InlineData("[::1]:1", "[::1]:1")]
    [InlineData("[fe80::1%7]:9", "[fe80::1%7]:9")]
    [InlineData("[::ffff:10.0.0.1]:5", "10.0.0.1:5")]
    public void An_end_point_comes_back_as_it_was_and_ipv4_in_ipv6_as_ipv4(string given, string expected) =>
        Assert.Equal(IPEndPoint.Parse(expected), new PeerAddress(IPEndPoint.Parse(given)).ToEndPoint());
}
