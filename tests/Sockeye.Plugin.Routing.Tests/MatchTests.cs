using System.Globalization;
using System.Text;

namespace Sockeye.Plugin.Routing.Tests;

public sealed class MatchTests
{
    private static readonly SocketIdentity s_ann = new("ann") { Claims = [new SocketClaim("role", "admin"), new SocketClaim("role", "user"), new SocketClaim("level", "3")] };

    [Theory]
    [InlineData("{}", "/", "chat", true)]
    [InlineData("{\"event\":\"chat\"}", "/", "chat", true)]
    [InlineData("{\"event\":\"chat\"}", "/", "chats", false)]
    [InlineData("{\"event\":\"chat:*\"}", "/", "chat:new", true)]
    [InlineData("{\"event\":\"chat:*\"}", "/", "chat", false)]
    [InlineData("{\"namespace\":\"/\"}", "/", "chat", true)]
    [InlineData("{\"namespace\":\"/\"}", "/a", "chat", false)]
    [InlineData("{\"namespace\":\"/team-*\"}", "/team-7", "chat", true)]
    [InlineData("{\"namespace\":\"/team-*\"}", "/tea", "chat", false)]
    [InlineData("{\"namespace\":\"/a\",\"event\":\"chat\"}", "/a", "chat", true)]
    [InlineData("{\"namespace\":\"/a\",\"event\":\"*\"}", "/a", "chat", true)]
    public void A_rule_asks_for_a_namespace_and_an_event(string match, string nsp, string name, bool matches) =>
        Assert.Equal(matches, RuleTest.Matches(match, name, "", nsp: nsp));

    [Fact]
    public void The_number_7_is_another_event_than_the_text_7()
    {
        Assert.True(RuleTest.Matches("{\"event\":7}", 7, ""));
        Assert.False(RuleTest.Matches("{\"event\":7}", "7", ""));
        Assert.False(RuleTest.Matches("{\"event\":\"7\"}", 7, ""));
    }

    [Theory]
    [InlineData("auth:refresh")]
    [InlineData("sockeye:refused")]
    public void Rules_are_never_shown_events_that_may_carry_tokens(string name) => Assert.False(RuleTest.Matches("{}", name, "\"token\""));

    [Fact]
    public void A_rule_asks_for_a_room_that_the_socket_is_in()
    {
        Assert.True(RuleTest.Matches("{\"room\":\"lab\"}", "e", "", null, "/", "hall", "lab"));
        Assert.False(RuleTest.Matches("{\"room\":\"lab\"}", "e", "", null, "/", "hall"));
    }

    [Theory]
    [InlineData("{\"role\":\"admin\"}", true)]
    [InlineData("{\"role\":[\"guest\",\"user\"]}", true)]
    [InlineData("{\"role\":\"guest\"}", false)]
    [InlineData("{\"role\":\"admin\",\"level\":3}", true)]
    [InlineData("{\"role\":\"admin\",\"level\":4}", false)]
    public void A_rule_asks_for_claims_and_all_of_them_must_be_there(string claims, bool matches)
    {
        Assert.Equal(matches, RuleTest.Matches($"{{\"claim\":{claims}}}", "e", "", s_ann));
        Assert.False(RuleTest.Matches($"{{\"claim\":{claims}}}", "e", ""));
    }

    [Theory]
    [InlineData("\"==\":3", "3", true)]
    [InlineData("\"==\":3", "3.0", true)]
    [InlineData("\"==\":3", "3e0", true)]
    [InlineData("\"==\":3", "\"3\"", false)]
    [InlineData("\"==\":9007199254740993", "9007199254740992", false)]
    [InlineData("\"==\":\"a\\u00e4\"", "\"a\\u00E4\"", true)]
    [InlineData("\"==\":\"a\"", "\"\\u0061\"", true)]
    [InlineData("\"==\":\"a\"", "\"b\"", false)]
    [InlineData("\"==\":true", "true", true)]
    [InlineData("\"==\":null", "null", true)]
    [InlineData("\"==\":null", "false", false)]
    [InlineData("\"!=\":3", "4", true)]
    [InlineData("\"!=\":3", "\"x\"", true)]
    [InlineData("\"!=\":3", "3.0", false)]
    [InlineData("\"<\":3", "2.5", true)]
    [InlineData("\"<\":3", "3", false)]
    [InlineData("\"<=\":3", "3", true)]
    [InlineData("\">\":3", "1e400", false)]
    [InlineData("\">\":3", "3.0000001", true)]
    [InlineData("\">=\":-1", "-1", true)]
    [InlineData("\">\":3", "\"4\"", false)]
    [InlineData("\">\":3", "null", false)]
    [InlineData("\"in\":[1,\"x\",null]", "\"x\"", true)]
    [InlineData("\"in\":[1,\"x\",null]", "null", true)]
    [InlineData("\"in\":[1,\"x\",null]", "2", false)]
    [InlineData("\"contains\":\"ell\"", "\"hello\"", true)]
    [InlineData("\"contains\":\"ell\"", "\"h\\u0065llo\"", true)]
    [InlineData("\"contains\":2", "[1,2]", true)]
    [InlineData("\"contains\":2", "[1,[2]]", false)]
    [InlineData("\"contains\":\"x\"", "{\"x\":1}", false)]
    [InlineData("\"startsWith\":\"he\"", "\"hello\"", true)]
    [InlineData("\"startsWith\":\"he\"", "[\"he\"]", false)]
    [InlineData("\"exists\":true", "null", true)]
    [InlineData("\"exists\":false", "null", false)]
    [InlineData("\">\":1,\"<\":5", "3", true)]
    [InlineData("\">\":1,\"<\":5", "5", false)]
    [InlineData("\"==\":\"\"", "\"\"", true)]
    [InlineData("\"==\":\"a\"", "\"\\ud800\"", false)]
    public void A_value_is_held_against_the_rule_by_type_and_value(string comparison, string value, bool holds)
    {
        var match = $$$"""{"where":{"path":"$[0].v",{{{comparison}}}}}""";
        Assert.Equal(holds, RuleTest.Matches(match, "e", $"{{\"v\":{value}}}"));
        Assert.Equal(comparison == "\"exists\":false", RuleTest.Matches(match, "e", "{}"));
    }

