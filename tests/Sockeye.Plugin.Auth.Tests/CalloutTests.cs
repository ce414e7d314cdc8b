using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sockeye.Cluster;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Sources;
using Sockeye.Plugin.Auth.Tests.Support;

namespace Sockeye.Plugin.Auth.Tests;

/// <summary>Somebody outside decides, over HTTP and over the bus.</summary>
public sealed class CalloutTests
{
    private const string Secret = "a-secret-that-both-sides-have-in-common";

    private const string Allow = """{"result":"allow","subject":"ann","expires":4000000000,"claims":{"plan":"paid","auth:room":"vip"},"permissions":["emit / say"],"roles":["member"],"rooms":["news"],"rateClass":"paid"}""";

    [Fact]
    public async Task An_answer_that_allows_says_who_it_is_and_what_it_may()
    {
        await using var web = await TestWeb.StartAsync(Allow);
        await using var chain = await StartAsync(web);
        var identity = await chain.AllowedAsync("opaque-token");
        Assert.Equal(("ann", "http", "paid"), (identity.Subject, identity.Source, identity.RateClass));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(4_000_000_000), identity.ExpiresAt);
        Assert.True(identity.Access!.MayEmit("/", "say"u8, "ann"));
        Assert.True(identity.May("member"));
        Assert.Equal(["news"], identity.Claims.Where(static claim => claim.Type == AuthClaims.Room).Select(static claim => claim.Value));
        Assert.Contains(new SocketClaim("plan", "paid"), identity.Claims);
    }

    [Fact]
    public async Task The_question_has_what_is_needed_and_a_signature_if_there_is_a_secret()
    {
        await using var web = await TestWeb.StartAsync();
        var (body, signature, method) = ("", "", "");
        web.Answer = async context =>
        {
            body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            (signature, method) = (context.Request.Headers[HttpSource.SignatureHeader].ToString(), context.Request.Method);
            await context.Response.WriteAsync(Allow);
        };
        await using var chain = await StartAsync(web, $",\"Secret\":\"{Secret}\"");
        await chain.AllowedAsync("opaque-token", "/chat");
        var question = JsonDocument.Parse(body).RootElement;
        Assert.Equal((1, "/chat", "192.0.2.1", "opaque-token"), (question.GetProperty("version").GetInt32(), question.GetProperty("namespace").GetString(), question.GetProperty("address").GetString(), question.GetProperty("token").GetString()));
        Assert.Equal("POST", method);
        var seconds = chain.Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var mac = System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{seconds}.{body}"));
        Assert.Equal($"t={seconds},v1={Convert.ToHexStringLower(mac)}", signature);
    }

    [Fact]
    public async Task A_refusal_has_the_code_of_the_answer_and_is_remembered_for_a_moment()
    {
        await using var web = await TestWeb.StartAsync("""{"result":"deny","code":"banned"}""");
        await using var chain = await StartAsync(web);
        await chain.RefusedAsync("opaque-token", "banned");
        await chain.RefusedAsync("opaque-token", "banned");
        Assert.Equal(1, web.Count);
        await chain.RefusedAsync("opaque-other", "banned");
        Assert.Equal("banned", (await chain.DecideAsync("opaque-token", "/chat")).Code);
        Assert.Equal(3, web.Count);
        web.Say(Allow);
        chain.Time.Advance(TimeSpan.FromSeconds(5));
        await chain.AllowedAsync("opaque-token");
        web.Say("""{"result":"deny","code":"Not a code!"}""");
        await chain.RefusedAsync("opaque-third", AuthCode.Denied);
    }

    [Theory]
    [InlineData(",\"Roles\":{\"member\":[\"emit / say\"]}", false)]
    [InlineData("", true)]
    public async Task An_answer_that_speaks_of_no_permissions_restricts_nobody_unless_there_are_roles(string roles, bool isFree)
    {
        await using var web = await TestWeb.StartAsync("""{"result":"allow","subject":"ann"}""");
        await using var chain = await TestChain.StartAsync($$"""{"Sources":[{"Type":"Http","Url":"{{web.Url}}","AllowHttp":true}]{{roles}}}""");
        var access = (await chain.AllowedAsync("opaque-token")).Access;
        Assert.Equal(isFree, access is null);
        Assert.NotEqual(true, access?.MayEmit("/", "say"u8, "ann"));
    }

    [Fact]
    public async Task An_answer_of_next_leaves_it_to_the_next_source()
    {
        await using var web = await TestWeb.StartAsync("""{"result":"next"}""");
        await using var chain = await StartAsync(web);
        await chain.RefusedAsync("opaque-token", AuthCode.InvalidToken, "no source");
        await chain.RefusedAsync(null, AuthCode.MissingToken);
        Assert.Equal(1, web.Count);
        await using var asking = await StartAsync(web, ",\"AskWithoutToken\":true");
        await asking.RefusedAsync(null, AuthCode.MissingToken);
        Assert.Equal(2, web.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("[]")]
    [InlineData("""{"result":true}""")]
    [InlineData("""{"result":"ALLOW","subject":"ann"}""")]
    [InlineData("""{"result":"allow"}""")]
    [InlineData("""{"result":"allow","subject":""}""")]
    [InlineData("""{"result":"allow","subject":5}""")]
    [InlineData("""{"result":"deny","result":"allow","subject":"ann"}""")]
    [InlineData("""{"result":"allow","subject":"ann","expires":"soon"}""")]
    [InlineData("""{"result":"allow","subject":"ann","expires":-1}""")]
    [InlineData("""{"result":"allow","subject":"ann","claims":[]}""")]
    [InlineData("""{"result":"allow","subject":"ann","permissions":{}}""")]
    [InlineData("""{"result":"allow","subject":"ann","permissions":["emit"]}""")]
    [InlineData("""{"result":"allow","subject":"ann","rooms":[5]}""")]
    [InlineData("""{"result":"allow","subject":"ann","\ud800":1}""")]
    [InlineData("""{"result":"allow","subject":"ann","claims":{"\udc00":1}}""")]
    public async Task An_answer_that_is_none_lets_nobody_in(string answer)
    {
        await using var web = await TestWeb.StartAsync(answer);
        await using var chain = await StartAsync(web);
        await chain.RefusedAsync("opaque-token-4711", AuthCode.Unavailable);
        Assert.Contains(chain.Lines, static line => line.StartsWith("3002 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_status_a_redirect_a_long_answer_and_silence_let_nobody_in_and_are_told_once_in_a_minute()
    {
        await using var elsewhere = await TestWeb.StartAsync(Allow);
        await using var web = await TestWeb.StartAsync();
        await using var chain = await StartAsync(web, ",\"MaxAnswerBytes\":300");
        web.Say("no", 500);
        await chain.RefusedAsync("opaque-token-1", AuthCode.Unavailable, "status 500");
        web.Say(Allow, 401);
        await chain.RefusedAsync("opaque-token-2", AuthCode.Unavailable, "status 401");
        web.Answer = context =>
        {
            context.Response.Redirect(elsewhere.Url, permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };
        await chain.RefusedAsync("opaque-token-3", AuthCode.Unavailable, "redirects");
        Assert.Equal(0, elsewhere.Count);
        web.Say(Allow.PadRight(300));
        await chain.AllowedAsync("opaque-token-4");
        web.Say(Allow.PadRight(301));
        await chain.RefusedAsync("opaque-token-5", AuthCode.Unavailable, "longer than 300");
        Assert.Single(chain.Lines, static line => line.StartsWith("3002 ", StringComparison.Ordinal));
        var asked = new TaskCompletionSource();
        web.Answer = context =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var deciding = chain.DecideAsync("opaque-token-6");
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1));
        chain.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AuthCode.Unavailable, (await deciding).Code);
    }

    [Fact]
    public async Task As_many_are_asked_at_once_and_wait_as_is_allowed_and_no_more()
    {
        await using var web = await TestWeb.StartAsync();
        var (go, arrived) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new SemaphoreSlim(0));
        web.Answer = async context =>
        {
            arrived.Release();
            await go.Task;
            await context.Response.WriteAsync(Allow);
        };
        await using var chain = await StartAsync(web, ",\"MaxConcurrent\":2,\"MaxWaiting\":3");
        Task<AuthOutcome>[] taken = [.. Enumerable.Range(0, 5).Select(i => chain.DecideAsync($"opaque-token-{i}"))];
        Assert.True(await arrived.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.True(await arrived.WaitAsync(TimeSpan.FromMinutes(1)));
        await chain.RefusedAsync("opaque-token-5", AuthCode.Unavailable, "too many");
        Assert.Equal(2, web.Count);
        go.SetResult();
        Assert.All(await Task.WhenAll(taken), static outcome => Assert.True(outcome.IsAllowed));
        await chain.AllowedAsync("opaque-token-6");
    }

    [Fact]
    public async Task Over_the_bus_whoever_knows_the_secret_decides()
    {
        await using var bus = new InProcessBus();
        await using var service = await AnswerAsync(bus, static (question, nonce) => BusSource.Seal(Encoding.UTF8.GetBytes(Secret), BusSource.AnswerWord, nonce, Encoding.UTF8.GetBytes(Allow)));
        await using var chain = await StartAsync(bus);
        Assert.Equal(("ann", "bus"), ((await chain.AllowedAsync("opaque-token")).Subject, (await chain.AllowedAsync("opaque-token")).Source));
    }

    [Fact]
    public async Task Nobody_else_on_the_bus_can_answer()
    {
        var old = "";
        Func<string, string, byte[]>[] answers =
        [
            (_, _) => Encoding.UTF8.GetBytes(Allow),
            (_, _) => [],
            (_, nonce) => BusSource.Seal(Encoding.UTF8.GetBytes(Secret + "x"), BusSource.AnswerWord, nonce, Encoding.UTF8.GetBytes(Allow)),
            (_, nonce) => BusSource.Seal(Encoding.UTF8.GetBytes(Secret), BusSource.QuestionWord, nonce, Encoding.UTF8.GetBytes(Allow)),
            (_, _) => BusSource.Seal(Encoding.UTF8.GetBytes(Secret), BusSource.AnswerWord, "another-nonce", Encoding.UTF8.GetBytes(Allow)),
            (question, _) => Encoding.UTF8.GetBytes(question),
            (_, nonce) => [.. BusSource.Seal(Encoding.UTF8.GetBytes(Secret), BusSource.AnswerWord, nonce, Encoding.UTF8.GetBytes("""{"result":"deny"}"""))[..65], .. Encoding.UTF8.GetBytes(Allow)],
            (_, nonce) => Encoding.UTF8.GetBytes(new string('0', 64) + "\n" + Allow + old + nonce[..0]),
        ];
        foreach (var answer in answers)
        {
            await using var bus = new InProcessBus();
            await using var service = await AnswerAsync(bus, answer);
            await using var chain = await StartAsync(bus);
            await chain.RefusedAsync("opaque-token", AuthCode.Unavailable, "HMAC");
        }
    }

    [Fact]
    public async Task A_bus_on_which_nobody_listens_lets_nobody_in()
    {
        await using var bus = new InProcessBus();
        await using var chain = await StartAsync(bus);
        await chain.RefusedAsync("opaque-token", AuthCode.Unavailable, "nobody listens");
    }

    private static Task<TestChain> StartAsync(TestWeb web, string more = "") => TestChain.StartAsync($$"""{"Sources":[{"Type":"Http","Url":"{{web.Url}}/decide"{{more}}}]}""");

    private static Task<TestChain> StartAsync(InProcessBus bus) => TestChain.StartAsync($$"""{"Sources":[{"Type":"Bus","Secret":"{{Secret}}"}]}""", bus: bus);

    private static ValueTask<IBusSubscription> AnswerAsync(InProcessBus bus, Func<string, string, byte[]> answer) => bus.SubscribeAsync("decide", (in BusMessage message) =>
    {
        var bytes = new byte[(int)message.Payload.Length];
        var at = 0;
        foreach (var part in message.Payload)
        {
            part.Span.CopyTo(bytes.AsSpan(at));
            at += part.Length;
        }

        var question = Encoding.UTF8.GetString(bytes);
        var nonce = JsonDocument.Parse(question[65..]).RootElement.GetProperty("nonce").GetString()!;
        Assert.NotNull(BusSource.Open(Encoding.UTF8.GetBytes(Secret), BusSource.QuestionWord, nonce, bytes));
        bus.Publish(message.ReplyTo!, answer(question, nonce), []);
    });
}
