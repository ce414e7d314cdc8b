using System.Net;
using System.Text.Json;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Relays;

/// <summary>Requests between servers of different transports, over real connections.</summary>
public sealed class RelayTransportTests
{
    [Theory, InlineData(TransportKind.Native, TransportKind.Portable, 200), InlineData(TransportKind.Portable, TransportKind.Native, 503)]
    public async Task The_portable_transport_hands_requests_on_and_takes_none_which_its_log_says(TransportKind owner, TransportKind entry, int status)
    {
        await using var bus = new InProcessBus();
        using var log = new AwaitedLog();
        await using var first = Create(bus, owner, log);
        await using var second = Create(bus, entry, null);
        await first.StartAsync();
        await second.StartAsync();
        using var http = new HttpClient { Timeout = RealClient.Patience };
        const string Path = "socket.io/?EIO=4&transport=polling";
        var opened = await http.GetStringAsync(new Uri($"http://{first.Endpoints[0]}/{Path}"));
        using var connect = new StringContent("40");
        using var answer = await http.PostAsync(new Uri($"http://{second.Endpoints[0]}/{Path}&sid={JsonElement.Parse(opened[1..]).GetProperty("sid").GetString()}"), connect);
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.True(SpinWait.SpinUntil(() => Relays(first).Open == (0, 0) && Relays(second).Open == (0, 0), RealClient.Patience));
        Assert.Equal(owner == TransportKind.Portable, log.Lines.Any(static line => line.Contains("takes no requests for its sessions from other servers", StringComparison.Ordinal)));
    }

    private static Server.Relays.RelayHub Relays(SocketServer server) => server.ClusterPart!.Relays;

    private static SocketServer Create(InProcessBus bus, TransportKind transport, AwaitedLog? log) => SockeyeServerFactory.Build(builder =>
    {
        builder.Options.Urls.Add("http://127.0.0.1:0");
        builder.Options.Transport = transport;
        builder.Options.EventLoops = 1;
        builder.Bus = bus;
        builder.LoggerFactory = log;
        builder.UseCluster(new ClusterOptions());
    });
}
