using System.Security.Cryptography;
using System.Text;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Tests.Support;

namespace Sockeye.Plugin.Auth.Tests;

public sealed class ApiKeyTests
{
    private const string Secret = "abcdefghijklmnopqrstuvwxyz012345";

    [Fact]
    public async Task A_key_lets_in_whom_it_belongs_to_with_what_it_allows()
    {
        await using var chain = await StartAsync("""
            "Subject":"press-4","Permissions":["emit /machines report"],"Roles":["device"],"Rooms":["all","of-{user}"],"RateClass":"slow"
            """);
        var identity = await chain.AllowedAsync("sensor7." + Secret);
        Assert.Equal("press-4", identity.Subject);
        Assert.Equal("apikey", identity.Source);
        Assert.Equal("slow", identity.RateClass);
        Assert.True(identity.May("device"));
        Assert.True(identity.Access!.MayEmit("/machines", "report"u8, identity.Subject));
        Assert.False(identity.Access.MayEmit("/machines", "stop"u8, identity.Subject));
        Assert.Equal(["all", "of-press-4"], identity.Claims.Where(static claim => claim.Type == AuthClaims.Room).Select(static claim => claim.Value));
        Assert.True(identity.TryFind(AuthClaims.Token, out var tag));
        Assert.Equal(TokenTag.Of("sensor7." + Secret), tag);
        Assert.DoesNotContain(identity.Claims, static claim => claim.Value.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unknown_key_and_a_wrong_secret_get_one_answer()
    {
        await using var chain = await StartAsync();
        var wrong = await chain.DecideAsync("sensor7." + Secret + "x");
        var unknown = await chain.DecideAsync("sensor8." + Secret);
        Assert.Equal(AuthCode.InvalidToken, wrong.Code);
        Assert.Equal((wrong.Code, wrong.Detail, wrong.Source), (unknown.Code, unknown.Detail, unknown.Source));
        await chain.RefusedAsync("SENSOR7." + Secret, AuthCode.InvalidToken);
        await chain.RefusedAsync("sensor7." + Secret.ToUpperInvariant(), AuthCode.InvalidToken);
        await chain.RefusedAsync("sensor7.", AuthCode.InvalidToken);
    }

    [Theory]
    [InlineData(null, AuthCode.MissingToken)]
    [InlineData("opaque", AuthCode.InvalidToken)]
    [InlineData(".x", AuthCode.InvalidToken)]
    [InlineData("se nsor.abcdefghijklmnopqrstuvwxyz012345", AuthCode.InvalidToken)]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.abc", AuthCode.InvalidToken)]
    public async Task What_is_no_key_by_its_form_is_left_to_the_next_source(string? token, string code)
    {
        await using var chain = await StartAsync();
        var outcome = await chain.DecideAsync(token);
        Assert.Equal(code, outcome.Code);
        Assert.Null(outcome.Source);
    }

    [Fact]
    public async Task A_secret_of_32_characters_counts_and_a_shorter_one_never_does()
    {
        var shorter = Secret[1..];
        await using var chain = await TestChain.StartAsync($$"""
            {"Sources":[{"Type":"ApiKey","Keys":[{"Id":"a","Sha256":"{{Hash(Secret)}}"},{"Id":"b","Sha256":"{{Hash(shorter)}}"}]}]}
            """);
        await chain.AllowedAsync("a." + Secret);
        await chain.RefusedAsync("b." + shorter, AuthCode.InvalidToken);
    }

    [Fact]
    public async Task A_key_expires_by_the_clock_of_the_server()
    {
        await using var chain = await StartAsync("\"Expires\":\"2026-11-29T13:00:00Z\"");
        Assert.Equal(chain.Now.AddHours(1), (await chain.AllowedAsync("sensor7." + Secret)).ExpiresAt);
        chain.Time.Advance(TimeSpan.FromHours(1));
        await chain.RefusedAsync("sensor7." + Secret, AuthCode.ExpiredToken);
    }

    [Fact]
    public void Ten_thousand_keys_are_taken_and_one_more_is_refused()
    {
        string Json(int count) => $$"""{"Sources":[{"Type":"ApiKey","Keys":[{{string.Join(',', Enumerable.Range(0, count).Select(static i => $$"""{"Id":"k{{i}}","Sha256":"{{new string('0', 64)}}"}"""))}}]}]}""";
        TestChain.Read(Json(10_000));
        Assert.Contains("10000", TestChain.Faults(Json(10_001))[0], StringComparison.Ordinal);
    }

    internal static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static Task<TestChain> StartAsync(string more = "\"RateClass\":\"slow\"") =>
        TestChain.StartAsync($$"""{"Sources":[{"Type":"ApiKey","Keys":[{"Id":"sensor7","Sha256":"{{Hash(Secret)}}",{{more}}}]}]}""");
}
