using System.Globalization;
using Microsoft.Extensions.Configuration;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Rules;

namespace Sockeye.Plugin.Routing.Tests;

public sealed class RuleFileTests
{
    /// <summary>What a file is broken by, and the line that says so.</summary>
    [Theory]
    [InlineData("", "rules.json(1,1): the file is empty")]
    [InlineData("[]", "rules.json(1,1): the file is a list and must be an object with rules")]
    [InlineData("{\n  \"ruls\": []\n}", "rules.json(2,3): the key of the file 'ruls' is unknown; did you mean 'rules'?")]
    [InlineData("{\"rules\":{}}", "rules.json(1,10): 'rules' is an object and must be a list of rules")]
    [InlineData("{\"rules\":[1]}", "rules.json(1,11): a rule is a number and must be an object with id, match, actions")]
    [InlineData("{\"rules\":[{\"match\":{},\"actions\":[{\"drop\":true}]}]}", "rules.json(1,11): the rule has no id, which names it in metrics and log lines")]
    [InlineData("{\"rules\":[{\"id\":\"a b\",\"actions\":[{\"drop\":true}]}]}", "rules.json(1,17): the id 'a b' must be 1 to 64 of a to z, A to Z, 0 to 9, '-', '_' and '.'")]
    [InlineData("{\"rules\":[{\"id\":\"a\",\"actions\":[{\"drop\":true}]},\n{\"id\":\"a\",\"actions\":[{\"drop\":true}]}]}", "rules.json(2,1): a rule with the id 'a' stands at rules.json(1,11) already")]
    [InlineData("{\"rules\":[{\"id\":\"a\",\"actions\":[{\"drop\":true}]},\n{\"id\":\"a\",\"actions\":[]}]}", "rules.json(2,1): a rule with the id 'a' stands at rules.json(1,11) already")]
    [InlineData("{\"rules\":[{\"id\":\"a\",\"actions\":[]},\n{\"id\":\"a\",\"actions\":[{\"drop\":true}]}]}", "rules.json(2,1): a rule with the id 'a' stands at rules.json(1,11) already")]
    [InlineData("{\"rules\":[{\"id\":\"a\",\"id\":\"b\",\"actions\":[{\"drop\":true}]}]}", "rules.json(1,21): 'id' stands here twice")]
    public void A_broken_file_is_told_by_line_and_column(string json, string line) =>
        Assert.Contains(RuleTest.FaultsOf(json), told => told.StartsWith(line, StringComparison.Ordinal));

    [Theory]
    [InlineData("{\"rules\":[", "not JSON: it ends within an object or a list, of which } or ] is missing")]
    [InlineData("{\"rules\":[{\"id\":\"a\"}", "not JSON: it ends within an object or a list, of which } or ] is missing")]
    [InlineData("{\"rules\":[{\"id\":\"a", "not JSON: it ends within a value")]
    public void A_file_that_is_cut_off_says_so(string json, string fault) => Assert.EndsWith(": " + fault, Assert.Single(RuleTest.FaultsOf(json)), StringComparison.Ordinal);

    [Theory]
    [InlineData("1")]
    [InlineData("10")]
    [InlineData("5 minutes")]
    [InlineData("s")]
    [InlineData("m")]
    [InlineData("-1 s")]
    [InlineData("1e3 s")]
    [InlineData("9 ms")]
    [InlineData("25 h")]
    public void What_is_no_time_is_told_with_how_one_is_written(string time) => Assert.Equal(
        ["rules.json(1,77): 'every' must be a time from 10 ms to 24 h, written as a number and ms, s, min or h, such as \"5 s\", or as \"00:00:05\""],
        RuleTest.FaultsOf(RuleTest.Rule("{}", $"{{\"latest\":{{\"key\":\"{{user}}\",\"every\":\"{time}\",\"actions\":[{{\"to\":{{\"room\":\"r\"}}}}]}}}}")));

