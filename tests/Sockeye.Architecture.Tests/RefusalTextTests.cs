using System.Text.RegularExpressions;
using Sockeye.Protocol;

namespace Sockeye.Architecture.Tests;

/// <summary>Who reads why something was refused can look the limit up, and set it: by the whole key of the configuration.</summary>
public sealed partial class RefusalTextTests
{
    private static readonly Lazy<HashSet<string>> s_keys = new(() =>
        [.. Key().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"))).Select(row => row.Groups[1].Value)]);

    public static TheoryData<string> Texts =>
        [.. Enum.GetValues<ProtocolError>().Select(error => ProtocolErrors.Describe(error).Text).Concat(LogTextsOf("EngineIO")).Concat(LogTextsOf("Server")).Distinct().Where(text => Name().IsMatch(text))];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_limit_in_the_text_of_a_refusal_or_a_log_line_is_named_by_its_whole_key(string text)
    {
        foreach (Match name in Name().Matches(text))
        {
            Assert.True(s_keys.Value.Contains(name.Value), $"\"{text}\": {name.Value} is no key of docs/configuration.md");
        }
    }

    [Fact]
    public void The_texts_are_found()
    {
        Assert.Contains(Texts, row => row.Data.Contains("Http:Limits:MaxRequestLineBytes", StringComparison.Ordinal));
        Assert.Contains(Texts, row => row.Data.StartsWith("Engine:MemoryBudgetBytes = ", StringComparison.Ordinal));
    }

    private static IEnumerable<string> LogTextsOf(string layer) => Repository.SourcesBelow(Path.Combine(Repository.Root, "engine", "Sockeye." + layer))
        .SelectMany(file => LogText().Matches(File.ReadAllText(file)))
        .Select(text => text.Groups[1].Value);

    /// <summary>What is called Max… or …Bytes, unless it says whose option it is: that of a plain WebSocket is set in code.</summary>
    [GeneratedRegex(@"(?<![\w:{.])(?:[A-Z]\w+:)*(?:Max[A-Z]\w+|[A-Z][a-z]+[A-Z]?\w*Bytes)\b(?! of a plain WebSocket)")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\| `([\w:]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Key();

    [GeneratedRegex(@"LoggerMessage\([^""]*""([^""]+)""\)")]
    private static partial Regex LogText();
}
