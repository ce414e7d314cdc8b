using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Sockeye.Cluster;
using Sockeye.Plugin.Routing.Outputs;
using Sockeye.Plugin.Routing.Tests.Outputs;
using Sockeye.Server.Tests;

namespace Sockeye.Plugin.Routing.Tests;

/// <summary>Servers with real sockets and rules: what leaves them, what comes in, and that nothing is lost while rules change.</summary>
public sealed class EndToEndTests
{
    private const string Secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    private const string Token = "a token of at least thirty-two characters";
    private static readonly HttpClient s_http = new();

    [Fact]
    public async Task An_event_of_a_client_is_posted_to_an_output_with_a_signature()
    {
        await using var target = new LoopbackTarget(_ => LoopbackTarget.Status(200));
        await using var server = await StartAsync($$$"""
            {"outputs":{"orders":{"url":"{{{target.Url}}}","secrets":["{{{Secret}}}"]}},
             "rules":[{"id":"sold","match":{"event":"order"},"actions":[{"set":{"$[0].seen":true}},{"http":"orders"}]}]}
            """);
        await using var client = await RealClient.ConnectAsync(server);
        await client.EmitAsync("[\"order\",{\"item\":7}]");
        var posted = await target.NextAsync();
        var message = JsonElement.Parse(posted.Text);
        Assert.Equal("order", message.GetProperty("event").GetString());
        Assert.Equal("[{\"item\":7,\"seen\":true}]", message.GetProperty("arguments").GetRawText());
        Assert.Equal(client.Id, message.GetProperty("socket").GetString());
        Assert.Null(WebhookSignature.TryReadKey(Secret, out var key));
        var time = long.Parse(posted.Header(WebhookSignature.TimestampHeader)!, CultureInfo.InvariantCulture);
        Assert.True(WebhookSignature.Verify([key], posted.Header(WebhookSignature.IdHeader)!, time, posted.Body, posted.Header(WebhookSignature.SignatureHeader)!));
    }

    [Fact]
    public async Task Of_the_servers_of_a_group_one_gives_each_event_of_the_bus_to_its_clients()
    {
        const int Events = 50;
        await using var bus = new InProcessBus();
        await using var shop = await StartAsync("""{"rules":[{"id":"r","match":{"event":"sale"},"actions":[{"bus":"sales.{$[0].shop}"},{"drop":true}]}]}""", bus: bus);
        const string Taking = """{"inbound":{"sales":{"subject":"sales.>","room":"desk"}}}""";
        await using var left = await StartAsync(Taking, bus: bus);
        await using var right = await StartAsync(Taking, bus: bus);
        await using var seller = await RealClient.ConnectAsync(shop);
        await using var one = await RealClient.ConnectAsync(left);
        await using var other = await RealClient.ConnectAsync(right);
        for (var i = 0; i < Events; i++)
        {
            await seller.EmitAsync($$$"""["sale",{"shop":"s{{{i % 3}}}","number":{{{i}}}}]""");
        }

        var heard = new ConcurrentBag<int>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = ListenAsync(one);
        _ = ListenAsync(other);
        await all.Task.WaitAsync(RealClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, Events), heard.Order());