    [Theory]
    [InlineData("10 ms")]
    [InlineData("5 s")]
    [InlineData("5s")]
    [InlineData("1.5 min")]
    [InlineData("1h")]
    [InlineData("24 h")]
    [InlineData("00:00:05")]
    [InlineData("00:00:00.5")]
    public void A_time_is_a_number_and_its_unit_or_hours_minutes_and_seconds(string time) => Assert.Single(
        RuleTest.Read(RuleTest.Rule("{}", $"{{\"latest\":{{\"key\":\"{{user}}\",\"every\":\"{time}\",\"actions\":[{{\"to\":{{\"room\":\"r\"}}}}]}}}}")).Rules);

    [Fact]
    public void An_output_that_has_a_fault_is_not_told_as_unknown_where_it_is_used() => Assert.EndsWith(
        "the environment has no variable 'NO_SUCH_SECRET'",
        Assert.Single(RuleTest.FaultsOf("{\"rules\":[{\"id\":\"a\",\"actions\":[{\"http\":\"hook\"}]}],\"outputs\":{\"hook\":{\"url\":\"https://a.example/\",\"secrets\":\"env:NO_SUCH_SECRET\"}}}")),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("[]", "a list")]
    [InlineData("null", "null")]
    [InlineData("[{\"name\":\"hook\",\"url\":\"https://a.example/\"}]", "a list")]
    public void Outputs_that_are_no_object_are_told_and_nothing_of_those_who_name_one(string outputs, string what) => Assert.Equal(
        [$"rules.json(1,98): 'outputs' is {what} and must be an object: the name of each is an output"],
        RuleTest.FaultsOf($"{{\"rules\":[{{\"id\":\"a\",\"actions\":[{{\"http\":\"hook\"}}]}},{{\"id\":\"b\",\"actions\":[{{\"drop\":true}}]}}],\"outputs\":{outputs}}}"));

    [Fact]
    public void An_output_that_is_not_there_is_told_of_rules_with_other_faults_too_and_within_latest() => Assert.Equal(
        [
            "rules.json(2,20): the key of 'match' 'evnt' is unknown; did you mean 'event'?",
            "rules.json(3,32): 'latest' has no key: whose last event is kept, such as \"{user}\" or \"{$[0].id}\"",
            "rules.json(4,58): 'timeout' must be a time from 100 ms to 5 min, written as a number and ms, s, min or h, such as \"5 s\", or as \"00:00:05\"",
            "rules.json(2,54): the output 'hok' is unknown; did you mean 'hook'?",
            "rules.json(3,66): the output 'hok' is unknown; did you mean 'hook'?",
        ],
        RuleTest.FaultsOf("""
            {"rules":[
            {"id":"a","match":{"evnt":"x"},"actions":[{"http":   "hok"}]},
            {"id":"b","actions":[{"latest":{"every":"1 s","actions":[{"http":"hok"}]}}]}],
            "outputs":{"hook":{"url":"https://a.example/","timeout": 1}}}
            """));

    [Theory]
    [InlineData("{}", "the output has no url")]
    [InlineData("{\"timeout\":\"1\",\"concurrency\":65}", "the output has no url", "'timeout' must be a time", "'concurrency' must be a whole number")]
    [InlineData("{\"url\":\"x\",\"deadLetters\":\"a b\",\"secrets\":[1]}", "'url': it begins with", "a secret is a number", "'deadLetters': a subject is tokens")]
    public void All_faults_of_an_output_are_told(string output, params string[] faults) =>
        Assert.Equal(faults, RuleTest.FaultsOf($"{{\"outputs\":{{\"a\":{output}}}}}").Select((line, i) => i < faults.Length && line.Contains(faults[i], StringComparison.Ordinal) ? faults[i] : line));

    [Theory]
    [InlineData("{\"subject\":1,\"window\":\"1\",\"room\":\"{\"}", "'subject' is a number", "'window' must be a time", "'room': ")]
    [InlineData("{\"secrets\":[1],\"body\":\"dta\",\"event\":\"connect\"}", "'body' 'dta' is unknown", "a secret is a number", "'event': ")]
    public void All_faults_of_a_way_in_are_told_and_none_that_follows_from_another(string inbound, params string[] faults) =>
        Assert.Equal(faults, RuleTest.FaultsOf($"{{\"inbound\":{{\"a\":{inbound}}}}}").Select((line, i) => i < faults.Length && line.Contains(faults[i], StringComparison.Ordinal) ? faults[i] : line));

