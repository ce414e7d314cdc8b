using Microsoft.Extensions.Configuration;
using Sockeye.Host.Health;

namespace Sockeye.Host.Tests.Lifecycle;

public sealed class HealthCommandTests
{
    [Theory]
    [InlineData("http://127.0.0.1:3901", "127.0.0.1:3901")]
    [InlineData("http://*:3901", "127.0.0.1:3901")]
    [InlineData("http://[::]:3901; http://127.0.0.1:1", "[::1]:3901")]
    [InlineData("http://localhost:3901", "127.0.0.1:3901")]
    public void It_asks_where_this_machine_reaches_the_listener_for_operators(string urls, string asked) =>
        Assert.Equal(asked, HealthCommand.Address(Settings(("Administration:Urls", urls), ("Administration:Tokens:probe", new string('0', 64)))).ToString());

    [Fact]
    public void Without_a_listener_for_operators_there_is_nobody_to_ask() =>
        Assert.Contains("--admin turns it on", Assert.Throws<HostConfigurationException>(() => HealthCommand.Address(Settings())).Message, StringComparison.Ordinal);

    [Fact]
    public void A_host_that_is_not_there_is_not_ready()
    {
        // Bound and not listening: the port is nobody's, and stays so.
        using System.Net.Sockets.Socket nobody = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        nobody.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        StringWriter output = new(), error = new();
        Assert.Equal(1, HealthCommand.Run(["--admin", $"http://{nobody.LocalEndPoint}"], output, error));
        Assert.Contains($"no answer from {nobody.LocalEndPoint}", error.ToString(), StringComparison.Ordinal);
    }

    private static IConfigurationRoot Settings(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))).Build();
}