        async Task ListenAsync(RealClient client)
        {
            while (heard.Count < Events)
            {
                var e = await client.NextAsync();
                Assert.Equal("sale", e[0].GetString());
                heard.Add(e[1].GetProperty("number").GetInt32());
                if (heard.Count == Events)
                {
                    all.TrySetResult();
                }
            }
        }
    }

    [Fact]
    public async Task A_signed_request_becomes_an_event_to_a_room_and_an_unsigned_one_does_not()
    {
        await using var server = await StartAsync($$$"""{"inbound":{"alerts":{"secrets":["{{{Secret}}}"],"room":"desk"}},"statusToken":"{{{Token}}}"}""");
        await using var client = await RealClient.ConnectAsync(server);
        var body = "{\"event\":\"alarm\",\"arguments\":[\"too hot\",1]}";
        using var unsigned = await s_http.PostAsync(Url(server, "/in/alerts"), new StringContent(body), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(server, "/in/alerts", body, "one"));
        Assert.Equal(HttpStatusCode.Conflict, await PostAsync(server, "/in/alerts", body, "one"));
        Assert.Equal("[\"alarm\",\"too hot\",1]", (await client.NextAsync()).GetRawText());

        var inbound = (await StatusAsync(server)).GetProperty("inbound").GetProperty("alerts");
        Assert.Equal(1, inbound.GetProperty("delivered").GetInt32());
        Assert.Equal(1, inbound.GetProperty("rejected").GetProperty("replayed").GetInt32());
        using var withoutToken = await s_http.GetAsync(Url(server, "/status"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, withoutToken.StatusCode);
    }

    [Fact]
    public async Task Ways_in_and_the_status_come_and_go_with_the_rules_of_a_running_server()
    {
        var plugin = new RoutingPlugin();
        await using var server = await StartAsync("{}", plugin);
        await using var client = await RealClient.ConnectAsync(server);
        const string Body = "{\"event\":\"alarm\",\"arguments\":[]}";
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(server, "/in/alerts", Body, "a"));
        await ChangeAsync(plugin, $$$"""{"inbound":{"alerts":{"secrets":["{{{Secret}}}"],"room":"desk"}},"statusToken":"{{{Token}}}"}""");
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(server, "/in/alerts", Body, "b"));
        Assert.Equal("[\"alarm\"]", (await client.NextAsync()).GetRawText());
        Assert.Equal(JsonValueKind.Object, (await StatusAsync(server)).ValueKind);
        await ChangeAsync(plugin, "{\"rules\":[]}");
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync(server, "/in/alerts", Body, "c"));
        using var status = await s_http.GetAsync(Url(server, "/status"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, status.StatusCode);
    }

    [Fact]
    public async Task Changes_of_rules_under_load_lose_no_event_and_each_meets_one_set_of_rules()
    {
        const int Clients = 4, Events = 300, Posts = 60;
        var plugin = new RoutingPlugin();
        await using var target = new LoopbackTarget(_ => LoopbackTarget.Status(200));
        await using var bus = new InProcessBus();
        var seen = new ConcurrentBag<string>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(Rules("old", 2), plugin, bus, nsp => nsp.OnAny(e =>
        {
            seen.Add($"{e.Context.Name} {Encoding.UTF8.GetString(e.ArgumentsUtf8)}");
            if (seen.Count == Clients * Events)
            {
                last.TrySetResult();
            }
        }));
        await using var desk = await RealClient.ConnectAsync(server);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => RealClient.ConnectAsync(server)));
        using var stop = new CancellationTokenSource();
        var changing = Task.Run(async () =>
        {
            // With each change the rule has another name for the event, the output another number of requests and the way in another event.
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await ChangeAsync(plugin, i % 2 == 0 ? Rules("new", 3) : Rules("old", 2));
            }
        });
        var posting = Task.WhenAll(Enumerable.Range(0, Posts).Select(i => PostAsync(server, "/in/alerts", $"{i}", $"post-{i}")));
        await Task.WhenAll(clients.Select(async (client, c) =>
        {
            for (var i = 0; i < Events; i++)
            {
                await client.EmitAsync($"[\"e\",{c * Events + i}]");
            }
        }));
        await last.Task.WaitAsync(RealClient.Patience, TestContext.Current.CancellationToken);
        Assert.All(await posting, static status => Assert.Equal(HttpStatusCode.Accepted, status));
        await stop.CancelAsync();
        await changing;

        // Each event came through one of the two sets as a whole: name and field belong together, and none came through neither.
        Assert.Equal(Clients * Events, seen.Count);
        Assert.All(seen, static line => Assert.Matches("^(old|new) \\d+,\"\\1\"$", line));
        Assert.Equal(Enumerable.Range(0, Clients * Events), seen.Select(static line => int.Parse(line.Split(' ', ',')[1], CultureInfo.InvariantCulture)).Order());
        var alerts = new List<int>();
        while (alerts.Count < Posts)
        {
            var e = await desk.NextAsync();
            Assert.Matches("^(old|new)$", e[0].GetString());
            alerts.Add(e[1].GetInt32());
        }

        Assert.Equal(Enumerable.Range(0, Posts), alerts.Order());
        var status = await StatusAsync(server);
        var rule = status.GetProperty("rules").GetProperty("r");
        Assert.Equal(Clients * Events, rule.GetProperty("matched").GetInt64());
        Assert.Equal(4 * Clients * Events, rule.GetProperty("acted").GetInt64());
        Assert.Equal(0, rule.GetProperty("failed").GetInt64());
        Assert.Equal(Posts, status.GetProperty("inbound").GetProperty("alerts").GetProperty("delivered").GetInt64());
        var outputs = status.GetProperty("outputs");
        Assert.Equal(Clients * Events, outputs.GetProperty("bus").GetProperty("sent").GetInt64());
        Assert.Equal(Clients * Events, outputs.GetProperty("hook").GetProperty("offered").GetInt64());
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        // What has not left yet leaves before the server has stopped.
        await server.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Clients * Events, target.Requests);

        string Rules(string name, int concurrency) => $$$"""
            {"statusToken":"{{{Token}}}",
             "outputs":{"hook":{"url":"{{{target.Url}}}","concurrency":{{{concurrency}}},"timeout":"60 s","drainTimeout":"60 s"}},
             "inbound":{"alerts":{"secrets":["{{{Secret}}}"],"room":"desk","event":"{{{name}}}","body":"data"}},
             "rules":[{"id":"r","match":{"event":"e"},"actions":[{"rename":"{{{name}}}"},{"set":{"$[1]":"{{{name}}}"}},{"http":"hook"},{"bus":"all"}]}]}
            """;
    }

    [Theory]
    [InlineData("", "got")]
    [InlineData("\"whenFaulted\":\"open\",", "got")]
    [InlineData("\"WhenFaulted\":\"Closed\",", "sockeye:refused")]
    public async Task While_the_circuit_of_the_plugin_is_open_events_pass_unrouted_or_are_refused_as_its_section_says(string setting, string second)
    {
        var time = new StumblingTime();
        await using var server = await StartAsync(
            $$"""{ {{setting}} "rules":[{"id":"r","match":{"event":"ask"},"actions":[{"bus":"asked"},{"rename":"routed"}]}]}""",
            build: builder =>
            {
                builder.Time = time;
                builder.Options.Hooks.Faults = 1;
                builder.Options.Hooks.RetryAfter = TimeSpan.FromHours(1);
            },
            configure: static nsp =>
            {
                nsp.On("ask", static (SockeyeSocket socket) => { socket.Emit("got", "ask"); });
                nsp.On("routed", static (SockeyeSocket socket) => { socket.Emit("got", "routed"); });
            });
        await using var client = await RealClient.ConnectAsync(server);

        // The first call may take as long as it likes.
        await client.EmitAsync("[\"ask\"]");
        Assert.Equal("[\"got\",\"routed\"]", (await client.NextAsync()).GetRawText());

        // The rules hold the thread for longer than a gate may: that opens the circuit, and what was decided holds.
        time.Stumbles = true;
        await client.EmitAsync("[\"ask\"]");
        Assert.Equal("[\"got\",\"routed\"]", (await client.NextAsync()).GetRawText());
        Assert.True(server.Plugins.All.Single().Hooks.Single(static hook => hook.Name == "EventGate").IsOpen);
        await client.EmitAsync("[\"ask\"]");
        var answer = await client.NextAsync();
        Assert.Equal(second, answer[0].GetString());
        Assert.Equal(second == "got" ? "ask" : "unavailable", second == "got" ? answer[1].GetString() : answer[1].GetProperty("code").GetString());
    }

    private static async Task<SockeyeServer> StartAsync(
        string json, RoutingPlugin? plugin = null, IClusterBus? bus = null, Action<SockeyeNamespace>? configure = null, Action<SockeyeBuilder>? build = null)
    {
        var server = SockeyeServer.Create("http://127.0.0.1:0", builder =>
        {
            builder.Options.Development = false;

            // A machine that is busy with other tests is no fault of the plugin.
            builder.Options.Hooks.Budget = TimeSpan.FromSeconds(30);
            builder.Options.StopTimeout = RealClient.Patience;
            builder.Bus = bus;
            builder.AddPlugin(plugin ?? new RoutingPlugin(), RulesSection.Of(json));
            build?.Invoke(builder);
        });
        server.Use(static socket =>
        {
            socket.Join("desk");
            return ConnectResult.Accept;
        });
        configure?.Invoke(server.Of("/"));
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    private static async Task ChangeAsync(RoutingPlugin plugin, string json) => await plugin.OnConfigurationAsync(RulesSection.Of(json), CancellationToken.None);

    private static Uri Url(SockeyeServer server, string path) => new($"http://{(IPEndPoint)server.Endpoints[0]}/plugins/routing{path}");

    private static async Task<HttpStatusCode> PostAsync(SockeyeServer server, string path, string body, string id)
    {
        Assert.Null(WebhookSignature.TryReadKey(Secret, out var key));
        var time = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(server, path)) { Content = new StringContent(body) };
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimestampHeader, time.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation(WebhookSignature.SignatureHeader, WebhookSignature.Sign([key], id, time, Encoding.UTF8.GetBytes(body)));
        using var response = await s_http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static async Task<JsonElement> StatusAsync(SockeyeServer server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Url(server, "/status"));
        request.Headers.Add("Authorization", "Bearer " + Token);
        using var response = await s_http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A clock that goes forward by a minute where it is next asked for the time of day, as an action does that sends something out.</summary>
    private sealed class StumblingTime : TimeProvider
    {
        private long _skew;

        public bool Stumbles { get; set; }

        public override DateTimeOffset GetUtcNow()
        {
            if (Stumbles)
            {
                Stumbles = false;
                Interlocked.Add(ref _skew, 60 * TimestampFrequency);
            }

            return base.GetUtcNow();
        }

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _skew);
    }
}