    [Theory]
    [InlineData("{\"rules\":[{\"id\":\"a\",\"id\":\"a\",\"id\":\"a\",\"actions\":[{\"drop\":true}]}]}", "rules.json(1,21): 'id' stands here twice", "rules.json(1,30): 'id' stands here twice")]
    [InlineData("{\"rules\":[{\"id\":\"a\",\"ID\":\"a\",\"actions\":[{\"drop\":true}]}]}", "rules.json(1,21): 'ID' stands here twice")]
    [InlineData("{\"rules\":[],\"outputs\":{\"a\":{\"url\":\"https://a.example/\"},\"a\":{\"url\":\"https://a.example/\"}}}", "rules.json(1,57): 'a' stands here twice")]
    public void A_key_that_stands_twice_is_told_once(string json, params string[] lines) => Assert.Equal(lines, RuleTest.FaultsOf(json));

    [Theory]
    [InlineData("{\"evnt\":\"x\"}", "(1,30): the key of 'match' 'evnt' is unknown; did you mean 'event'?")]
    [InlineData("{\"event\":true}", "(1,38): 'event' is a boolean and must be a text that is not empty")]
    [InlineData("{\"event\":\"connect\"}", "(1,38): 'connect' is no name of an event: it is reserved, has NUL or more than 255 bytes")]
    [InlineData("{\"event\":\"auth:refresh\"}", "(1,38): 'auth:refresh': rules are never shown the events auth:* and sockeye:*")]
    [InlineData("{\"event\":1.5}", "(1,38): an event that is a number is a whole one of 32 bits")]
    [InlineData("{\"event\":\"p*ng\"}", "(1,38): 'p*ng': an asterisk stands at the end alone, for whatever follows")]
    [InlineData("{\"event\":\"**\"}", "(1,38): '**': an asterisk stands at the end alone, for whatever follows")]
    [InlineData("{\"namespace\":\"/*/x\"}", "(1,42): '/*/x': an asterisk stands at the end alone, for whatever follows")]
    [InlineData("{\"namespace\":\"chat\"}", "(1,42): a namespace begins with a slash: '/chat'; '*' is all of them")]
    [InlineData("{\"claim\":\"admin\"}", "(1,38): 'claim' is a text and must be an object of 1 to 32 types of claims and their values")]
    [InlineData("{\"claim\":{\"role\":{}}}", "(1,46): the claim 'role' is an object and must be a text, or a list of texts of which it is one")]
    [InlineData("{\"room\":\"{user}\"}", "(1,37): 'room' of 'match' is compared as it is written, and has no placeholders: {user}")]
    [InlineData("{\"event\":\"a-{$[0].id}\"}", "(1,38): 'event' of 'match' is compared as it is written, and has no placeholders: {$[0].id}")]
    [InlineData("{\"claim\":{\"role\":\"{claim:role}\"}}", "(1,46): the claim 'role' is compared as it is written, and has no placeholders: {claim:role}")]
    [InlineData("{\"where\":{\"==\":1}}", "(1,38): 'where' has no path, such as \"$[0].name\"")]
    [InlineData("{\"where\":{\"path\":\"$[0]\"}}", "(1,38): 'where' has no comparison; there are ==, !=, <, <=, >, >=, in, contains, startsWith, exists")]
    [InlineData("{\"where\":{\"path\":\"$[0]\",\"=\":1}}", "(1,53): the key of 'where' '=' is unknown; did you mean '=='?")]
    [InlineData("{\"where\":{\"path\":\"$[0]\",\"=>\":1}}", "(1,53): the key of 'where' '=>' is unknown; did you mean '>='?")]
    [InlineData("{\"where\":{\"path\":\"$[0]\",\">\":\"3\"}}", "(1,57): what '>' compares with is a text and must be a number (of a double's range)")]
    [InlineData("{\"where\":{\"path\":\"$[0]\",\">\":1e999}}", "(1,57): what '>' compares with is a number and must be a number (of a double's range)")]
    [InlineData("{\"where\":{\"path\":\"$[0]\",\"in\":3}}", "(1,58): 'in' is a number and must be a list of 1 to 1,000 values")]
    [InlineData("{\"where\":{\"path\":\"$[0]\",\"exists\":1}}", "(1,62): 'exists' is a number and must be true or false")]
    [InlineData("{\"where\":{\"path\":\"$[0]\",\"startsWith\":1}}", "(1,66): what 'startsWith' compares with is a number and must be a text")]
    [InlineData("{\"where\":{\"path\":\"name\",\"==\":1}}", "(1,46): 'path' 'name' is no path: a path begins with $, which is the list of the arguments: $[0].name")]
    [InlineData("{\"where\":{\"path\":\"$.name\",\"==\":1}}", "(1,46): 'path' '$.name' is no path: $ is the list of the arguments: the path begins with the number of one, $[0]")]
    [InlineData("{\"where\":{\"path\":\"$[0]..a\",\"==\":1}}", "(1,46): 'path' '$[0]..a' is no path: a name is missing behind '$[0].'")]
    [InlineData("{\"where\":{\"path\":\"$[0][x]\",\"==\":1}}", "(1,46): 'path' '$[0][x]' is no path: behind '$[0][' a whole number and ] are missing")]
    [InlineData("{\"where\":{\"path\":\"$[0]x\",\"==\":1}}", "(1,46): 'path' '$[0]x' is no path: what follows '$[0]' is neither .name nor [number] nor [\"name\"]")]
    public void A_broken_match_is_told(string match, string line) => Assert.Contains("rules.json" + line, RuleTest.FaultsOf(RuleTest.Rule(match, "{\"drop\":true}")));

