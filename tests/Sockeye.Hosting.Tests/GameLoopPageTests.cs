using System.Text.RegularExpressions;

namespace Sockeye.Hosting.Tests;

public sealed partial class GameLoopPageTests
{
    [Fact]
    public void Every_line_of_code_on_the_page_about_game_loops_is_compiled()
    {
        var compiled = Normal(File.ReadAllText(Path.Combine(WorkingCopy.Root, "tests", "Sockeye.Hosting.Tests", "GameLoopExamples.cs")));
        var blocks = CodeBlock().Matches(File.ReadAllText(Path.Combine(WorkingCopy.Root, "docs", "game-loops.md")));
        Assert.Equal(3, blocks.Count);
        foreach (Match block in blocks)
        {
            // The one line that the test cannot run: it would wait for Ctrl-C.
            var code = block.Groups[1].Value.Replace("await server.RunAsync();", "await whileRunning(server);", StringComparison.Ordinal);
            Assert.Contains(Normal(code), compiled, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_game_ticks_on_a_real_server() => await GameLoopExamples.Run(async server =>
    {
        // The port of the page may be taken: it is not listened on, the loop needs no listener.
        var fifth = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = server.CreateLoop("second", ticksPerSecond: 100);
        loop.OnTick(tick =>
        {
            if (loop.Ticks == 5)
            {
                fifth.TrySetResult(tick.Number);
            }
        });
        Assert.InRange(await fifth.Task.WaitAsync(TimeSpan.FromSeconds(30)), 5, long.MaxValue);
    });

    [Fact]
    public async Task The_test_of_the_game_passes() => await GameLoopExamples.UnitTest();

    private static string Normal(string code) => WhiteSpace().Replace(code, " ").Trim();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
