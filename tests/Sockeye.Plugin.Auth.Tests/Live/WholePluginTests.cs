using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Sockeye.Testing;

namespace Sockeye.Plugin.Auth.Tests.Live;

/// <summary>The plugin as a server runs it, with its sources, its gate and its routes.</summary>
public sealed class WholePluginTests
{
    [Fact]
    public async Task A_refresh_reaches_neither_listeners_nor_filters_nor_handlers()
    {
        List<string> seen = [];
        await using var server = new SockeyeTestServer(
            server =>
            {
                server.OnAny(e => seen.Add("any " + Encoding.UTF8.GetString(e.NameUtf8)));
                server.UseEvent(e =>
                {
                    seen.Add("filter " + Encoding.UTF8.GetString(e.NameUtf8));
                    return EventVerdict.Continue;
                });
                server.On("auth:refresh", () => seen.Add("handler"));
                server.On("other", () => seen.Add("handler of another"));
            },
            builder => builder.AddPlugin(new AuthPlugin(), WholePlugin.Section()));
        var now = server.Time.GetUtcNow();
        var client = server.Connect(auth: new { token = WholePlugin.Token("alice", now, TimeSpan.FromMinutes(5)) });
        var answer = client.Call<JsonElement>("auth:refresh", WholePlugin.Token("alice", now, TimeSpan.FromMinutes(9)));
        Assert.True(answer.GetProperty("ok").GetBoolean());
        Assert.Empty(seen);
        client.Emit("other");
        server.RunUntilIdle();
        Assert.Equal(["any other", "filter other", "handler of another"], seen);
        Assert.Equal("other_user", client.Call<EventRefusal>("auth:refresh", WholePlugin.Token("mallory", now, TimeSpan.FromMinutes(9)))!.Code);
        Assert.Equal("alice", client.Socket!.Identity!.Subject);
    }

    /// <summary>Whoever compares two readings sees the first time only if its series was there before, with 0.</summary>
    [Fact]
    public async Task What_has_not_happened_yet_is_counted_as_0()
    {
        using var meters = new RecordedMeters();
        await using var server = new SockeyeTestServer(_ => { }, builder =>
        {
            builder.MeterFactory = meters;
            builder.AddPlugin(new AuthPlugin(), WholePlugin.Section());
        });
        string[] attempts = ["allowed jwt", "anonymous none", "denied jwt", "expired_token jwt", "invalid_token jwt", "invalid_token none", "missing_token none", "token_not_yet_valid jwt", "unavailable jwt"];
        Assert.Equal(attempts, meters.Tags("sockeye.auth.attempts"));
        Assert.Equal(["denied", "expired", "expired_token", "invalid_token", "missing_token", "not_authenticated", "ok", "other_user", "revoked", "token_not_yet_valid", "unavailable"], meters.Tags("sockeye.auth.refreshes"));
        Assert.Equal(["expired", "revoked", "session_replaced"], meters.Tags("sockeye.auth.disconnects"));
        Assert.Equal(["jti", "session", "token", "user"], meters.Tags("sockeye.auth.revocations"));
        Assert.Equal(["full", "malformed", "not_sent"], meters.Tags("sockeye.auth.bus_rejected"));
        Assert.All(attempts, attempt => Assert.Equal(0, meters.Count("sockeye.auth.attempts", attempt)));

        server.Connect(auth: new { token = WholePlugin.Token("alice", server.Time.GetUtcNow(), TimeSpan.FromMinutes(5)) });
        server.Connect();
        Assert.Equal((1, 1), (meters.Count("sockeye.auth.attempts", "allowed jwt"), meters.Count("sockeye.auth.attempts", "missing_token none")));
        Assert.Equal(attempts, meters.Tags("sockeye.auth.attempts"));
    }

    [Fact]
    public async Task A_client_with_few_permissions_may_refresh_and_gets_those_of_its_new_token()
    {
        await using var server = new SockeyeTestServer(
            server => server.OnWithAck("write", () => true),
            builder => builder.AddPlugin(new AuthPlugin(), WholePlugin.Section(("Sources:0:PermissionsClaim", "may"))));
        var now = server.Time.GetUtcNow();
        var client = server.Connect(auth: new { token = WholePlugin.Token("alice", now, TimeSpan.FromMinutes(5), ("may", new[] { "emit / read" })) });
        Assert.Equal(RefusalCode.Forbidden, client.Call<EventRefusal>("write")!.Code);
        client.Call<JsonElement>("auth:refresh", WholePlugin.Token("alice", now, TimeSpan.FromMinutes(9), ("may", new[] { "emit / write" })));
        Assert.True(client.Call<bool>("write"));
    }

