namespace Sockeye.Interop;

/// <summary>Debian's python3-socketio against the conformance app: another implementation of the client, with another view of the limits.</summary>
[TestClass(DisableParallelization = true)]
public sealed class PythonClientTests(ConformanceApp app)
{
    // Debian's own interpreter, which alone sees Debian's packages.
    internal const string Python = "/usr/bin/python3";

    public static TheoryData<string> Scenarios => ScenarioList.Of("python");

    [Theory, MemberData(nameof(Scenarios))]
    public async Task The_Python_client(string scenario)
    {
        Assert.True(File.Exists(Python), $"The tests with the Python client need {Python} with python3-socketio and python3-aiohttp. './build.ps1 test' installs them.");
        var run = ScenarioRun.Of("python", Python, ["run.py", "--base", $"{app.BasePort}"], Repository.PythonFolder);
        var result = await run.ResultAsync(scenario);
        Assert.True(result.Ok, $"{result.Error}\n{app.Errors}");
    }

    [Fact]
    public async Task The_list_of_scenarios_is_the_one_that_the_script_has()
    {
        var (exitCode, output) = await ChildProcess.RunAsync(Python, ["run.py", "--list"], Repository.PythonFolder, TestContext.Current.CancellationToken);
        Assert.Equal(0, exitCode);
        var listed = await File.ReadAllTextAsync(Path.Combine(Repository.PythonFolder, "scenarios.txt"), TestContext.Current.CancellationToken);
        Assert.Equal(listed, output, ignoreLineEndingDifferences: true);
    }
}
