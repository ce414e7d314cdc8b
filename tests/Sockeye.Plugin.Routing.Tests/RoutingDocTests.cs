using System.Text.RegularExpressions;

namespace Sockeye.Plugin.Routing.Tests;

/// <summary>docs/routing.md tells the truth: each rule in it is read, tried with the event above it, and does what stands below it; each error of its table is what a faulty file gets.</summary>
public sealed class RoutingDocTests
{
    private static readonly Regex s_example = new("<!-- try: (?<options>[^\n]*) -->\n```json\n(?<json>.*?)\n```\n\n```text\n(?<told>.*?)\n```", RegexOptions.Singleline);
    private static readonly Regex s_option = new(@"--(\w+) ('[^']*'|\S+)");

    /// <summary>Where a rule stands in the file depends on what the test puts around it.</summary>
    private static readonly Regex s_place = new(@" at rules\.json\(\d+,\d+\)");
    private static readonly Regex s_row = new(@"^\| `(\{.*?\})` \| `(.*?)` \|$", RegexOptions.Multiline);

    private static readonly string s_page = File.ReadAllText(Path.Combine(WorkingCopy.Root, "docs", "routing.md"));

    [Fact]
    public void Every_example_does_what_stands_below_it()
    {
        Match[] examples = [.. s_example.Matches(s_page).Cast<Match>()];
        Assert.True(examples.Length >= 9, $"{examples.Length} examples");
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            foreach (var example in examples)
            {
                var json = example.Groups["json"].Value;
                File.WriteAllText(path, json.StartsWith("{\n  \"rules\"", StringComparison.Ordinal) ? json : $"{{\"rules\":[{json}]}}");
                var options = s_option.Matches(example.Groups["options"].Value).ToLookup(match => match.Groups[1].Value, match => match.Groups[2].Value.Trim('\''));
                var lines = RoutingTrial.Load(path).Run(new RoutingSample(options["event"].Single())
                {
                    Arguments = options["args"].FirstOrDefault() ?? "[]",
                    Namespace = options["namespace"].FirstOrDefault() ?? "/",
                    Identity = options["user"].FirstOrDefault() is { } user ? new SocketIdentity(user) { Claims = [.. options["claim"].Select(claim => new SocketClaim(claim.Split('=')[0], claim.Split('=')[1]))] } : null,
                    Rooms = [.. options["room"]],
                }).Lines;
                var told = string.Join('\n', lines).Replace(path, "rules.json", StringComparison.Ordinal);
                Assert.Equal(example.Groups["told"].Value, s_place.Replace(told, ""));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Every_error_of_the_table_is_what_a_faulty_rule_gets()
    {
        Match[] rows = [.. s_row.Matches(s_page).Cast<Match>()];
        Assert.True(rows.Length >= 10, $"{rows.Length} rows");
        Assert.All(rows, row => Assert.Contains(
            RuleTest.FaultsOf(row.Groups[1].Value.StartsWith("{\"rules\"", StringComparison.Ordinal) ? row.Groups[1].Value : $"{{\"rules\":[{row.Groups[1].Value}]}}"),
            line => line.Contains(row.Groups[2].Value, StringComparison.Ordinal)));
    }
}