    [Fact]
    public async Task CVE_2020_26892_a_token_that_expires_puts_its_client_out_of_the_whole_server()
    {
        await using var server = new SockeyeTestServer(_ => { }, builder => builder.AddPlugin(new AuthPlugin(), WholePlugin.Section()));
        var client = server.Connect(auth: new { token = WholePlugin.Token("alice", server.Time.GetUtcNow(), TimeSpan.FromMinutes(2)) });
        server.Advance(TimeSpan.FromSeconds(119));
        Assert.True(server.RunUntil(() => client.Events.Any(e => e.Name == "auth:refresh")));
        Assert.True(client.IsConnected);
        server.Advance(TimeSpan.FromSeconds(2));
        Assert.True(server.RunUntil(() => !client.IsConnected));
        Assert.Contains(client.Events, e => e.Name == "auth:ended");
    }

    [Fact]
    public async Task An_administrator_revokes_over_HTTP_with_the_key_and_with_no_other()
    {
        var section = WholePlugin.Section(("Revocation:AdminKeySha256", Convert.ToHexString(SHA256.HashData("the-admin-key"u8))));
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.AddPlugin(new AuthPlugin(), section));
        await server.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Endpoints[0]}/plugins/auth/") };
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(null, "{\"user\":\"alice\"}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync("another-key", "{\"user\":\"alice\"}"));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("the-admin-key", "{"));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("the-admin-key", "{\"users\":\"alice\"}"));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("the-admin-key", "{\"\\ud800\":1,\"user\":\"alice\"}"));
        Assert.Equal(0, (await StatusAsync()).GetProperty("revocations").GetInt32());
        Assert.Equal(HttpStatusCode.OK, await PostAsync("the-admin-key", "{\"user\":\"alice\"}"));
        Assert.Equal(1, (await StatusAsync()).GetProperty("revocations").GetInt32());

        async Task<HttpStatusCode> PostAsync(string? key, string body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "revoke") { Content = new StringContent(body) };
            request.Headers.Authorization = key is null ? null : new("Bearer", key);
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }

        async Task<JsonElement> StatusAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "status") { Headers = { Authorization = new("Bearer", "the-admin-key") } };
            using var answer = await http.SendAsync(request);
            return JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task The_key_of_the_administrator_comes_changes_and_goes_while_the_server_runs()
    {
        var source = (IConfigurationRoot)new ConfigurationBuilder().AddInMemoryCollection(WholePlugin.Settings()).Build();
        using var log = new AwaitedLog();
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder =>
        {
            builder.LoggerFactory = log;
            builder.AddPlugin(new AuthPlugin(), source.GetSection("auth"));
        });
        await server.StartAsync();
        using var http = new HttpClient();
        var sources = 1;
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("first"));
        await TakeAsync("first");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await StatusAsync("first"), await StatusAsync("second")));
        await TakeAsync("second");
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await StatusAsync("first"), await StatusAsync("second")));
        await TakeAsync(null);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("second"));

        // A source more each time tells the lines apart.
        async Task TakeAsync(string? key)
        {
            source["auth:Revocation:AdminKeySha256"] = key is null ? null : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
            source[$"auth:Sources:{sources}:Type"] = "ApiKey";
            source[$"auth:Sources:{sources}:Name"] = $"devices {sources}";
            source[$"auth:Sources:{sources}:Keys:0:Id"] = "sensor";
            source[$"auth:Sources:{sources}:Keys:0:Sha256"] = new string('0', 64);
            source.Reload();
            await log.Line($"sources: {++sources}");
        }

        async Task<HttpStatusCode> StatusAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{server.Endpoints[0]}/plugins/auth/status") { Headers = { Authorization = new("Bearer", key) } };
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task There_are_no_routes_without_a_key()
    {
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.AddPlugin(new AuthPlugin(), WholePlugin.Section()));
        await server.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Endpoints[0]}/plugins/auth/") };
        using var posted = await http.PostAsync(new Uri("revoke", UriKind.Relative), new StringContent("{\"user\":\"alice\"}"));
        using var got = await http.GetAsync(new Uri("status", UriKind.Relative));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (posted.StatusCode, got.StatusCode));
    }
}
