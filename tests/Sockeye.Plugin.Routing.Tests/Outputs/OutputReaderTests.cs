using System.Text;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Rules;

namespace Sockeye.Plugin.Routing.Tests.Outputs;

public sealed class OutputReaderTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static RuleSet Read(string text)
    {
        var faults = new RuleFaults();
        var rules = RuleDocument.ReadText(Encoding.UTF8.GetBytes(text), "rules.json", faults);
        Assert.Empty(faults.Lines);
        return rules!;
    }

    private static string Fault(string text)
    {
        var faults = new RuleFaults();
        Assert.Null(RuleDocument.ReadText(Encoding.UTF8.GetBytes(text), "rules.json", faults));
        return Assert.Single(faults.Lines);
    }

    [Fact]
    public void The_file_of_the_page_is_read_as_a_whole()
    {
        var page = File.ReadAllText(Path.Combine(WorkingCopy.Root, "docs", "routing-outside.md"));
        var text = page.Split("```json")[1].Split("```")[0];
        Environment.SetEnvironmentVariable("ORDERS_SECRET", Secret);
        Environment.SetEnvironmentVariable("ALERTS_SECRET", Secret);

        var rules = Read(text);

        var output = Assert.Single(rules.Outputs);
        Assert.Equal("orders", output.Key);
        Assert.Equal([Secret], output.Value.Secrets);
        Assert.Equal("orders.dead", output.Value.DeadLetters);
        Assert.Equal(["alerts", "prices"], rules.Inbound.Keys.Order());
        Assert.True(rules.Inbound["prices"].IsData);
        Assert.Equal("site-{site}", rules.Inbound["alerts"].Room);
        Assert.Equal(2, rules.Rules.Count);
    }

    [Fact]
    public void Every_key_of_an_output_is_read()
    {
        var output = Read($$"""
            {"outputs":{"a":{"url":"https://example.org/x","secrets":["{{Secret}}"],"timeout":"3 s","maxAttempts":7,"firstDelay":"4 s","maxDelay":"50 s","maxQueued":5,
             "maxQueuedBytes":6000,"maxEventBytes":7000,"concurrency":8,"ordered":true,"drainTimeout":"9 s","deadLetters":"d"} } }
            """).Outputs["a"];

        Assert.Equal(TimeSpan.FromSeconds(3), output.Timeout);
        Assert.Equal(7, output.MaxAttempts);
        Assert.Equal(TimeSpan.FromSeconds(4), output.FirstDelay);
        Assert.Equal(TimeSpan.FromSeconds(50), output.MaxDelay);
        Assert.Equal(5, output.MaxQueued);
        Assert.Equal(6000, output.MaxQueuedBytes);
        Assert.Equal(7000, output.MaxEventBytes);
        Assert.Equal(8, output.Concurrency);
        Assert.True(output.Ordered);
        Assert.Equal(TimeSpan.FromSeconds(9), output.DrainTimeout);
        Assert.Equal("d", output.DeadLetters);
    }

    [Theory]
    [InlineData("""{"outputs":{"a":{"url":"https://u:hunter2@example.org/"}}}""")]
    [InlineData("""{"outputs":{"a":{"url":"hunter2"}}}""")]
    [InlineData("""{"outputs":{"a":{"url":"ftp://example.org/hunter2"}}}""")]
    [InlineData("""{"outputs":{"a":{"url":"https://example.org/","secrets":["hunter2"]}}}""")]
    [InlineData("""{"outputs":{"a":{"url":"https://example.org/","secrets":["env:HUNTER_THREE"]}}}""")]
    [InlineData("""{"outputs":{"a":{"url":"https://example.org/","concurrency":65}}}""")]
    [InlineData("""{"outputs":{"a":{"url":"https://example.org/","timeout":"6 min"}}}""")]
    [InlineData("""{"outputs":{"a":{"url":"https://example.org/","deadLetters":"a..b"}}}""")]
    [InlineData("""{"outputs":{"bus":{"url":"https://example.org/"}}}""")]
    [InlineData("""{"outputs":{"a b":{"url":"https://example.org/"}}}""")]
    [InlineData("""{"outputs":{"a":{}}}""")]
    [InlineData("""{"outputs":[]}""")]
    [InlineData("""{"inbound":{"a":{}}}""")]
    [InlineData("""{"inbound":{"a":{"subject":"s","room":"{"}}}""")]
    [InlineData("""{"inbound":{"a":{"subject":"s","namespace":"x"}}}""")]
    [InlineData("""{"statusToken":"hunter2"}""")]
    public void A_faulty_entry_is_told_with_its_line_and_without_a_secret(string text)
    {
        var fault = Fault(text);

        Assert.Contains("rules.json", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_ways_in_with_one_secret_are_a_fault_however_it_is_written()
    {
        var fault = Fault($$"""{"inbound":{"a":{"secrets":"{{Secret}}"},"b":{"secrets":["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD","{{Secret[6..]}}"]} } }""");
        Assert.Contains("'b' has a secret of 'a'", fault, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret[6..], fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "C2FVsBQIhrscChlQIMV+b5sSYspob7oDAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void Two_ways_in_have_one_secret_also_where_zeros_are_behind_it_or_all_of_it(string one, string other) =>
        Assert.Contains("'b' has a secret of 'a'", Fault($$"""{"inbound":{"a":{"secrets":"whsec_{{one}}"},"b":{"secrets":"whsec_{{other}}"} } }"""), StringComparison.Ordinal);

    [Fact]
    public void Two_ways_in_with_one_secret_are_told_beside_other_faults_of_them()
    {
        var faults = new RuleFaults();
        Assert.Null(RuleDocument.ReadText(Encoding.UTF8.GetBytes($$"""{"inbound":{"a":{"secrets":"{{Secret}}","window":"0 s"},"b":{"secrets":"{{Secret}}","bodi":"x"} } }"""), "rules.json", faults));
        Assert.Equal(3, faults.Count);
        Assert.Contains(faults.Lines, static line => line.Contains("'b' has a secret of 'a'", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_two_ways_in_whose_names_differ_in_case_the_one_with_the_fault_is_told() =>
        Assert.Contains("'A' has a secret of 'b'", Fault($$"""{"inbound":{"a":{"subject":"x"},"b":{"secrets":"{{Secret}}"},"A":{"secrets":"{{Secret}}"} } }"""), StringComparison.Ordinal);

    [Fact]
    public void A_key_that_is_not_known_is_told_with_the_nearest_that_is()
    {
        Assert.Contains("'maxAttempts'", Fault("""{"outputs":{"a":{"url":"https://example.org/","maxAttempt":3}}}"""), StringComparison.Ordinal);
        Assert.Contains("'subject'", Fault("""{"inbound":{"a":{"subjekt":"s","subject":"s"}}}"""), StringComparison.Ordinal);
        Assert.Contains("'orders'", Fault("""{"outputs":{"orders":{"url":"https://example.org/"}},"rules":[{"id":"r","actions":[{"http":"order"}]}]}"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"latest":{"every":"1 s","actions":[{"to":{"room":"a"}}]}}""", "key")]
    [InlineData("""{"latest":{"key":"{user}","actions":[{"to":{"room":"a"}}]}}""", "every")]
    [InlineData("""{"latest":{"key":"{user}","every":"1 ms","actions":[{"to":{"room":"a"}}]}}""", "every")]
    [InlineData("""{"latest":{"key":"{user}","every":"1 s"}}""", "actions")]
    [InlineData("""{"latest":{"key":"{user}","every":"1 s","actions":[{"drop":true}]}}""", "drop")]
    [InlineData("""{"latest":{"key":"{user}","every":"1 s","actions":[{"http":"a"}]}}""", "output")]
    [InlineData("""{"bus":"a..b"}""", "subject")]
    [InlineData("""{"http":"a"}""", "output")]
    public void A_faulty_action_is_told(string action, string says) =>
        Assert.Contains(says, Fault($$"""{"rules":[{"id":"r","match":{"event":"e"},"actions":[{{action}}]}]}"""), StringComparison.Ordinal);

    [Fact]
    public void There_are_at_most_256_outputs()
    {
        static string Outputs(int count) => "{\"outputs\":{" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"o{i}\":{{\"url\":\"https://example.org/\"}}")) + "}}";

        Assert.Equal(256, Read(Outputs(256)).Outputs.Count);
        Assert.Contains("257", Fault(Outputs(257)), StringComparison.Ordinal);
    }
}
