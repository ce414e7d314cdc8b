using System.Globalization;
using Sockeye.Plugin.Routing.Rules;

namespace Sockeye.Plugin.Routing.Tests;

/// <summary>Rules that feed each other (CVE-2020-28466, CVE-2022-42709: import cycles that exhausted memory).</summary>
public sealed class LoopTests
{
    [Fact]
    public void CVE_2020_28466_a_loop_between_rules_is_told_before_it_runs() => Assert.Equal(
        ["rules.json(1,11): a loop: rule 'a' (takes event x in *) -> rule 'b' (takes event y in *) -> rule 'c' (takes event z in *) -> rule 'a'; what they feed comes back to them without end"],
        RuleTest.FaultsOf(Rules(("a", "x", "y"), ("b", "y", "z"), ("c", "z", "x"), ("d", "z", "end"))));

    [Theory]
    [InlineData("x", "x", true)]
    [InlineData("x*", "xy", true)]
    [InlineData("*", "anything", true)]
    [InlineData("x", "{event}", true)]
    [InlineData("x", "{event}-2", false)]
    [InlineData("x*", "{event}-2", true)]
    [InlineData("x*", "y", false)]
    [InlineData("x:*", "x", false)]
    [InlineData("x", "{user}", true)]
    [InlineData("x", "y{user}", false)]
    [InlineData("xy", "x{$[0]}", true)]
    public void A_rule_that_may_feed_itself_is_a_loop(string takes, string feeds, bool isLoop)
    {
        var json = Rules(("a", takes, feeds));
        if (isLoop)
        {
            Assert.Contains("a loop: rule 'a'", Assert.Single(RuleTest.FaultsOf(json)), StringComparison.Ordinal);
        }
        else
        {
            Assert.Single(RuleTest.Read(json).Rules);
        }
    }

    [Fact]
    public void A_condition_does_not_make_a_loop_good() => Assert.Contains(
        "a loop: rule 'a'",
        Assert.Single(RuleTest.FaultsOf(RuleTest.Rule("{\"event\":\"x\",\"where\":{\"path\":\"$[0].n\",\"<\":3}}", "{\"again\":{\"event\":\"x\"}}", "a"))),
        StringComparison.Ordinal);

    [Fact]
    public void Namespaces_part_what_names_would_join()
    {
        RuleTest.Read(RuleTest.Rule("{\"namespace\":\"/a\",\"event\":\"x\"}", "{\"again\":{\"event\":\"x\",\"namespace\":\"/b\"}}"));
        RuleTest.FaultsOf(RuleTest.Rule("{\"namespace\":\"/a*\",\"event\":\"x\"}", "{\"again\":{\"event\":\"x\",\"namespace\":\"/ab\"}}"));
    }

    [Fact]
    public void A_loop_of_ten_thousand_rules_is_found_and_told_in_one_line()
    {
        var rules = Enumerable.Range(0, 10_000).Select(i => (string.Create(CultureInfo.InvariantCulture, $"r{i}"), $"e{i}", $"e{(i + 1) % 10_000}")).ToArray();
        var line = Assert.Single(RuleTest.FaultsOf(Rules(rules)));
        Assert.EndsWith("-> rule 'r7' (takes event e7 in *) -> 9992 more -> rule 'r0'; what they feed comes back to them without end", line, StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_comes_again_eight_times_and_no_more()
    {
        // A chain without a loop, longer than an event may go.
        var pipeline = RuleTest.Pipeline(Rules([.. Enumerable.Range(0, 20).Select(i => ($"r{i}", $"e{i}", $"e{i + 1}"))]));
        Assert.Equal("e0 1", RuleTest.Through(pipeline, "e0", "1"));
        Assert.Equal([1L, 1, 1, 1, 1, 1, 1, 1, 1, 0], pipeline.Rules.Rules.Take(10).Select(static rule => rule.Matched));
        Assert.Equal(1, pipeline.Rules.Rules[8].Failed);
    }

    [Fact]
    public void An_event_is_copied_a_hundred_times_and_no_more()
    {
        // Each level gives ten to the next: without a bound a hundred million.
        var actions = string.Join(',', Enumerable.Repeat("{\"again\":{\"event\":\"next{0}\"}}", 10));
        var rules = string.Join(',', Enumerable.Range(0, 8).Select(i => $$$"""{"id":"r{{{i}}}","match":{"event":"next{{{i}}}"},"actions":[{{{actions.Replace("{0}", $"{i + 1}", StringComparison.Ordinal)}}}]}"""));
        var pipeline = RuleTest.Pipeline($"{{\"rules\":[{rules}]}}");
        Assert.Equal("next0", RuleTest.Through(pipeline, "next0", ""));
        Assert.Equal(101, pipeline.Rules.Rules.Sum(static rule => rule.Matched) + CopiesBehindTheLast(pipeline));
    }

    private static long CopiesBehindTheLast(RulePipeline pipeline) => pipeline.Rules.Rules[^1].Acted;

    private static string Rules(params (string Id, string Takes, string Feeds)[] rules) =>
        $"{{\"rules\":[{string.Join(',', rules.Select(static rule => $$$"""{"id":"{{{rule.Id}}}","match":{"event":"{{{rule.Takes}}}"},"actions":[{"again":{"event":"{{{rule.Feeds}}}"}}]}"""))}]}}";
}
