using System.Runtime;
using Sockeye.Host.Administration;
using Sockeye.Plugins;
using Sockeye.Shared;

namespace Sockeye.Host.Tests.Administration;

/// <summary>What operators ask of event loops is tried while the host starts. Alone, since memory that is held is counted for the process.</summary>
[CollectionDefinition(nameof(WarmUpTests), DisableParallelization = true)]
[Collection(nameof(WarmUpTests))]
public sealed class WarmUpTests
{
    private const string Done = "What operators ask for is compiled";

    [Fact]
    public async Task The_first_questions_of_operators_compile_nothing_on_a_loop_of_clients()
    {
        var compiled = 0L;
        await using var host = await OperatedHost.StartAsync(clients => clients.Map(server =>
        {
            server.OnConnection(static socket => socket.Join("den"));
            server.OnWithAck("count", () => compiled = JitInfo.GetCompiledMethodCount(currentThread: true));
        }));
        await host.Log.Line(Done);
        var client = await host.ConnectAsync();
        await client.SendAsync("420[\"count\"]");
        await client.ReceiveAsync();
        await client.SendAsync("420[\"count\"]");
        await client.ReceiveAsync();
        var before = compiled;
        foreach (var path in new[] { "/api/report", "/api/clients?find=nobody", "/metrics", "/readyz" })
        {
            await host.Http.GetStringAsync(new Uri(host.Operators + path));
        }

        await client.SendAsync("420[\"count\"]");
        await client.ReceiveAsync();
        Assert.Equal(before, compiled);
    }

    [Fact]
    public void Everything_that_is_asked_finds_something()
    {
        var (report, found) = WarmUp.Ask();
        Assert.Equal((1, 1, true), (report.Clients, report.WebSockets, report.IsComplete));
        Assert.Equal(WarmUp.Name, Assert.Single(report.Rooms).Name);
        Assert.NotNull(Assert.Single(report.SlowestReaders).SocketId);
        Assert.Equal([1, 1, 1, 1, 0], found);
    }

    [Fact]
    public async Task It_leaves_nothing_behind_and_nobody_hears_of_it()
    {
        var heard = new HearingPlugin();
        await using var host = await OperatedHost.StartAsync(clients => clients.Configure(server => server.AddPlugin(heard)));
        await host.Log.Line(Done);
        var before = (await host.Server.Inspection.ReportAsync()).MemoryHeld;
        WarmUp.Ask();
        foreach (var server in new[] { host.Server, host.Administration })
        {
            var report = await server.Inspection.ReportAsync();
            Assert.Equal((0, 0, 0L, 0L, 0L, 0L), (report.Connections, report.Clients, report.Accepted, report.Closed, report.PacketsSent, report.BytesReceived));
            Assert.Equal((0, before), (report.RoomCount, report.MemoryHeld));
            Assert.Empty((await server.Inspection.FindAsync(null)).Clients);
            Assert.Single(server.Listeners);
        }

        Assert.Equal(0, heard.Calls);
        var metrics = await host.Http.GetStringAsync(new Uri(host.Operators + "/metrics"));
        Assert.Contains("\nsockeye_packets_sent_total 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nsockeye_heartbeat_rtt_seconds_count 0\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains(WarmUp.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_fails_is_a_line_for_developers_and_the_start_goes_on()
    {
        var log = new AwaitedLog();
        WarmUp failing = new(untraced: null, log) { Work = static () => throw new InvalidOperationException("there is no memory") };
        await failing.StartAsync(CancellationToken.None);
        await log.Line("could not be tried");
        await failing.StopAsync(CancellationToken.None);
        Assert.Single(log.Lines);
    }

    [Fact]
    public async Task Neither_the_start_nor_the_end_waits_for_it()
    {
        using ManualResetEventSlim goOn = new();
        var log = new AwaitedLog();
        WarmUp slow = new(untraced: null, log) { Work = goOn.Wait };
        await slow.StartAsync(CancellationToken.None);
        await slow.StopAsync(CancellationToken.None);
        Assert.Empty(log.Lines);
        goOn.Set();
        await log.Line(Done);
    }

    private sealed class HearingPlugin : ISockeyePlugin
    {
        public int Calls { get; private set; }

        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            context.Server.Use(_ => Hear(ConnectResult.Accept));
            context.Server.OnConnection(_ => Calls++);
            context.Server.OnDisconnect((_, _) => Calls++);
            context.Server.OnAnyOutgoing(_ => Calls++);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private ConnectResult Hear(ConnectResult result)
        {
            Calls++;
            return result;
        }
    }
}
