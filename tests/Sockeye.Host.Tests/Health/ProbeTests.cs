using System.Net;
using System.Text.Json;
using Sockeye.Host.Tests.Administration;
using Sockeye.Plugins;

namespace Sockeye.Host.Tests.Health;

/// <summary>What probes get from the listener of operators.</summary>
public sealed class ProbeTests
{
    [Fact]
    public async Task A_host_that_runs_is_alive_ready_and_started()
    {
        await using var host = await OperatedHost.StartAsync(_ => { });
        foreach (var path in new[] { "/livez", "/readyz", "/startupz" })
        {
            var (status, report) = await ProbeAsync(host, path);
            Assert.Equal((HttpStatusCode.OK, "ok"), (status, report.GetProperty("status").GetString()));
        }

        using var head = new HttpRequestMessage(HttpMethod.Head, new Uri(host.Operators + "/readyz"));
        using var answer = await host.Http.SendAsync(head);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Strangers_get_the_status_and_those_who_may_administer_the_reasons()
    {
        var token = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("a token"u8));
        await using var host = await OperatedHost.StartAsync(_ => { }, ("Administration:Tokens:probe", token));
        host.Configuration.Refuse(["Urls: 'x' is no address"]);
        var (status, report) = await ProbeAsync(host, "/readyz");
        Assert.Equal((HttpStatusCode.OK, "degraded"), (status, report.GetProperty("status").GetString()));
        Assert.False(report.TryGetProperty("checks", out _));

        host.Http.DefaultRequestHeaders.Authorization = new("Bearer", "a token");
        Assert.Contains("Urls: 'x' is no address", Reason(await ProbeAsync(host, "/readyz"), "configuration"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reason_stands_in_a_terminal_as_it_is_written()
    {
        await using var host = await OperatedHost.StartAsync(_ => { });
        host.Configuration.Refuse(["Urls: 'x' is no address, nor is \u00fc"]);
        Assert.Contains("Urls: 'x' is no address, nor is \u00fc", await host.Http.GetStringAsync(new Uri(host.Operators + "/readyz")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_guesses_at_a_probe_gets_the_status_and_stands_in_the_log()
    {
        await using var host = await OperatedHost.StartAsync(_ => { }, ("Administration:Tokens:probe", new string('0', 64)));
        await ProbeAsync(host, "/livez");
        Assert.DoesNotContain(host.Log.Lines, static line => line.Contains("Wrong credentials", StringComparison.Ordinal));
        host.Http.DefaultRequestHeaders.Authorization = new("Bearer", "a guess");
        var (status, report) = await ProbeAsync(host, "/livez");
        Assert.Equal((HttpStatusCode.OK, false), (status, report.TryGetProperty("checks", out _)));
        Assert.Contains("127.0.0.1", await host.Log.Line("Wrong credentials"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_was_not_taken_is_told_until_one_is_and_fails_readiness_only_where_that_is_asked_for()
    {
        await using var host = await OperatedHost.StartAsync(_ => { }, ("Administration:ReadyFailsOn", "server;configuration"));
        host.Configuration.Refuse(["sockeye.json, line 3: no comma"]);
        var broken = await ProbeAsync(host, "/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, broken.Status);
        Assert.Contains("line 3", Reason(broken, "configuration"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await ProbeAsync(host, "/livez")).Status);

        host.Configuration.Take(["EventLoops"]);
        var taken = await ProbeAsync(host, "/readyz");
        Assert.Equal(HttpStatusCode.OK, taken.Status);
        Assert.Contains("EventLoops", Reason(taken, "configuration"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", HttpStatusCode.OK, "degraded")]
    [InlineData("loops", HttpStatusCode.ServiceUnavailable, "failing")]
    public async Task A_loop_that_stands_still_is_told_and_ends_the_process_only_where_that_is_asked_for(string failsOn, HttpStatusCode live, string status)
    {
        using var hold = new ManualResetEventSlim();
        using var held = new ManualResetEventSlim();
        await using var host = await OperatedHost.StartAsync(
            clients => clients.Map(server => server.On("block", () =>
            {
                held.Set();
                hold.Wait();
            })),
            ("Administration:LiveFailsOn", failsOn),
            ("Administration:LoopPatience", "00:00:00.1"));
        var client = await host.ConnectAsync();
        var blocking = client.SendAsync("42[\"block\"]");
        try
        {
            Assert.True(held.Wait(TimeSpan.FromSeconds(60)));

            // Each look waits longer than the patience.
            var alive = await ProbeAsync(host, "/livez");
            Assert.Equal((live, status), (alive.Status, alive.Report.GetProperty("status").GetString()));
            Assert.Contains("has not come round", Reason(alive, "loops"), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ProbeAsync(host, "/readyz")).Status);
            Assert.Equal(HttpStatusCode.OK, (await ProbeAsync(host, "/startupz")).Status);
        }
        finally
        {
            hold.Set();
            await blocking;
        }

        await host.Server.CheckLoopsAsync();
        Assert.Equal("ok", (await ProbeAsync(host, "/livez")).Report.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_server_that_drains_is_alive_and_not_ready_and_answers_until_it_has_drained()
    {
        TaskCompletionSource began = new(), go = new();
        await using var host = await OperatedHost.StartAsync(clients => clients.Map(server => server.On("work", async () =>
        {
            began.SetResult();
            await go.Task;
        })));
        await (await host.ConnectAsync()).SendAsync("42[\"work\"]");
        await began.Task;
        var drain = host.Server.DrainAsync();
        var ready = await ProbeAsync(host, "/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Contains("drains", Reason(ready, "server"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await ProbeAsync(host, "/livez")).Status);
        Assert.Equal(HttpStatusCode.OK, (await ProbeAsync(host, "/startupz")).Status);
        go.SetResult();
        await drain;
        Assert.Contains("stopped", Reason(await ProbeAsync(host, "/readyz"), "server"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_does_not_end_is_seen_as_one()
    {
        var plugin = new SlowPlugin();
        await using var host = OperatedHost.Build(clients => clients.Configure(made => made.AddPlugin(plugin)));
        var start = host.StartAsync();
        await plugin.Began.Task;
        foreach (var path in new[] { "/readyz", "/startupz" })
        {
            var probe = await ProbeAsync(host, path);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, probe.Status);
            Assert.Contains("starts", Reason(probe, "server"), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, (await ProbeAsync(host, "/livez")).Status);
        plugin.Go.SetResult();
        await start;
        Assert.Equal(HttpStatusCode.OK, (await ProbeAsync(host, "/startupz")).Status);
    }

    [Fact]
    public async Task A_plugin_that_is_not_asked_any_more_is_named()
    {
        await using var host = await OperatedHost.StartAsync(static clients => clients.Configure(static made => made.AddPlugin(new BrokenGate())));
        Assert.Equal("ok", (await ProbeAsync(host, "/readyz")).Report.GetProperty("status").GetString());
        var client = await host.ConnectAsync();
        await client.SendAsync(string.Join('\u001e', Enumerable.Repeat("42[\"x\"]", 100)));
        await host.Server.CheckLoopsAsync();
        var ready = await ProbeAsync(host, "/readyz");
        Assert.Equal((HttpStatusCode.OK, "degraded"), (ready.Status, ready.Report.GetProperty("status").GetString()));
        Assert.Equal("broken: EventGate is not asked any more, since it has failed too often", Reason(ready, "plugins"));
    }

    private static async Task<(HttpStatusCode Status, JsonElement Report)> ProbeAsync(OperatedHost host, string path)
    {
        using var answer = await host.Http.GetAsync(new Uri(host.Operators + path));
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        using var report = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, report.RootElement.Clone());
    }

    private static string Reason((HttpStatusCode Status, JsonElement Report) probe, string check) =>
        probe.Report.GetProperty("checks").EnumerateArray().Single(found => found.GetProperty("name").GetString() == check).GetProperty("reason").GetString()!;

    [SockeyePlugin("broken", "1.0.0")]
    private sealed class BrokenGate : ISockeyePlugin, IEventGate
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public GateVerdict OnEvent(EventReader e) => throw new InvalidOperationException("broken");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [SockeyePlugin("slow", "1.0.0")]
    private sealed class SlowPlugin : ISockeyePlugin
    {
        public TaskCompletionSource Began { get; } = new();

        public TaskCompletionSource Go { get; } = new();

        public async ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            Began.SetResult();
            await Go.Task;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
