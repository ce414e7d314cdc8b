using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Sources;
using Sockeye.Plugin.Auth.Tests.Support;

namespace Sockeye.Plugin.Auth.Tests;

/// <summary>Keys that come from an address or a file: rotation, outages, and servers that misbehave.</summary>
public sealed class JwksTests
{
    private static string Old { get; } = TestTokens.Jwks(TestTokens.Jwk(TestTokens.Rsa, "old", "RS256"));

    private static string Both { get; } = TestTokens.Jwks(TestTokens.Jwk(TestTokens.Rsa, "old", "RS256"), TestTokens.Jwk(TestTokens.OtherRsa, "new", "RS256"));

    [Fact]
    public async Task Keys_of_an_address_are_fetched_at_the_start_and_used_for_any_number_of_tokens()
    {
        await using var web = await TestWeb.StartAsync(Old);
        await using var chain = await StartAsync(web);
        await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
        await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
        await chain.AllowedAsync(Token(chain, null, TestTokens.Rsa));
        await chain.RefusedAsync(Token(chain, "old", TestTokens.OtherRsa), AuthCode.InvalidToken, "signature");
        Assert.Equal(1, web.Count);
        Assert.Contains(chain.Lines, line => line.StartsWith("3000 ", StringComparison.Ordinal) && line.EndsWith(": 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_nobody_knows_is_looked_for_once_and_not_again_within_the_least_interval()
    {
        await using var web = await TestWeb.StartAsync(Old);
        await using var chain = await StartAsync(web);
        web.Say(Both);
        await chain.RefusedAsync(Token(chain, "new", TestTokens.OtherRsa), AuthCode.InvalidToken, "no key");
        Assert.Equal(1, web.Count);
        chain.Time.Advance(TimeSpan.FromSeconds(30));
        await chain.AllowedAsync(Token(chain, "new", TestTokens.OtherRsa));
        Assert.Equal(2, web.Count);
        for (var i = 0; i < 100; i++)
        {
            await chain.RefusedAsync(Token(chain, "made-up-" + i.ToString(CultureInfo.InvariantCulture), TestTokens.OtherRsa), AuthCode.InvalidToken, "no key");
        }

        Assert.Equal(2, web.Count);
    }

    [Fact]
    public async Task A_hundred_clients_with_a_new_key_wait_for_one_fetch()
    {
        await using var web = await TestWeb.StartAsync(Old);
        await using var chain = await StartAsync(web);
        chain.Time.Advance(TimeSpan.FromSeconds(30));
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        web.Answer = async context =>
        {
            await go.Task;
            await context.Response.WriteAsync(Both);
        };
        Task<AuthOutcome>[] asked = [.. Enumerable.Range(0, 100).Select(_ => chain.DecideAsync(Token(chain, "new", TestTokens.OtherRsa)))];
        go.SetResult();
        Assert.All(await Task.WhenAll(asked), outcome => Assert.True(outcome.IsAllowed));
        Assert.Equal(2, web.Count);
    }

    [Fact]
    public async Task A_key_that_was_taken_back_holds_no_more_after_the_interval()
    {
        await using var web = await TestWeb.StartAsync(Both);
        await using var chain = await StartAsync(web);
        await chain.AllowedAsync(Token(chain, "new", TestTokens.OtherRsa));
        web.Say(Old);
        var asked = Asked(web);
        chain.Time.Advance(TimeSpan.FromMinutes(10));
        await asked;
        await UntilAsync(async () => !(await chain.DecideAsync(Token(chain, "new", TestTokens.OtherRsa))).IsAllowed);
        await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
    }

    [Fact]
    public async Task During_an_outage_the_last_good_keys_go_on_for_a_while_and_then_nobody_is_let_in()
    {
        await using var web = await TestWeb.StartAsync(Old);
        await using var chain = await StartAsync(web, ",\"KeepFor\":\"01:00:00\"");
        web.Say("gone", 503);
        for (var minutes = 0; minutes < 70; minutes += 10)
        {
            await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
            chain.Time.Advance(TimeSpan.FromMinutes(10));
        }

        await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
        chain.Time.Advance(TimeSpan.FromSeconds(1));
        await chain.RefusedAsync(Token(chain, "old", TestTokens.Rsa), AuthCode.Unavailable, "no keys");

        // A fetch that still runs when the clock moves is given up, and may be over after the interval: then it is the next interval. Whoever is refused has waited for the fetch.
        await UntilAsync(async () =>
        {
            chain.Time.Advance(TimeSpan.FromMinutes(10));
            await chain.RefusedAsync(Token(chain, "old", TestTokens.Rsa), AuthCode.Unavailable, "no keys");
            return chain.Lines.Any(static line => line.Contains("status 503", StringComparison.Ordinal));
        });
        web.Say(Old);
        await UntilAsync(async () =>
        {
            chain.Time.Advance(TimeSpan.FromMinutes(10));
            return (await chain.DecideAsync(Token(chain, "old", TestTokens.Rsa))).IsAllowed;
        });
    }

    [Theory]
    [InlineData("garbage", "no JSON")]
    [InlineData("", "no JSON")]
    [InlineData("[]", "no list of keys")]
    [InlineData("{}", "no list of keys")]
    [InlineData("{\"keys\":{}}", "no list of keys")]
    [InlineData("{\"keys\":[]}", "no key that can be used")]
    [InlineData("{\"keys\":[1,null,\"x\",{}]}", "no key that can be used, and 4")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"n\":5,\"e\":\"AQAB\"}]}", "no key that can be used")]
    [InlineData("{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}]}", "no key that can be used")]
    [InlineData("{\"keys\":[],\"keys\":[]}", "no JSON")]
    [InlineData("{\"keys\":[],\"\\ud800\":1}", "no JSON")]
    public async Task A_server_that_answers_garbage_is_told_of_and_the_last_good_keys_go_on(string garbage, string why)
    {
        await using var web = await TestWeb.StartAsync(Old);
        await using var chain = await StartAsync(web);
        web.Say(garbage);
        chain.Time.Advance(TimeSpan.FromMinutes(10));
        await UntilAsync(() => Task.FromResult(chain.Lines.Any(line => line.StartsWith("3001 ", StringComparison.Ordinal) && line.Contains(why, StringComparison.Ordinal))));
        await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
    }

    [Fact]
    public async Task PyJWT_CVE_2026_102267_a_redirect_is_not_followed()
    {
        await using var elsewhere = await TestWeb.StartAsync(Both);
        await using var web = await TestWeb.StartAsync(Old);
        web.Answer = context =>
        {
            context.Response.Redirect(elsewhere.Url + "/jwks");
            return Task.CompletedTask;
        };
        await using var chain = await StartAsync(web);
        await chain.RefusedAsync(Token(chain, "new", TestTokens.OtherRsa), AuthCode.Unavailable);
        Assert.Contains(chain.Lines, static line => line.Contains("redirects", StringComparison.Ordinal));
        Assert.Equal(0, elsewhere.Count);
    }

    [Fact]
    public async Task A_server_that_hangs_is_given_up_after_the_time_and_one_that_is_gone_at_once()
    {
        await using var web = await TestWeb.StartAsync();
        var time = new ManualTime();
        web.Answer = static context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var asked = Asked(web);
        var starting = TestChain.StartAsync(Json(web.Url + "/jwks"), time);
        await asked;
        Assert.False(starting.IsCompleted);
        await UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return Task.FromResult(starting.IsCompleted);
        });
        await using var chain = await starting;
        Assert.Contains(chain.Lines, static line => line.Contains("did not answer within 5 s", StringComparison.Ordinal));

        await using var gone = await TestChain.StartAsync(Json("http://127.0.0.1:9/jwks"));
        Assert.Contains(gone.Lines, static line => line.Contains("cannot be reached", StringComparison.Ordinal));
        await gone.RefusedAsync(Token(gone, "old", TestTokens.Rsa), AuthCode.Unavailable);
    }

