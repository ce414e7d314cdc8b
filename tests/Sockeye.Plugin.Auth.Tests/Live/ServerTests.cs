using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Sockeye.Cluster;
using Sockeye.Plugin.Auth.Sources;
using Sockeye.Plugin.Auth.Tests.Support;
using Sockeye.Testing;

namespace Sockeye.Plugin.Auth.Tests.Live;

/// <summary>The plugin in servers, with each of its sources, on one node and on two.</summary>
public sealed class ServerTests
{
    private const string Secret = "a-secret-that-both-sides-have-in-common";

    private const string ApiSecret = "0123456789abcdef0123456789abcdef";

    private const string Allow = """{"result":"allow","subject":"ann","permissions":["emit / say"]}""";

    private static readonly (string Key, string Value)[] s_apiKey =
    [
        ("Sources:1:Type", "ApiKey"), ("Sources:1:Keys:0:Id", "sensor"), ("Sources:1:Keys:0:Sha256", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(ApiSecret)))),
    ];

    [Fact]
    public async Task The_token_is_taken_from_the_payload_the_header_the_cookie_and_the_query_in_this_order()
    {
        await using var server = NewServer(WholePlugin.Section([("Token:Cookie", "session"), ("Token:Query", "access_token"), .. s_apiKey]));
        string Good(string user) => WholePlugin.Token(user, server.Time.GetUtcNow(), TimeSpan.FromMinutes(5));
        var everywhere = new Dictionary<string, string> { ["Authorization"] = "Bearer " + Good("header"), ["Cookie"] = "a=b; session=" + Good("cookie") };
        Assert.Equal("payload", UserOf(server.Connect(auth: new { token = Good("payload") }, query: "access_token=" + Good("query"), headers: everywhere)));
        Assert.Equal("header", UserOf(server.Connect(query: "access_token=" + Good("query"), headers: everywhere)));
        everywhere.Remove("Authorization");
        Assert.Equal("cookie", UserOf(server.Connect(query: "access_token=" + Good("query"), headers: everywhere)));
        everywhere["Origin"] = "https://elsewhere.example";
        Assert.Equal("query", UserOf(server.Connect(query: "access_token=" + Good("query"), headers: everywhere)));
        Assert.Equal("sensor", UserOf(server.Connect(auth: new { token = "sensor." + ApiSecret })));
        Assert.Equal("invalid_token", CodeOf(server.Connect(auth: new { token = "sensor." + ApiSecret + "x" })));
        Assert.Equal("invalid_token", CodeOf(server.Connect(auth: new { token = "bad" }, headers: new Dictionary<string, string> { ["Authorization"] = "Bearer " + Good("header") })));
        Assert.Equal("missing_token", CodeOf(server.Connect()));
    }

    [Fact]
    public async Task A_callout_over_HTTP_and_one_over_the_bus_decide_in_a_server()
    {
        await using var web = await TestWeb.StartAsync(Allow);
        await using var bus = new InProcessBus();
        await using var service = await bus.SubscribeAsync("plugins.auth.decide", (in BusMessage message) =>
        {
            var question = Encoding.UTF8.GetString(message.Payload);
            var nonce = JsonElement.Parse(question[(question.IndexOf('\n', StringComparison.Ordinal) + 1)..]).GetProperty("nonce").GetString()!;
            bus.Publish(message.ReplyTo!, BusSource.Seal(Encoding.UTF8.GetBytes(Secret), BusSource.AnswerWord, nonce, Encoding.UTF8.GetBytes(Allow.Replace("ann", "bob", StringComparison.Ordinal))), []);
        });
        await using var server = NewServer(
            WholePlugin.Section(
                ("Sources:1:Type", "Http"), ("Sources:1:Url", web.Url), ("Sources:2:Type", "Bus"), ("Sources:2:Secret", Secret),
                ("Namespaces:0:Match", "/bus"), ("Namespaces:0:Sources:0", "bus")),
            bus);
        server.Server.Of("/bus");
        var overHttp = server.Connect(auth: new { token = "opaque" });
        Assert.True(server.RunUntil(() => overHttp.IsConnected));
        Assert.Equal("ann", UserOf(overHttp));
        var overBus = server.Connect("/bus", new { token = "opaque" });
        Assert.True(server.RunUntil(() => overBus.IsConnected));
        Assert.Equal("bob", UserOf(overBus));
        web.Say("""{"result":"deny","code":"banned"}""");
        var banned = server.Connect(auth: new { token = "another" });
        Assert.True(server.RunUntil(() => banned.Refusal is not null));
        Assert.Equal("banned", CodeOf(banned));
    }

    [Fact]
    public async Task A_broken_section_changes_nothing_and_the_mended_one_all_of_it_while_clients_stay()
    {
        var source = (IConfigurationRoot)new ConfigurationBuilder().AddInMemoryCollection(WholePlugin.Settings()).Build();
        using var log = new AwaitedLog();
        await using var server = NewServer(source.GetSection("auth"), loggers: log);
        string Good(string user) => WholePlugin.Token(user, server.Time.GetUtcNow(), TimeSpan.FromHours(5));
        var old = server.Connect(auth: new { token = Good("old") });
        var key = new { token = "sensor." + ApiSecret };
        foreach (var (name, value) in s_apiKey)
        {
            source["auth:" + name] = value;
        }

        // What is broken stands in another part than what is new, so that neither part is taken alone.
        source["auth:Throttle:MaxDelay"] = "soon";
        source.Reload();
        server.Advance(TimeSpan.FromSeconds(1));
        var told = log.Line("configuration");
        Assert.True(server.RunUntil(() => told.IsCompleted));
        Assert.Equal("invalid_token", CodeOf(server.Connect(auth: key)));
        Assert.Equal("new", UserOf(server.Connect(auth: new { token = Good("new") })));

        source["auth:Throttle:MaxDelay"] = "00:00:01";
        source.Reload();
        var changed = log.Line("sources: 2");
        server.Advance(TimeSpan.FromSeconds(1));
        Assert.True(server.RunUntil(() => changed.IsCompleted));
        Assert.Equal("sensor", UserOf(server.Connect(auth: key)));
        Assert.True(old.IsConnected);
        Assert.True(old.Call<JsonElement>("auth:refresh", Good("old")).GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task A_revocation_on_another_node_reaches_who_is_connected_and_who_is_just_being_admitted()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var web = await TestWeb.StartAsync();
        web.Answer = async context =>
        {
            asked.TrySetResult();
            await goOn.Task;
            await context.Response.WriteAsync(Allow);
        };
        await using var bus = new InProcessBus();
        var section = WholePlugin.Section(("Sources:1:Type", "Http"), ("Sources:1:Url", web.Url), ("Sources:1:Timeout", "00:00:30"));
        await using SockeyeTestServer one = NewServer(section, bus), other = NewServer(section, bus);
        var there = one.Connect(auth: new { token = WholePlugin.Token("ann", one.Time.GetUtcNow(), TimeSpan.FromMinutes(5)) });
        var bob = one.Connect(auth: new { token = WholePlugin.Token("bob", one.Time.GetUtcNow(), TimeSpan.FromMinutes(5)) });
        var elsewhere = other.Connect(auth: new { token = WholePlugin.Token("ann", other.Time.GetUtcNow(), TimeSpan.FromMinutes(5)) });
        var coming = one.Connect(auth: new { token = "opaque" });
        Assert.True(one.RunUntil(() => asked.Task.IsCompleted));

        // A program on the bus, which both nodes hear.
        bus.Publish("plugins.auth.revoke", """{"v":1,"user":"ann"}"""u8, []);
        Assert.True(RunBoth(one, other, () => !there.IsConnected && !elsewhere.IsConnected));
        goOn.SetResult();
        Assert.True(RunBoth(one, other, () => coming.Refusal is not null));
        Assert.Equal("revoked", CodeOf(coming));
        Assert.True(bob.IsConnected);
        Assert.Equal("revoked", CodeOf(other.Connect(auth: new { token = WholePlugin.Token("ann", other.Time.GetUtcNow(), TimeSpan.FromMinutes(5)) })));
    }

    [Theory]
    [InlineData("KickOld")]
    [InlineData("RefuseNew")]
    public async Task Of_two_sign_ins_at_once_on_two_nodes_exactly_one_stays(string mode)
    {
        await using var bus = new InProcessBus();
        var section = WholePlugin.Section(("SingleSession", mode));
        await using SockeyeTestServer one = NewServer(section, bus), other = NewServer(section, bus);

        // Nodes say that they are there every 4 s, on the thread pool: until they have heard of each other both let their user in.
        one.Advance(TimeSpan.FromSeconds(5));
        other.Advance(TimeSpan.FromSeconds(5));
        for (var i = 1; !OneStays(-i, TimeSpan.FromSeconds(1)); i++)
        {
            Assert.True(i < 60, "The nodes do not hear of each other.");
        }

        for (var i = 0; i < 20; i++)
        {
            Assert.True(OneStays(i, null));
        }

        bool OneStays(int i, TimeSpan? patience)
        {
            var (a, b) = (one.Connect(auth: TokenOf(one, i, "a")), other.Connect(auth: TokenOf(other, i, "b")));
            if (!RunBoth(one, other, () => IsSettled(a) && IsSettled(b) && a.IsConnected != b.IsConnected, patience))
            {
                return false;
            }

            // It stays so: neither node changes its mind when it has heard everything.
            one.RunUntilIdle();
            other.RunUntilIdle();
            Assert.True(a.IsConnected ^ b.IsConnected);
            return true;
        }

        static object TokenOf(SockeyeTestServer server, int i, string device) =>
            new { token = WholePlugin.Token($"user-{i}", server.Time.GetUtcNow(), TimeSpan.FromHours(5), ("sid", device)) };

        static bool IsSettled(SockeyeTestClient client) => client.IsConnected || client.Refusal is not null || client.WasToldToLeave;
    }

    [Fact]
    public async Task A_node_without_its_bus_admits_nobody_if_told_so_and_everybody_otherwise()
    {
        await using var bus = new LossyBus();
        await using SockeyeTestServer strict = NewServer(WholePlugin.Section(("Revocation:WhenCutOff", "Refuse")), bus), lenient = NewServer(WholePlugin.Section(), bus);
        object TokenOf(SockeyeTestServer server) => new { token = WholePlugin.Token("ann", server.Time.GetUtcNow(), TimeSpan.FromMinutes(5)) };
        strict.Advance(TimeSpan.FromSeconds(1));
        var first = strict.Connect(auth: TokenOf(strict));
        Assert.True(strict.RunUntil(() => first.IsConnected));
        Assert.Equal("ann", UserOf(first));
        bus.Set(BusState.Disconnected);
        Assert.Equal("cut_off", CodeOf(strict.Connect(auth: TokenOf(strict))));
        Assert.Equal("ann", UserOf(lenient.Connect(auth: TokenOf(lenient))));
        bus.Set(BusState.Open);
        Assert.Equal("ann", UserOf(strict.Connect(auth: TokenOf(strict))));
    }

    [Fact]
    public async Task A_new_token_gives_a_namespace_nothing_whose_sources_would_not_let_it_in()
    {
        await using var server = NewServer(WholePlugin.Section([.. s_apiKey, ("Sources:1:Keys:0:Subject", "ann"), ("Namespaces:0:Match", "/admin"), ("Namespaces:0:Sources:0", "jwt")]));
        server.Server.Of("/admin");
        var sensor = "sensor." + ApiSecret;
        var client = server.Connect(auth: new { token = sensor });
        var admin = WholePlugin.Token("ann", server.Time.GetUtcNow(), TimeSpan.FromMinutes(5));
        client.SendRaw($"0/admin,{{\"token\":\"{admin}\"}}");
        server.RunUntilIdle();
        var sockets = server.Server.Of("/admin").FetchSocketsAsync();
        Assert.True(server.RunUntil(() => sockets.IsCompleted));
        var inAdmin = server.Server.Of("/admin").Find(Assert.Single(await sockets).Id)!;
        Assert.Same(client.Socket!.Connection, inAdmin.Connection);
        var before = inAdmin.Identity!;
        Assert.Equal("jwt", before.Source);

        // The key is good where it is sent, and worth nothing there.
        Assert.True(client.Call<JsonElement>("auth:refresh", sensor).GetProperty("ok").GetBoolean());
        server.RunUntilIdle();
        Assert.Same(before, inAdmin.Identity);

        // A token that both take reaches both.
        Assert.True(client.Call<JsonElement>("auth:refresh", WholePlugin.Token("ann", server.Time.GetUtcNow(), TimeSpan.FromMinutes(9))).GetProperty("ok").GetBoolean());
        Assert.True(server.RunUntil(() => inAdmin.Identity!.ExpiresAt > before.ExpiresAt));
        Assert.Equal("jwt", client.Socket.Identity!.Source);
    }

    [Fact]
    public async Task Clients_that_make_a_callout_slow_shut_nobody_else_out()
    {
        await using var bus = new InProcessBus();
        await using var silent = await bus.SubscribeAsync("plugins.auth.decide", (in BusMessage _) => { });
        await using var server = NewServer(WholePlugin.Section(("Sources:1:Type", "Bus"), ("Sources:1:Secret", Secret), ("Sources:1:Timeout", "00:00:30"), ("Sources:1:MaxConcurrent", "100")), bus);
        var slow = Enumerable.Range(0, 50).Select(number => server.Connect(auth: new { token = $"opaque-{number}" })).ToList();
        server.Advance(TimeSpan.FromSeconds(4));
        Assert.True(server.RunUntil(() => slow.TrueForAll(static client => client.Refusal is not null)));
        Assert.All(slow, static client => Assert.Equal("unavailable", CodeOf(client)));
        Assert.Equal(0, server.Server.Plugins.All[0].Hooks.Single(static hook => hook.Name == "ConnectHook").Faults);
        Assert.Equal("ann", UserOf(server.Connect(auth: new { token = WholePlugin.Token("ann", server.Time.GetUtcNow(), TimeSpan.FromMinutes(5)) })));
    }

    private static SockeyeTestServer NewServer(IConfigurationSection section, IClusterBus? bus = null, AwaitedLog? loggers = null) => new(
        static _ => { },
        builder =>
        {
            builder.Bus = bus;
            builder.LoggerFactory = loggers;
            builder.AddPlugin(new AuthPlugin(), section);
        });

    private static string? UserOf(SockeyeTestClient client) => client.Socket?.Identity?.Subject;

    private static string? CodeOf(SockeyeTestClient client) => client.Refusal?.GetProperty("data").GetProperty("code").GetString();

    private static bool RunBoth(SockeyeTestServer one, SockeyeTestServer other, Func<bool> condition, TimeSpan? patience = null) => one.RunUntil(
        () =>
        {
            other.RunUntilIdle();
            return condition();
        },
        patience);
}
