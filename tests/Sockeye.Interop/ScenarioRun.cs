using System.Collections.Concurrent;
using System.Text.Json;

namespace Sockeye.Interop;

/// <summary>How a scenario went.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ok">Whether it passed.</param>
/// <param name="Error">Why not.</param>
internal sealed record ScenarioResult(string Name, bool Ok, string? Error);

/// <summary>A program that runs the scenarios of a group one after another and prints one line of JSON for each; run once, asked by every test of the group.</summary>
internal sealed class ScenarioRun
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly ConcurrentDictionary<string, Lazy<ScenarioRun>> Runs = new();

    private readonly ConcurrentDictionary<string, TaskCompletionSource<ScenarioResult>> _results = new();
    private readonly List<string> _otherLines = [];

    private ScenarioRun(string program, IEnumerable<string> arguments, string folder) => Completion = RunAsync(program, arguments, folder);

    /// <summary>Completes when the program has ended; never fails.</summary>
    public Task Completion { get; }

    /// <summary>The run of a group, started by whoever asks first.</summary>
    public static ScenarioRun Of(string group, string program, IEnumerable<string> arguments, string folder) =>
        Runs.GetOrAdd(group, _ => new Lazy<ScenarioRun>(() => new ScenarioRun(program, arguments, folder))).Value;

    /// <summary>The result of a scenario, as soon as it is known. A run that ends early fails all that it has not reached.</summary>
    public Task<ScenarioResult> ResultAsync(string name) => Source(name).Task;

    private TaskCompletionSource<ScenarioResult> Source(string name) =>
        _results.GetOrAdd(name, _ => new TaskCompletionSource<ScenarioResult>(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task RunAsync(string program, IEnumerable<string> arguments, string folder)
    {
        string why;
        try
        {
            using var child = ChildProcess.Start(program, arguments, folder, OnLine);
            using var late = new CancellationTokenSource(Longest);
            var exitCode = await child.WaitAsync(late.Token);
            why = $"The run ended with exit code {exitCode} and without a result for this scenario.\n{child.Errors}";
        }
        catch (Exception e) when (e is OperationCanceledException or System.ComponentModel.Win32Exception)
        {
            why = $"The run gave no result for this scenario: {e.Message}";
        }

        lock (_otherLines)
        {
            why += string.Join('\n', _otherLines);
        }

        Fail(why);
    }

    private void OnLine(string line)
    {
        ScenarioResult? result = null;
        if (line.StartsWith('{'))
        {
            result = JsonSerializer.Deserialize<ScenarioResult>(line, JsonSerializerOptions.Web);
        }

        if (result is null)
        {
            lock (_otherLines)
            {
                _otherLines.Add(line);
            }

            return;
        }

        Source(result.Name).TrySetResult(result);
    }

    // Also for those who ask only later.
    private void Fail(string why)
    {
        foreach (var name in ScenarioList.AllNames)
        {
            Source(name).TrySetResult(new ScenarioResult(name, false, why));
        }
    }
}