    [Theory]
    [InlineData("", "(1,42): the rule has no actions: a list of 1 to 32 objects, each with one of ")]
    [InlineData("{\"latest\":{\"key\":\"k\",\"every\":\"1 s\"}}", "(1,53): 'latest' has no actions: a list of 1 to 32 objects")]
    [InlineData("{}", "(1,43): an action is an empty object and must be an object with one key: ")]
    [InlineData("{\"drop\":true,\"ack\":1}", "(1,43): an action is an object with 2 keys and must be an object with one key: ")]
    [InlineData("{\"rename\":\"sockeye:refused\"}", "(1,53): 'sockeye:refused': auth:* and sockeye:* are the server's own words")]
    [InlineData("{\"to\":{\"room\":\"r\",\"event\":\"auth:ended\"}}", "(1,69): 'auth:ended': auth:* and sockeye:* are the server's own words")]
    [InlineData("{\"http\":\"hook\"}", "(1,51): the output 'hook' is unknown; there is none")]
    [InlineData("{\"remane\":\"x\"}", "(1,44): the action 'remane' is unknown; did you mean 'rename'?")]
    [InlineData("{\"drop\":1}", "(1,51): 'drop' is a number and must be true")]
    [InlineData("{\"drop\":true},{\"rename\":\"x\"}", "(1,57): nothing can follow 'drop', which ends the event")]
    [InlineData("{\"to\":{}}", "(1,49): 'to' has no target: room, user, socket, or namespace for everybody in it")]
    [InlineData("{\"to\":{\"room\":\"a\",\"user\":\"b\"}}", "(1,49): 'to' has one of room, user and socket, not several")]
    [InlineData("{\"to\":{\"rom\":\"a\"}}", "(1,50): the key of 'to' 'rom' is unknown; did you mean 'room'?")]
    [InlineData("{\"to\":{\"room\":\"{usr}\"}}", "(1,57): 'room': the placeholder 'usr' is unknown; did you mean 'user'?")]
    [InlineData("{\"to\":{\"room\":\"{user\"}}", "(1,57): 'room': '{' without '}'; a brace itself is written twice")]
    [InlineData("{\"to\":{\"room\":\"{$x}\"}}", "(1,57): 'room': {$x}: what follows '$' is neither .name nor [number] nor [\"name\"]")]
    [InlineData("{\"to\":{\"room\":\"{room}-2\"}}", "(1,43): 'to' has {room}, which is the room that 'match' asks for, and it asks for none")]
    [InlineData("{\"to\":{\"namespace\":\"x\"}}", "(1,62): a namespace begins with a slash: '/x'")]
    [InlineData("{\"to\":{\"room\":\"x\",\"sender\":0}}", "(1,70): 'sender' is a number and must be true or false")]
    [InlineData("{\"to\":{\"room\":\"x\",\"event\":\"disconnect\"}}", "(1,69): 'disconnect' is no name of an event: ")]
    [InlineData("{\"rename\":\"\"}", "(1,53): 'rename' is a text and must be a text that is not empty")]
    [InlineData("{\"set\":{\"a\":1}}", "(1,51): the key of 'set' 'a' is no path: a path begins with $, which is the list of the arguments: $[0].name")]
    [InlineData("{\"set\":{\"$[0].b\":{\"_placeholder\":true,\"num\":0}}}", "(1,61): '$[0].b': a value with '_placeholder' would stand for an attachment that the event may not have")]
    [InlineData("{\"set\":{}}", "(1,50): 'set' is an empty object and must be an object of 1 to 32 paths and their values, such as {\"$[0].level\": 3}")]
    [InlineData("{\"remove\":1}", "(1,53): what 'remove' names is a number and must be a path, such as \"$[0].name\"")]
    [InlineData("{\"renameFields\":{\"$[0]\":\"x\"}}", "(1,60): '$[0]' is no field of an object, which alone has a name")]
    [InlineData("{\"wrap\":1}", "(1,51): 'wrap' is a number and must be the name of the field that the first argument becomes")]
    [InlineData("{\"again\":{}}", "(1,52): 'again' has no event: the name under which the copy comes again")]
    public void A_broken_action_is_told(string action, string line) =>
        Assert.Contains(RuleTest.FaultsOf(RuleTest.Rule("{}", action)), told => told.StartsWith("rules.json" + line, StringComparison.Ordinal));

