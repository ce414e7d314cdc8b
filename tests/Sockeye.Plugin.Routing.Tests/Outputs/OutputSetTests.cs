using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Tests.Outputs;

public sealed class OutputSetTests : OutputTest
{
    [Fact]
    public async Task An_output_that_does_not_change_stays_and_one_that_does_is_replaced()
    {
        await using var set = new OutputSet(Support);
        var a = new HttpOutputOptions { Url = new Uri("http://127.0.0.1:1/a") };
        var b = new HttpOutputOptions { Url = new Uri("http://127.0.0.1:1/b") };
        set.Commit(set.Prepare(new Dictionary<string, HttpOutputOptions> { ["a"] = a, ["b"] = b }));
        var (first, second) = (set.Current["a"], set.Current["b"]);

        set.Commit(set.Prepare(new Dictionary<string, HttpOutputOptions> { ["a"] = a with { Timeout = a.Timeout }, ["b"] = b with { Concurrency = 9 } }));

        Assert.Same(first, set.Current["a"]);
        Assert.NotSame(second, set.Current["b"]);
        Assert.Equal(9, set.Current["b"].Options.Concurrency);
    }

    [Fact]
    public async Task What_an_output_has_taken_leaves_after_another_has_taken_its_place_and_what_comes_late_goes_to_that()
    {
        var gate = new TaskCompletionSource();
        await using var target = new LoopbackTarget(async _ =>
        {
            await gate.Task;
            return LoopbackTarget.Status(200);
        });
        await using var other = new LoopbackTarget(_ => LoopbackTarget.Status(200));
        var set = new OutputSet(Support);
        set.Commit(set.Prepare(new Dictionary<string, HttpOutputOptions> { ["a"] = new() { Url = target.Url } }));
        var before = set.Current["a"];
        for (var i = 0; i < 30; i++)
        {
            Assert.True(before.Offer(Message()));
        }

        set.Commit(set.Prepare(new Dictionary<string, HttpOutputOptions> { ["a"] = new() { Url = other.Url } }));
        gate.SetResult();
        await before.DisposeAsync();
        Assert.True(before.Offer(Message()));
        Assert.True(set.Current["a"].Offer(Message()));
        await set.DisposeAsync();

        Assert.Equal(30, target.Requests);
        Assert.Equal(2, other.Requests);
        // The counts are those of the name.
        Assert.Equal(32, set.Current["a"].Counts.Offered);
        Assert.Equal(32, set.Current["a"].Counts.Sent);
        Assert.Equal(0, before.Counts.Dropped);
    }

    [Fact]
    public async Task What_was_prepared_and_given_up_changes_nothing()
    {
        await using var set = new OutputSet(Support);
        var a = new HttpOutputOptions { Url = new Uri("http://127.0.0.1:1/a"), MaxAttempts = 1 };
        set.Commit(set.Prepare(new Dictionary<string, HttpOutputOptions> { ["a"] = a }));
        var first = set.Current["a"];

        await set.AbandonAsync(set.Prepare(new Dictionary<string, HttpOutputOptions> { ["a"] = a, ["b"] = a }));

        Assert.Same(first, Assert.Single(set.Current.Values));
        Assert.True(first.Offer(Message()));
    }

    [Theory]
    [InlineData("http://127.0.0.1/x", null)]
    [InlineData("https://example.org/x?key=1", null)]
    [InlineData("ftp://example.org/", "Url")]
    [InlineData("file:///etc/passwd", "Url")]
    [InlineData("gopher://example.org/", "Url")]
    [InlineData("http://name:password@example.org/", "Url")]
    [InlineData("http://example.org/#x", "Url")]
    public void An_address_is_http_or_https_without_a_name_and_password(string url, string? key)
    {
        var fault = new HttpOutputOptions { Url = new Uri(url) }.Check().FirstOrDefault();

        Assert.Equal(key, fault.Key);
        Assert.DoesNotContain("password@", fault.Fault ?? "", StringComparison.Ordinal);
    }
}
