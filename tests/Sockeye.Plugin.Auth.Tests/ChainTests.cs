using System.Diagnostics.Metrics;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Tests.Support;

namespace Sockeye.Plugin.Auth.Tests;

public sealed class ChainTests
{
    private const string KeySecret = "abcdefghijklmnopqrstuvwxyz012345";

    private static readonly string s_jwt = $$"""{"Type":"Jwt","Keys":[{"Algorithm":"HS256","Secret":"{{TestTokens.Secret}}"}]}""";
    private static readonly string s_keys = $$"""{"Type":"ApiKey","Keys":[{"Id":"k","Sha256":"{{ApiKeyTests.Hash(KeySecret)}}"}]}""";
    private static readonly string s_gone = """{"Type":"Http","Url":"http://127.0.0.1:9/"}""";

    [Fact]
    public async Task The_first_source_that_allows_or_denies_ends_the_chain()
    {
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{{s_jwt}},{{s_keys}}]}""");
        Assert.Equal("jwt", (await chain.AllowedAsync(TestTokens.Good(chain.Now))).Source);
        Assert.Equal("apikey", (await chain.AllowedAsync("k." + KeySecret)).Source);
        await using var turned = await TestChain.StartAsync($$"""{"Sources":[{{s_keys}},{{s_jwt}}]}""");
        Assert.Equal("jwt", (await turned.AllowedAsync(TestTokens.Good(turned.Now))).Source);
        var denied = await turned.DecideAsync("k." + KeySecret + "x");
        Assert.Equal(("apikey", AuthCode.InvalidToken), (denied.Source, denied.Code));
    }

    [Fact]
    public async Task At_the_end_of_the_chain_nobody_is_let_in_with_a_token_or_without_one()
    {
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{{s_jwt}},{{s_keys}}]}""");
        await chain.RefusedAsync(null, AuthCode.MissingToken);
        await chain.RefusedAsync("opaque-token", AuthCode.InvalidToken, "no source");
    }

    [Fact]
    public async Task Where_it_was_allowed_in_words_who_has_no_token_is_let_in_as_nobody_and_who_has_a_bad_one_is_not()
    {
        await using var chain = await TestChain.StartAsync($$"""{"AllowAnonymous":true,"AnonymousPermissions":["emit / look"],"Sources":[{{s_jwt}}]}""");
        var outcome = await chain.DecideAsync(null);
        Assert.True(outcome.IsAllowed);
        Assert.Null(outcome.Identity);
        Assert.True(chain.Settings.AnonymousAccess.MayEmit("/", "look"u8, "x"));
        Assert.False(chain.Settings.AnonymousAccess.MayEmit("/", "say"u8, "x"));
        await chain.RefusedAsync("opaque-token", AuthCode.InvalidToken);
        await chain.RefusedAsync(TestTokens.Good(chain.Now)[..^3] + "AAA", AuthCode.InvalidToken);
    }

    [Fact]
    public async Task Namespaces_have_rules_of_their_own_and_the_first_one_holds()
    {
        await using var chain = await TestChain.StartAsync($$"""
            {"Sources":[{{s_jwt}},{{s_keys}}],"Namespaces":[{"Match":"/public","Anonymous":true},{"Match":"/machines*","Sources":["apikey"]},{"Match":"/machines-b","Anonymous":true}]}
            """);
        Assert.True((await chain.DecideAsync(null, "/public")).IsAllowed);
        Assert.Equal(AuthCode.MissingToken, (await chain.DecideAsync(null, "/publi")).Code);
        Assert.Equal(AuthCode.MissingToken, (await chain.DecideAsync(null, "/machines-b")).Code);
        Assert.Equal(AuthCode.InvalidToken, (await chain.DecideAsync(TestTokens.Good(chain.Now), "/machines-a")).Code);
        await chain.AllowedAsync("k." + KeySecret, "/machines-a");
        await chain.AllowedAsync(TestTokens.Good(chain.Now), "/public");
    }

    [Fact]
    public async Task A_source_that_cannot_decide_is_a_refusal_unless_it_is_to_be_passed_over()
    {
        await using var closed = await TestChain.StartAsync($$"""{"Sources":[{{s_gone}},{{s_keys}}]}""");
        await closed.RefusedAsync("k." + KeySecret, AuthCode.Unavailable);
        await using var open = await TestChain.StartAsync($$"""{"AllowAnonymous":true,"Sources":[{{s_gone[..^1]}},"GoOnWhenUnavailable":true},{{s_keys}}]}""");
        Assert.Equal("apikey", (await open.AllowedAsync("k." + KeySecret)).Source);

        // Nobody has said no, and nobody yes: with a token that only the silent one could know nobody comes in.
        await open.RefusedAsync("opaque-token", AuthCode.Unavailable);
    }

    [Fact]
    public async Task Decisions_are_counted_by_result_and_source()
    {
        var counted = new List<string>();
        await using var chain = await TestChain.StartAsync($$"""{"AllowAnonymous":true,"Sources":[{{s_jwt}}]}""");
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == chain.Meter)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            counted.Add($"{instrument.Name} {string.Join(' ', tags.ToArray().Select(static tag => tag.Key + "=" + tag.Value))}"));
        listener.Start();
        await chain.AllowedAsync(TestTokens.Good(chain.Now));
        await chain.DecideAsync(null);
        await chain.DecideAsync("opaque");
        Assert.Equal(["sockeye.auth.attempts result=allowed source=jwt", "sockeye.auth.attempts result=anonymous source=none", "sockeye.auth.attempts result=invalid_token source=none"], counted);
    }

    [Fact]
    public async Task What_a_client_is_told_has_a_code_and_a_sentence_and_nothing_of_the_reason()
    {
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{{s_jwt}}]}""");
        var result = (await chain.DecideAsync(TestTokens.Good(chain.Now)[..^3] + "AAA")).ToResult();
        Assert.False(result.IsAccepted);
        Assert.Equal("The token is not accepted", result.Message);
        var data = Assert.IsType<EventRefusal>(result.Data);
        Assert.Equal((AuthCode.InvalidToken, "The token is not accepted"), (data.Code, data.Reason));
        Assert.True((await chain.DecideAsync(TestTokens.Good(chain.Now))).ToResult().IsAccepted);
    }
}
