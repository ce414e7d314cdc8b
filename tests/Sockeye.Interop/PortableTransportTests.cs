namespace Sockeye.Interop;

/// <summary>The published clients against the conformance app on the portable transport, which carries the engine where there is no native one.</summary>
[TestClass(DisableParallelization = true)]
public sealed class PortableTransportTests(PortableTransportTests.Runs runs) : IClassFixture<PortableTransportTests.Runs>
{
    public static TheoryData<string> Groups => [.. Runs.Lanes.SelectMany(static lane => lane)];

    [Theory, MemberData(nameof(Groups))]
    public async Task Every_scenario_of_a_group_passes_on_it(string group) => Assert.Empty(await runs.FailuresAsync(group));

    /// <summary>The app and the runs of all groups, which begin with it. Several run at a time: most scenarios wait for a moment that has to come.</summary>
    public sealed class Runs() : ConformanceApp(Portable)
    {
        /// <summary>Groups that run one after the other. Those that measure the host, a process or its load say nothing of the transport.</summary>
        internal static readonly string[][] Lanes = [["lifecycle"], ["faults"], ["upgrade", "messages"], ["connect", "rooms", "engine", "http", "limits", "python", "overflow"]];

        private static readonly string[] Portable = ["--transport", "portable"];

        private readonly Dictionary<string, TaskCompletionSource> _ended = Lanes.SelectMany(static lane => lane).ToDictionary(static group => group, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        private Task[] _lanes = [];

        /// <inheritdoc />
        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            await NodePackages.EnsureAsync();
            _lanes = [.. Lanes.Select(async lane =>
            {
                foreach (var group in lane)
                {
                    await RunOf(group).Completion;
                    _ended[group].SetResult();
                }
            })];
        }

        /// <inheritdoc />
        public override async ValueTask DisposeAsync()
        {
            await Task.WhenAll(_lanes);
            await base.DisposeAsync();
        }

        /// <summary>Each scenario of the group that has failed, and why.</summary>
        internal async Task<string[]> FailuresAsync(string group)
        {
            // Its own run alone, in its turn: on a slow machine a whole lane takes longer than a test program may be silent.
            await _ended[group].Task;
            var results = await Task.WhenAll(ScenarioList.Of(group).Select(row => RunOf(group).ResultAsync(row.Data)));
            Assert.NotEmpty(results);
            return [.. results.Where(static result => !result.Ok).Select(result => $"{result.Name}: {result.Error}\n{Errors}")];
        }

        private ScenarioRun RunOf(string group) => group == "python"
            ? ScenarioRun.Of("portable python", PythonClientTests.Python, ["run.py", "--base", $"{BasePort}"], Repository.PythonFolder)
            : ScenarioRun.Of(
                "portable " + group,
                "node",
                ["run.mjs", group, "--base", $"{BasePort}", "--app", string.Join(' ', [Repository.ConformanceApp, .. Portable]), "--host", Repository.Host],
                Repository.NodeFolder);
    }
}
