using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Sockeye.Server.Common;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Mistakes;

/// <summary>Starts that fail, with the line that standard error gets before the exception goes on.</summary>
public sealed class ToldStartTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly MemoryStream _written = new();
    private readonly ConsoleLines _console;

    public ToldStartTests() => _console = new ConsoleLines(() => _written);

    public void Dispose() => _written.Dispose();

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task A_port_is_taken(TransportKind kind)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var (thrown, line) = await StartAsync(kind, other.LocalEndpoint.ToString()!);
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        Assert.Equal($"Cannot listen on 127.0.0.1:{port}: port {port} is already in use. Choose another one (port 0 is any free one), or end the program that has it.", thrown.Message);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsType<SocketException>(thrown.InnerException).SocketErrorCode);
        Assert.EndsWith(" error Sockeye.Server: " + thrown.Message, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransportKind.Auto)]
    [InlineData(TransportKind.Portable)]
    public async Task The_machine_does_not_have_the_address(TransportKind kind)
    {
        var (thrown, line) = await StartAsync(kind, "192.0.2.1:3000");
        Assert.Equal("Cannot listen on 192.0.2.1:3000: this machine has no such address. Choose one that it has, such as 127.0.0.1, or 0.0.0.0 for all of them.", thrown.Message);
        Assert.EndsWith(" error Sockeye.Server: " + thrown.Message, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_written_when_the_console_is_turned_off()
    {
        var (_, line) = await StartAsync(TransportKind.Auto, "192.0.2.1:3000", LogLevel.None);
        Assert.Equal("", line);
    }

    private async Task<(IOException Thrown, string Line)> StartAsync(TransportKind kind, string endPoint, LogLevel level = LogLevel.Warning)
    {
        await using var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls = ["http://" + endPoint];
            builder.Options.Transport = kind;
            builder.Options.ConsoleLog = level;
            builder.Console = _console;
        });
        var thrown = await Assert.ThrowsAsync<IOException>(() => server.RunAsync().WaitAsync(Patience));
        Assert.True(_console.Flush(Patience));
        return (thrown, Encoding.UTF8.GetString(_written.ToArray()).TrimEnd());
    }
}
