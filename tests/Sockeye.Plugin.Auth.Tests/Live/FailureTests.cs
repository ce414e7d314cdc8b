using Sockeye.Plugin.Auth.Live;

namespace Sockeye.Plugin.Auth.Tests.Live;

public sealed class FailureTests
{
    [Fact]
    public async Task Whoever_fails_often_waits_for_the_answer_and_a_valid_token_from_the_same_address_does_not()
    {
        await using var node = new LiveNode();
        node.Issue("a", "alice");
        for (var i = 0; i < node.Options.FreeFailures; i++)
        {
            Assert.NotNull(node.Connect($"wrong-{i}").Refusal);
        }

        var slow = node.Connect("wrong");
        Assert.Null(slow.Refusal);
        Assert.True(node.Connect("a").IsConnected);
        node.Server.Advance(TimeSpan.FromMilliseconds(125));
        Assert.True(node.Server.RunUntil(() => slow.Refusal is not null));
    }

    [Fact]
    public async Task A_refresh_that_fails_often_waits_as_well_and_one_that_is_good_does_not()
    {
        await using var node = new LiveNode(new LiveOptions { FreeFailures = 1, RefreshesPerMinute = 100 });
        node.Issue("a", "alice");
        var client = node.Connect("a");
        Assert.Equal("invalid_token", client.Call<EventRefusal>("auth:refresh", "wrong")!.Code);
        var slow = client.Ask("auth:refresh", "wrong");
        node.Server.RunUntilIdle();
        Assert.Null(client.AnswerTo(slow));
        node.Server.Advance(TimeSpan.FromMilliseconds(125));
        Assert.True(node.Server.RunUntil(() => client.AnswerTo(slow) is not null));
        Assert.True(client.Call<System.Text.Json.JsonElement>("auth:refresh", "a").GetProperty("ok").GetBoolean());
    }
}