    [Fact]
    public void All_faults_of_a_file_are_told_at_once() => Assert.Equal(
        [
            "rules.json(3,13): the key of 'match' 'evnt' is unknown; did you mean 'event'?",
            "rules.json(4,16): the action 'droop' is unknown; did you mean 'drop'?",
            "rules.json(7,32): 'path' 'x' is no path: a path begins with $, which is the list of the arguments: $[0].name",
        ],
        RuleTest.FaultsOf("""
            {"rules":[
              {"id":"a", // a comment
               "match":{"evnt":"x"},
               "actions":[{"droop":true}]},
              {"id":"b",
               "match":{"event":"x",
                        "where":{"path":   "x","==":1}},
               "actions":[{"drop":true}],},
            ]}
            """));

    [Fact]
    public void Of_very_many_faults_a_hundred_are_told_and_the_rest_is_counted()
    {
        var lines = RuleTest.FaultsOf($"{{\"rules\":[{string.Join(',', Enumerable.Repeat("1", 1000))}]}}");
        Assert.Equal(101, lines.Count);
        Assert.Equal("and 900 faults more", lines[^1]);
    }

    [Theory]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    public void A_file_may_have_10_000_rules_and_no_more(int count, bool fits)
    {
        var json = $"{{\"rules\":[{string.Join(",\n", Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $$$"""{"id":"{{{i}}}","match":{"event":"e{{{i % 20}}}"},"actions":[{"drop":true}]}""")))}]}}";
        if (fits)
        {
            Assert.Equal(10_000, RuleTest.Read(json).Rules.Count);
        }
        else
        {
            Assert.Equal(["rules.json(10001,1): there are 10,001 rules, of which there may be 10,000"], RuleTest.FaultsOf(json));
        }
    }

    [Fact]
    public void A_file_may_be_4_MiB_long_and_no_longer()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            foreach (var (length, fits) in new[] { (RuleJson.MaxBytes, true), (RuleJson.MaxBytes + 1, false) })
            {
                File.WriteAllText(path, "{\"rules\":[]}".PadRight(length));
                var faults = new RuleFaults();
                Assert.Equal(fits, RuleDocument.ReadFile(path, faults) is not null);
                Assert.Equal(fits ? [] : [$"{path}: the file is longer than 4,194,304 bytes"], faults.Lines);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_fault()
    {
        var faults = new RuleFaults();
        Assert.Null(RuleDocument.ReadFile("/nowhere/rules.json", faults));
        Assert.StartsWith("/nowhere/rules.json: the file cannot be read: ", Assert.Single(faults.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"rules\":[", "rules.json(1,11): not JSON: ")]
    [InlineData("{\"rules\":[}\n", "rules.json(1,11): not JSON: ")]
    [InlineData("rules:\n- id: a", "rules.json(1,1): not JSON: ")]
    [InlineData("{\"rules\":[]} x", "rules.json(1,14): not JSON: ")]
    [InlineData("{\"rules\":[\n{\"id\":\"\\ud800\"}]}", "rules.json: not JSON: a text in it is no valid UTF-8, or has half of a surrogate pair")]
    public void A_file_that_is_no_JSON_is_told_where(string json, string start) =>
        Assert.StartsWith(start, Assert.Single(RuleTest.FaultsOf(json)), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_nested_without_end_is_refused_before_it_costs_anything() =>
        Assert.StartsWith("rules.json(1,", Assert.Single(RuleTest.FaultsOf(new string('[', 1_000_000))), StringComparison.Ordinal);

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void Rules_may_look_up_16_paths_in_one_event_and_no_more(int paths, bool fits)
    {
        var json = $"{{\"rules\":[{string.Join(',', Enumerable.Range(0, paths).Select(i => $$$"""{"id":"{{{i}}}","match":{{{{(i % 2 == 0 ? "\"event\":\"e\"," : "")}}}"where":{"path":"$[0].p{{{i}}}","==":1}},"actions":[{"drop":true}]}"""))}]}}";
        if (fits)
        {
            Assert.Null(RuleTest.Through(json, "e", "{\"p15\":1}"));
        }
        else
        {
            Assert.Equal(["rules.json(1,11): the rules for the event e in * look up 17 paths together, of which there may be 16"], RuleTest.FaultsOf(json));
        }
    }

    [Fact]
    public void Rules_of_other_configuration_are_told_by_their_path()
    {
        var faults = new RuleFaults();
        Assert.Null(RuleDocument.ReadSection(Section(("rules:0:id", "a"), ("rules:0:match:where:path", "$[0]"), ("rules:0:match:where:>", "x"), ("rules:0:actions:0:drop", "true")), faults));
        Assert.Equal(["Sockeye:Plugins:routing:rules:0:match:where:>: what '>' compares with is a text and must be a number (of a double's range)"], faults.Lines);
    }

    [Fact]
    public void Values_of_other_configuration_have_the_type_that_they_read_as()
    {
        var faults = new RuleFaults();
        var rules = RuleDocument.ReadSection(
            Section(
                ("Rules:0:Id", "a"), ("Rules:0:Match:Event", "\"7\""), ("Rules:0:Match:Where:0:Path", "$[0]"), ("Rules:0:Match:Where:0:==", "3"), ("Rules:0:Match:Where:1:Path", "$[1]"), ("Rules:0:Match:Where:1:==", "\"3\""),
                ("Rules:0:Actions:0:Set:$[2]", "true"), ("Rules:0:Actions:1:to:room", "x")),
            faults);
        Assert.Equal([], faults.Lines);
        var match = Assert.Single(rules!.Rules).Match;
        Assert.Equal(("7", false), (match.Event, match.IsNumber));
    }

    [Fact]
    public void A_file_that_a_section_names_and_that_cannot_be_read_is_told_at_the_setting()
    {
        var faults = new RuleFaults();
        Assert.Null(RuleDocument.ReadSection(Section(("file", "/nowhere/rules.json")), faults));
        Assert.StartsWith("Sockeye:Plugins:routing:file: names a file that cannot be read: ", Assert.Single(faults.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_section_names_a_file_or_has_rules_and_not_both()
    {
        var faults = new RuleFaults();
        Assert.Null(RuleDocument.ReadSection(Section(("file", "rules.json"), ("rules:0:id", "a")), faults));
        Assert.Collection(
            faults.Lines,
            static line => Assert.Equal("Sockeye:Plugins:routing:rules: 'rules' stands beside 'file': the file has it", line),
            static line => Assert.StartsWith("Sockeye:Plugins:routing:file: names a file that cannot be read: ", line, StringComparison.Ordinal));
        Assert.Empty(RuleDocument.ReadSection(Section(), new RuleFaults())!.Rules);
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(value => KeyValuePair.Create("Sockeye:Plugins:routing:" + value.Key, (string?)value.Value)))
        .Build()
        .GetSection("Sockeye:Plugins:routing");
}