    [Fact]
    public async Task A_set_of_256_KiB_is_read_and_a_longer_one_is_not()
    {
        var text = Old[..^1] + ",\"x\":\"#\"}";
        var longest = text.Replace("#", new string('x', JwksKeys.MaxBytes - text.Length + 1), StringComparison.Ordinal);
        await using var web = await TestWeb.StartAsync(longest);
        await using var chain = await StartAsync(web);
        await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
        web.Say(longest + " ");
        await using var other = await StartAsync(web);
        await other.RefusedAsync(Token(other, "old", TestTokens.Rsa), AuthCode.Unavailable);
        Assert.Contains(other.Lines, static line => line.Contains("longer than 262144 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_of_an_address_and_keys_of_another_use_are_not_used()
    {
        var encryption = TestTokens.Jwk(TestTokens.OtherRsa, "enc", "RS256", ",\"use\":\"enc\"");
        var signing = TestTokens.Jwk(TestTokens.OtherRsa, "ops", "RS256", ",\"key_ops\":[\"sign\"]");
        var secret = $$"""{"kty":"oct","kid":"oct","alg":"HS256","k":"{{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(TestTokens.Secret))}}"}""";
        await using var web = await TestWeb.StartAsync(TestTokens.Jwks(TestTokens.Jwk(TestTokens.Rsa, "old", "RS256"), encryption, signing, secret));
        await using var chain = await StartAsync(web);
        var payload = $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""";
        await chain.RefusedAsync(Token(chain, "enc", TestTokens.OtherRsa), AuthCode.InvalidToken, "no key");
        await chain.RefusedAsync(Token(chain, "ops", TestTokens.OtherRsa), AuthCode.InvalidToken, "no key");
        await chain.RefusedAsync(TestTokens.Hmac("""{"alg":"HS256","kid":"oct"}""", payload), AuthCode.InvalidToken, "no key");

        using var file = TempFile.With(TestTokens.Jwks(secret));
        await using var local = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Jwks":{"File":"{{file.JsonPath}}"} }]}""");
        await local.AllowedAsync(TestTokens.Hmac("""{"alg":"HS256","kid":"oct"}""", payload));
    }

    [Fact]
    public async Task Keys_without_alg_are_good_for_what_their_kind_is_used_for()
    {
        await using var web = await TestWeb.StartAsync(TestTokens.Jwks(TestTokens.Jwk(TestTokens.Rsa, "r"), TestTokens.Jwk(TestTokens.Curve256, "e"), TestTokens.Jwk(TestTokens.Curve384, "f")));
        await using var chain = await StartAsync(web);
        var payload = $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""";
        await chain.AllowedAsync(TestTokens.Signed("""{"alg":"RS256","kid":"r"}""", payload, TestTokens.Rsa));
        await chain.AllowedAsync(TestTokens.Signed("""{"alg":"ES256","kid":"e"}""", payload, TestTokens.Curve256));
        await chain.AllowedAsync(TestTokens.Signed("""{"alg":"ES384","kid":"f"}""", payload, TestTokens.Curve384));
        await chain.RefusedAsync(TestTokens.Signed("""{"alg":"PS256","kid":"r"}""", payload, TestTokens.Rsa), AuthCode.InvalidToken, "no key");
    }

    [Fact]
    public async Task A_file_is_read_again_when_it_has_changed_and_a_broken_one_keeps_the_old_keys()
    {
        using var file = TempFile.With(Old);
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Jwks":{"File":"{{file.JsonPath}}"} }]}""");
        await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
        file.Write("{\"keys\":");
        chain.Time.Advance(TimeSpan.FromSeconds(5));
        await UntilAsync(() => Task.FromResult(chain.Lines.Any(static line => line.Contains("no JSON", StringComparison.Ordinal))));
        await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
        file.Write(Both);
        await UntilAsync(async () =>
        {
            chain.Time.Advance(TimeSpan.FromSeconds(5));
            return (await chain.DecideAsync(Token(chain, "new", TestTokens.OtherRsa))).IsAllowed;
        });
    }

    [Fact]
    public async Task A_pipe_or_a_device_is_no_file_of_keys_since_it_may_have_no_end()
    {
        using var file = TempFile.With("");
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Jwks":{"File":"{{(OperatingSystem.IsLinux() ? "/dev/zero" : file.JsonPath)}}"} }]}""");
        Assert.Contains(chain.Lines, static line => line.Contains("it is empty, or no regular file", StringComparison.Ordinal));
        await chain.RefusedAsync(Token(chain, "old", TestTokens.Rsa), AuthCode.Unavailable);
        if (OperatingSystem.IsLinux())
        {
            await using var piped = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Jwks":{"File":"{{NamedPipe.Make(Path.GetDirectoryName(file.Path)!)}}"} }]}""");
            Assert.Contains(piped.Lines, static line => line.Contains("it is empty, or no regular file", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_file_behind_a_link_is_read_again_when_the_link_leads_elsewhere()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using TempFile first = TempFile.With(Old), second = TempFile.With(Both);
        using var at = TempFile.With("");
        var link = at.Path + "-link";
        File.CreateSymbolicLink(link, first.Path);
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Jwks":{"File":"{{link}}"} }]}""");
        await chain.AllowedAsync(Token(chain, "old", TestTokens.Rsa));
        File.Delete(link);
        File.CreateSymbolicLink(link, second.Path);
        await UntilAsync(async () =>
        {
            chain.Time.Advance(TimeSpan.FromSeconds(5));
            return (await chain.DecideAsync(Token(chain, "new", TestTokens.OtherRsa))).IsAllowed;
        });
    }

    [Fact]
    public async Task CVE_2026_32301_no_address_is_made_of_what_a_token_says()
    {
        await using var web = await TestWeb.StartAsync(Old);
        await using var chain = await StartAsync(web);
        chain.Time.Advance(TimeSpan.FromMinutes(1));
        foreach (var iss in new[] { web.Url + "/evil", "127.0.0.1", "../../evil", "a.example/.well-known" })
        {
            var token = TestTokens.Signed($$"""{"alg":"RS256","kid":"{{iss}}","jku":"{{web.Url}}/evil"}""", $$"""{"iss":"{{iss}}","tid":"{{iss}}","sub":"ann","exp":{{chain.Now.At(60)}}}""", TestTokens.OtherRsa);
            await chain.RefusedAsync(token, AuthCode.InvalidToken);
        }

        Assert.All(web.Paths, static path => Assert.Equal("/jwks", path));
    }

    [Fact]
    public async Task A_line_of_the_log_has_nothing_of_the_query_of_an_address()
    {
        await using var chain = await TestChain.StartAsync(Json("http://127.0.0.1:9/jwks?code=canary-4711"));
        Assert.NotEmpty(chain.Lines);
        Assert.DoesNotContain(chain.Lines, static line => line.Contains("canary", StringComparison.Ordinal));
    }

    private static string Json(string url, string more = "") => $$"""{"Sources":[{"Type":"Jwt","Jwks":{"Url":"{{url}}"{{more}} } }]}""";

    private static Task<TestChain> StartAsync(TestWeb web, string more = "") => TestChain.StartAsync(Json(web.Url + "/jwks", more));

    private static string Token(TestChain chain, string? kid, RSA key) => TestTokens.Signed(
        kid is null ? """{"alg":"RS256"}""" : $$"""{"alg":"RS256","kid":"{{kid}}"}""", $$"""{"sub":"ann","exp":{{chain.Now.At(60)}}}""", key);

    /// <summary>Completes with the next request; fails when there is none for a minute.</summary>
    private static Task Asked(TestWeb web)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = web.Answer;
        web.Answer = context =>
        {
            asked.TrySetResult();
            return answer(context);
        };
        return asked.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>Waits for what another thread is about to do.</summary>
    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var start = Stopwatch.GetTimestamp(); !await condition();)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1), "it has not come");
            await Task.Yield();
        }
    }
}
