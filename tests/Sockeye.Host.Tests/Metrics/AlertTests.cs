using System.Diagnostics;
using System.Text.RegularExpressions;
using Sockeye.Cluster;
using Sockeye.Host.Tests.Administration;

namespace Sockeye.Host.Tests.Metrics;

/// <summary>The alerts of <c>docs/deploy/alerts.yml</c>, each with series with which it fires and with which it does not: <c>alerts.test.yml</c>, which promtool runs.</summary>
public sealed partial class AlertTests
{
    private static readonly string s_cases = Path.Combine(WorkingCopy.Root, "tests", "Sockeye.Host.Tests", "Metrics", "alerts.test.yml");
    private static readonly string s_rules = Path.Combine(WorkingCopy.Root, "docs", "deploy", "alerts.yml");

    [Fact]
    public async Task Each_alert_fires_at_its_threshold_and_time_with_its_labels_and_texts_and_not_before()
    {
        using var tool = Process.Start(new ProcessStartInfo("promtool", ["test", "rules", s_cases]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = tool.StandardError.ReadToEndAsync();
        var told = await tool.StandardOutput.ReadToEndAsync() + await said;
        await tool.WaitForExitAsync();
        Assert.True(tool.ExitCode == 0, told);
    }

    [Fact]
    public async Task Each_alert_has_a_time_at_which_it_fires_for_some_of_the_hosts_and_one_at_which_it_is_silent()
    {
        var cases = await File.ReadAllTextAsync(s_cases);
        var alerts = Alert().Matches(await File.ReadAllTextAsync(s_rules)).Select(static match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(alerts);
        Assert.Equal(alerts, Silence().Matches(cases).Select(static match => match.Groups[1].Value).Distinct());
        Assert.Equal(alerts, Firing().Matches(cases).Select(static match => match.Groups[1].Value).Distinct());
        Assert.All(cases.Split("\n- interval:")[1..], static one => Assert.Contains("chat-2:3900", one.Split("alert_rule_test:")[0], StringComparison.Ordinal));
    }

    /// <summary>Those with a label that the engine knows the values of are there with 0: a series that begins with its first event never grows by it.</summary>
    [Fact]
    public async Task The_series_that_alerts_are_tried_with_are_those_of_a_host_on_which_nothing_has_happened()
    {
        await using var host = await OperatedHost.StartAsync(clients =>
        {
            clients.Configure(server =>
            {
                server.Bus = new InProcessBus(new InProcessBusOptions());
                server.UseCluster(new ClusterOptions());
            });
            clients.Map(static server => server.CreateLoop("arena", 1));
        });
        var page = await host.Http.GetStringAsync(new Uri(host.Operators + "/metrics"));
        var shown = Shown().Matches(page).Select(static match => match.Groups[1].Value);
        var tried = Series().Matches(await File.ReadAllTextAsync(s_cases)).Select(static match => OfHost(match.Groups[1].Value)).Where(static series => !series.StartsWith("up", StringComparison.Ordinal)).Distinct().ToArray();
        Assert.InRange(tried.Length, 15, 100);
        Assert.Empty(tried.Except(shown));
    }

    // What the scraper adds is left out.
    private static string OfHost(string series) => Scraper().Replace(series, "").Replace("{}", "", StringComparison.Ordinal).Replace(", ", ",", StringComparison.Ordinal);

    [GeneratedRegex("- alert: (\\S+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"alertname: (\w+), exp_alerts: \[\]")]
    private static partial Regex Silence();

    [GeneratedRegex(@"alertname: (\w+)\n    exp_alerts:\n    - ")]
    private static partial Regex Firing();

    [GeneratedRegex("series: '([^']+)'")]
    private static partial Regex Series();

    [GeneratedRegex("job=\"[^\"]*\", instance=\"[^\"]*\"(?:, )?")]
    private static partial Regex Scraper();

    [GeneratedRegex("^(sockeye_\\S+?(?:\\{.*\\})?) [0-9.]+$", RegexOptions.Multiline)]
    private static partial Regex Shown();
}
