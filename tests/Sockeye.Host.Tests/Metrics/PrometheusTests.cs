using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sockeye.Cluster;
using Sockeye.Host.Tests.Administration;

namespace Sockeye.Host.Tests.Metrics;

/// <summary>The host beside a real Prometheus: it is scraped, and all that <c>docs/deploy</c> asks Prometheus for is there.</summary>
public sealed partial class PrometheusTests
{
    private const string Token = "a token for the collector";

    private static string Rules => Path.Combine(WorkingCopy.Root, "docs", "deploy", "alerts.yml");

    [Fact]
    public async Task Prometheus_scrapes_the_host_and_every_query_of_the_dashboard_and_the_alerts_finds_its_metrics()
    {
        await using var host = await OperatedHost.StartAsync(
            static clients =>
            {
                clients.Configure(static server =>
                {
                    server.Bus = new InProcessBus(new InProcessBusOptions());
                    server.UseCluster(new ClusterOptions());
                });
                clients.Map(static server => server.On("x", static () => { }));
            },
            ("Administration:Tokens:prometheus", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token)))));
        var client = await host.ConnectAsync();
        for (var i = 0; i < 7; i++)
        {
            await client.SendAsync("42[\"x\"]");
        }

        await using var prometheus = await PrometheusServer.StartAsync(new Uri(host.Operators).Authority, Token, Rules);
        await PrometheusServer.UntilAsync(() => prometheus.QueryAsync("up"), static up => up is [1]);
        await PrometheusServer.UntilAsync(() => prometheus.QueryAsync("sockeye_events_received_total"), static events => events is [7]);
        Assert.Equal(1, Assert.Single(await prometheus.QueryAsync("sockeye_connections")));
        await AssertQueriesAsync(prometheus);

        // An alert from the fault to the rule.
        Assert.Empty(await prometheus.QueryAsync("ALERTS{alertname=\"SockeyeConfigurationRefused\"}"));
        host.Configuration.Refuse(["sockeye.json, line 3: no comma"]);
        await PrometheusServer.UntilAsync(() => prometheus.QueryAsync("ALERTS{alertname=\"SockeyeConfigurationRefused\"}"), static alerts => alerts is [1]);
    }

    [Fact]
    public async Task The_rules_are_as_Prometheus_wants_them()
    {
        using var tool = Process.Start(new ProcessStartInfo("promtool", ["check", "rules", Rules]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = tool.StandardError.ReadToEndAsync();
        var told = await tool.StandardOutput.ReadToEndAsync() + await said;
        await tool.WaitForExitAsync();
        Assert.True(tool.ExitCode == 0, told);
        Assert.Contains("SUCCESS", told, StringComparison.Ordinal);
    }

    private static async Task AssertQueriesAsync(PrometheusServer prometheus)
    {
        var names = (await prometheus.AskAsync("label/__name__/values")).EnumerateArray().Select(static name => name.GetString()!).ToHashSet(StringComparer.Ordinal);
        var rules = (await prometheus.AskAsync("rules")).GetProperty("groups").EnumerateArray().SelectMany(static group => group.GetProperty("rules").EnumerateArray()).ToArray();
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(WorkingCopy.Root, "docs", "deploy", "grafana.json")));
        string[] queries =
        [
            .. rules.Select(static rule => rule.GetProperty("query").GetString()!),
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(static panel => panel.TryGetProperty("targets", out _))
                .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
                .Select(static target => target.GetProperty("expr").GetString()!),
        ];
        Assert.InRange(rules.Length, 10, 100);
        Assert.InRange(queries.Length, rules.Length + 15, 200);
        List<string> faults = [];
        foreach (var query in queries)
        {
            // What Grafana puts there itself.
            var asked = query.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$job", "sockeye", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal);
            try
            {
                await prometheus.AskAsync("query?query=" + Uri.EscapeDataString(asked));
            }
            catch (InvalidOperationException fault)
            {
                faults.Add(fault.Message);
            }

            faults.AddRange(Name().Matches(Label().Replace(asked, "")).Select(static match => match.Value).Where(name => !names.Contains(name)).Select(name => $"there is no {name} for {query}"));
        }

        Assert.Empty(faults);
    }

    [GeneratedRegex(@"\b(?:sockeye|dotnet|up)(?:_[a-z_]+)?\b")]
    private static partial Regex Name();

    [GeneratedRegex(@"\{[^}]*\}|""[^""]*""|\b(?:by|on|ignoring|without|group_left) ?\([^)]*\)")]
    private static partial Regex Label();
}
