using Sockeye.Interop;

[assembly: AssemblyFixture(typeof(ConformanceApp))]
// Scenarios measure times and memory and open hundreds of connections: their classes run one test at a time, after the others. Those are processes of their own which mostly wait.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.All, MaxThreads = 5)]

namespace Sockeye.Interop;

/// <summary>The published JavaScript clients, 4.x and 3.x, and raw connections from Node against the conformance app.</summary>
[TestClass(DisableParallelization = true)]
public sealed class JavaScriptClientTests(ConformanceApp app)
{
    public static TheoryData<string> Connect => ScenarioList.Of("connect");

    public static TheoryData<string> Messages => ScenarioList.Of("messages");

    public static TheoryData<string> Rooms => ScenarioList.Of("rooms");

    public static TheoryData<string> Lifecycle => ScenarioList.Of("lifecycle");

    public static TheoryData<string> Upgrade => ScenarioList.Of("upgrade");

    public static TheoryData<string> Http => ScenarioList.Of("http");

    public static TheoryData<string> Limits => ScenarioList.Of("limits");

    public static TheoryData<string> Engine => ScenarioList.Of("engine");

    public static TheoryData<string> Faults => ScenarioList.Of("faults");

    public static TheoryData<string> Load => ScenarioList.Of("load");

    public static TheoryData<string> Overflow => ScenarioList.Of("overflow");

    public static TheoryData<string> Process => ScenarioList.Of("process");

    public static TheoryData<string> Page => ScenarioList.Of("page");

    public static TheoryData<string> Admin => ScenarioList.Of("admin");

    public static TheoryData<string> Samples => ScenarioList.Of("samples");

    public static TheoryData<string> Proxies => ScenarioList.Of("proxies");

    public static TheoryData<string> Symptoms => ScenarioList.Of("symptoms");

    public static TheoryData<string> Cluster => ScenarioList.Of("cluster");

    public static TheoryData<string> Balance => ScenarioList.Of("balance");

    /// <summary>The scenarios that hold whichever server a request comes to; the others look at one server, or at its process.</summary>
    public static TheoryData<string, string> OnTwoNodes =>
        [.. new[] { "connect", "messages", "rooms", "upgrade" }.SelectMany(static group => ScenarioList.Of(group).Select(row => (group, row.Data)))];

    [Theory, MemberData(nameof(Connect))]
    public Task Connecting(string scenario) => PassesAsync("connect", scenario);

    [Theory, MemberData(nameof(Messages))]
    public Task Messages_and_acknowledgements(string scenario) => PassesAsync("messages", scenario);

    [Theory, MemberData(nameof(Rooms))]
    public Task Rooms_and_broadcasts(string scenario) => PassesAsync("rooms", scenario);

    [Theory, MemberData(nameof(Lifecycle))]
    public Task Ending_and_coming_back(string scenario) => PassesAsync("lifecycle", scenario);

    [Theory, MemberData(nameof(Upgrade))]
    public Task Upgrading(string scenario) => PassesAsync("upgrade", scenario);

    [Theory, MemberData(nameof(Http))]
    public Task Requests_byte_by_byte(string scenario) => PassesAsync("http", scenario);

    [Theory, MemberData(nameof(Limits))]
    public Task Limits_on_both_sides(string scenario) => PassesAsync("limits", scenario);

    [Theory, MemberData(nameof(Engine))]
    public Task Engine_and_plain_WebSocket(string scenario) => PassesAsync("engine", scenario);

    [Theory, MemberData(nameof(Faults))]
    public Task Failing_peers(string scenario) => PassesAsync("faults", scenario);

    [Theory, MemberData(nameof(Load))]
    public Task Many_at_once(string scenario) => PassesAsync("load", scenario);

    [Theory, MemberData(nameof(Overflow))]
    public Task Readers_that_stop_reading_under_each_policy(string scenario) => PassesAsync("overflow", scenario);

    [Theory, MemberData(nameof(Process))]
    public Task The_app_as_a_process(string scenario) => PassesAsync("process", scenario);

    [Theory, MemberData(nameof(Page))]
    public Task The_playground_page_in_a_browser(string scenario) => PassesAsync("page", scenario);

    [Theory, MemberData(nameof(Admin))]
    public Task The_listener_of_operators_in_a_browser(string scenario) => PassesAsync("admin", scenario);

    [Theory, MemberData(nameof(Samples))]
    public Task The_programs_of_the_samples_with_their_clients(string scenario) => PassesAsync("samples", scenario);

    [Theory, MemberData(nameof(Proxies))]
    public Task Behind_nginx_and_HAProxy(string scenario) => PassesAsync("proxies", scenario);

    [Theory, MemberData(nameof(Symptoms))]
    public Task What_the_page_on_troubleshooting_says_that_clients_see(string scenario) => PassesAsync("symptoms", scenario);

    [Theory, MemberData(nameof(Cluster))]
    public Task Two_nodes_over_NATS(string scenario) => PassesAsync("cluster", scenario);

    [Theory, MemberData(nameof(Balance))]
    public Task Two_nodes_behind_a_balancer_that_is_not_sticky(string scenario) => PassesAsync("balance", scenario);

    [Theory, MemberData(nameof(OnTwoNodes))]
    public async Task What_one_server_does_two_behind_a_balancer_do_too(string group, string scenario)
    {
        await NodePackages.EnsureAsync();
        var run = ScenarioRun.Of(group + " on two nodes", "node", ["run.mjs", group, "--balanced", "--app", Repository.ConformanceApp], Repository.NodeFolder);
        var result = await run.ResultAsync(scenario);
        Assert.True(result.Ok, result.Error);
    }

    [Fact]
    public async Task The_list_of_scenarios_is_the_one_that_the_scripts_have()
    {
        await NodePackages.EnsureAsync();
        var (exitCode, output) = await ChildProcess.RunAsync("node", ["run.mjs", "--list"], Repository.NodeFolder, TestContext.Current.CancellationToken);
        Assert.Equal(0, exitCode);
        var listed = await File.ReadAllTextAsync(Path.Combine(Repository.NodeFolder, "scenarios.txt"), TestContext.Current.CancellationToken);
        Assert.Equal(listed, output, ignoreLineEndingDifferences: true);
    }

    private async Task PassesAsync(string group, string scenario)
    {
        await NodePackages.EnsureAsync();
        var run = ScenarioRun.Of(group, "node", ["run.mjs", group, "--base", $"{app.BasePort}", "--app", Repository.ConformanceApp, "--host", Repository.Host], Repository.NodeFolder);
        var result = await run.ResultAsync(scenario);
        Assert.True(result.Ok, $"{result.Error}\n{app.Errors}");
    }
}