    [Fact]
    public void All_comparisons_must_hold() =>
        Assert.Equal(
            [true, false, false],
            new[] { "{\"a\":1,\"b\":2}", "{\"a\":1}", "{\"b\":2}" }.Select(arguments => RuleTest.Matches("""{"where":[{"path":"$[0].a","==":1},{"path":"$[0].b","==":2}]}""", "e", arguments)));

    [Fact]
    public void A_rule_looks_at_the_event_as_it_came_whatever_rules_before_have_made_of_it() => Assert.Equal(
        "b {\"seen\":true,\"x\":2}",
        RuleTest.Through(
            """
            {"rules":[
              {"id":"1","match":{"event":"a"},"actions":[{"rename":"b"},{"set":{"$[0].x":2}},{"remove":"$[0].y"}]},
              {"id":"2","match":{"event":"b"},"actions":[{"drop":true}]},
              {"id":"3","match":{"event":"a","where":{"path":"$[0].y","==":1}},"actions":[{"renameFields":{"$[0].x":"z"}},{"renameFields":{"$[0].z":"x"}},{"set":{"$[0].seen":true}},{"renameFields":{"$[0].x":"x2"}},{"renameFields":{"$[0].x2":"x"}}]}
            ]}
            """,
            "a",
            "{\"y\":1}"));

    [Fact]
    public void Rules_run_in_the_order_of_the_file_whatever_they_are_found_by()
    {
        string[] matches = ["{}", "{\"event\":\"e\"}", "{\"namespace\":\"/\"}", "{\"namespace\":\"/\",\"event\":\"e\"}", "{\"event\":\"*\"}", "{\"namespace\":\"/*\",\"event\":\"e*\"}", "{\"event\":\"e\"}"];
        var rules = string.Join(',', matches.Select((match, i) => $$$"""{"id":"{{{i}}}","match":{{{match}}},"actions":[{"set":{"$[{{{i}}}]":{{{i}}}}}]}"""));
        Assert.Equal("e 0,1,2,3,4,5,6", RuleTest.Through($"{{\"rules\":[{rules}]}}", "e", ""));
    }

    [Fact]
    public void Ten_thousand_names_are_told_apart()
    {
        var rules = string.Join(',', Enumerable.Range(0, 10_000).Select(i => string.Create(CultureInfo.InvariantCulture, $$$"""{"id":"{{{i}}}","match":{"event":"name-{{{i}}}"},"actions":[{"set":{"$[0]":{{{i}}}}}]}""")));
        var pipeline = RuleTest.Pipeline($"{{\"rules\":[{rules}]}}");
        Assert.All(Enumerable.Range(0, 10_000), i => Assert.Equal($"name-{i} {i}", RuleTest.Through(pipeline, $"name-{i}", "")));
        Assert.Equal("name-10000", RuleTest.Through(pipeline, "name-10000", ""));
    }

    [Fact]
    public void Deep_and_large_arguments_are_passed_over_in_linear_time_and_without_recursion()
    {
        var deep = new string('[', 500_000) + new string(']', 500_000);
        var wide = "{" + string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"k{i}\":\"{i}\"")) + ",\"v\":3}";
        Assert.False(RuleTest.Matches("""{"where":{"path":"$[1].v","==":3}}""", "e", deep));
        Assert.True(RuleTest.Matches("""{"where":{"path":"$[1].v","==":3}}""", "e", $"{deep},{wide}"));
        Assert.False(RuleTest.Matches("""{"where":{"path":"$[0][0][0][0][0][0][0][0][0].v","==":3}}""", "e", deep));
    }

    [Fact]
    public void A_match_without_an_action_on_the_event_allocates_nothing()
    {
        var pipeline = RuleTest.Pipeline("""
            {"rules":[
              {"id":"1","match":{"event":"e","claim":{"role":"guest"}},"actions":[{"drop":true}]},
              {"id":"2","match":{"event":"e","room":"lab","where":{"path":"$[0].v","==":"\u00e4"}},"actions":[{"drop":true}]},
              {"id":"3","match":{"event":"*","where":[{"path":"$[0].v","contains":"x"},{"path":"$[0].n",">":1.5}]},"actions":[{"rename":"f"}]}
            ]}
            """);
        var arguments = Encoding.UTF8.GetBytes("{\"n\":2.25,\"v\":\"\\u0061x\"}");
        string[] rooms = ["lab"];
        var renamed = 0;
        for (var i = 0; i < 100; i++)
        {
            Run();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Run();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1100, renamed);

        void Run()
        {
            var e = new Model.RuleEvent("/", "e", "e"u8, arguments) { Identity = s_ann, Rooms = rooms };
            pipeline.Run(ref e);
            renamed += e.IsChanged ? 1 : 0;
        }
    }
}
