namespace Sockeye.Plugin.Routing.Tests;

/// <summary>What actions make of an event, without a server.</summary>
public sealed class ActionTests
{
    private static readonly SocketIdentity s_ann = new("ann") { Claims = [new SocketClaim("team", "red")] };

    [Theory]
    [InlineData("{\"rename\":\"b\"}", "1", "b 1")]
    [InlineData("{\"rename\":\"{event}:{user}\"}", "1", "e:ann 1")]
    [InlineData("{\"rename\":\"{$[0].kind}\"}", "{\"kind\":\"x\"}", "x {\"kind\":\"x\"}")]
    [InlineData("{\"rename\":\"{$[0].kind}\"}", "{\"kind\":\"disconnect\"}", "e {\"kind\":\"disconnect\"}")]
    [InlineData("{\"rename\":\"{$[0].kind}\"}", "{\"kind\":\"\\u0000\"}", "e {\"kind\":\"\\u0000\"}")]
    [InlineData("{\"rename\":\"{$[0].kind}\"}", "{}", "e {}")]
    [InlineData("{\"set\":{\"$[0].by\":\"{user}\",\"$[0].team\":\"{claim:team}\"}}", "{}", "e {\"by\":\"ann\",\"team\":\"red\"}")]
    [InlineData("{\"set\":{\"$[0]\":{\"a\":[1,\"{event}\",{\"b\":\"{{x}}\"}]}}}", "", "e {\"a\":[1,\"e\",{\"b\":\"{x}\"}]}")]
    [InlineData("{\"set\":{\"$[0].n\":\"{$[0].v}\"}}", "{\"v\":1.50}", "e {\"v\":1.50,\"n\":\"1.50\"}")]
    [InlineData("{\"set\":{\"$[0].n\":\"{$[0].v}\"}}", "{\"v\":\"a\\\"b\"}", "e {\"v\":\"a\\\"b\",\"n\":\"a\\u0022b\"}")]
    [InlineData("{\"set\":{\"$[0].n\":\"{$[0].v}\"}}", "{\"v\":[1]}", "e {\"v\":[1]}")]
    [InlineData("{\"remove\":[\"$[0].a\",\"$[1]\",\"$[5]\"]}", "{\"a\":1,\"b\":2},3", "e {\"b\":2}")]
    [InlineData("{\"renameFields\":{\"$[0].a\":\"b\"}}", "{\"a\":1,\"b\":2}", "e {\"b\":1}")]
    [InlineData("{\"wrap\":\"data\"}", "1,2", "e {\"data\":1},2")]
    [InlineData("{\"wrap\":\"data\"},{\"set\":{\"$[0].at\":7}}", "", "e {\"data\":null,\"at\":7}")]
    [InlineData("{\"drop\":true}", "1", null)]
    [InlineData("{\"ack\":{\"ok\":true}}", "1", "e 1")]
    public void An_action_leaves_the_event_so(string actions, string arguments, string? expected) =>
        Assert.Equal(expected, RuleTest.Through(RuleTest.Rule("{}", actions), "e", arguments, s_ann));

    [Fact]
    public void An_action_that_cannot_be_done_is_counted_and_the_next_follows()
    {
        var pipeline = RuleTest.Pipeline(RuleTest.Rule("{}", "{\"rename\":\"{user}\"},{\"set\":{\"$[0].a\":1}},{\"set\":{\"$[1]\":2}}"));
        Assert.Equal("e 1,2", RuleTest.Through(pipeline, "e", "1"));
        var rule = Assert.Single(pipeline.Rules.Rules);
        Assert.Equal((1, 1, 2), (rule.Matched, rule.Acted, rule.Failed));
    }

    [Fact]
    public void A_text_of_placeholders_has_65_536_characters_at_most()
    {
        var rule = RuleTest.Rule("{}", "{\"set\":{\"$[1]\":\"{$[0]}\"}}");
        foreach (var (length, fits) in new[] { (65_536, true), (65_537, false) })
        {
            var text = $"\"{new string('x', length)}\"";
            Assert.Equal(fits ? $"e {text},{text}" : $"e {text}", RuleTest.Through(rule, "e", text));
        }
    }

    [Fact]
    public void A_large_event_is_not_copied_without_end()
    {
        // 32 changes of 900,000 bytes are more than the 16 MiB that one event may cost.
        var actions = string.Join(',', Enumerable.Range(1, 32).Select(static i => $"{{\"set\":{{\"$[{i}]\":1}}}}"));
        var pipeline = RuleTest.Pipeline(RuleTest.Rule("{}", actions));
        RuleTest.Through(pipeline, "e", $"\"{new string('x', 900_000)}\"");
        var rule = Assert.Single(pipeline.Rules.Rules);
        Assert.Equal((18, 14), (rule.Acted, rule.Failed));
    }

    [Fact]
    public void Nothing_follows_a_drop_not_even_other_rules() => Assert.Equal(
        [1L, 0],
        Count("""{"rules":[{"id":"1","match":{},"actions":[{"drop":true}]},{"id":"2","match":{},"actions":[{"rename":"x"}]}]}"""));

    private static IEnumerable<long> Count(string json)
    {
        var pipeline = RuleTest.Pipeline(json);
        Assert.Null(RuleTest.Through(pipeline, "e", ""));
        return pipeline.Rules.Rules.Select(static rule => rule.Matched);
    }
}
