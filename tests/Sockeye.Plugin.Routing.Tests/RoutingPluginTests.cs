using System.Diagnostics.Metrics;
using Sockeye.Testing;

namespace Sockeye.Plugin.Routing.Tests;

/// <summary>The plugin in a server: what clients hear, and what the application sees.</summary>
public sealed class RoutingPluginTests
{
    private readonly List<string> _seen = [];

    [Fact]
    public async Task An_event_goes_to_a_room_a_user_a_socket_and_a_namespace_and_on_to_the_application()
    {
        await using var app = Start("""
            {"rules":[{"id":"r","match":{"event":"chat"},"actions":[
              {"to":{"room":"lobby","event":"room"}},
              {"to":{"room":"lobby","event":"others","sender":false}},
              {"to":{"user":"{user}","event":"user"}},
              {"to":{"socket":"{socket}","event":"socket"}},
              {"to":{"namespace":"/","event":"all"}},
              {"to":{"namespace":"/dash","event":"dash"}},
              {"to":{"namespace":"/nowhere","event":"x"}}]}]}
            """);
        var ann = Connect(app, "ann");
        var bob = Connect(app, "bob");
        var dash = Connect(app, "dan", "/dash");
        ann.Emit("chat", "hi");
        app.RunUntilIdle();
        Assert.Equal(["room", "user", "socket", "all"], ann.Events.Select(static e => e.Name));
        Assert.Equal(["room", "others", "all"], bob.Events.Select(static e => e.Name));
        Assert.Equal(["dash"], dash.Events.Select(static e => e.Name));
        Assert.All(bob.Events, static e => Assert.Equal("\"hi\"", e.Json));
        Assert.Equal(["chat \"hi\""], _seen);
        Assert.Equal(0, app.HandlerErrorCount);
    }

    [Fact]
    public async Task An_event_that_is_changed_takes_the_place_of_what_came_for_receivers_and_for_the_application()
    {
        await using var app = Start("""
            {"rules":[{"id":"r","match":{"event":"reading","where":{"path":"$[0].v",">":5}},"actions":[
              {"rename":"alarm"},{"set":{"$[0].by":"{user}"}},{"to":{"room":"lobby"}}]}]}
            """);
        var ann = Connect(app, "ann");
        ann.SendRaw("2[\"reading\",{\"v\":9},1]");
        ann.SendRaw("2[\"reading\",{\"v\":5},1]");
        app.RunUntilIdle();
        Assert.Equal("{\"v\":9,\"by\":\"ann\"},1", ann.Next("alarm").Json);
        Assert.Equal(0, ann.Pending);
        Assert.Equal(["alarm {\"v\":9,\"by\":\"ann\"},1", "reading {\"v\":5},1"], _seen);
    }

    [Fact]
    public async Task A_dropped_event_is_seen_by_nobody_and_its_answer_counts()
    {
        await using var app = Start("""{"rules":[{"id":"r","match":{"event":"ping"},"actions":[{"ack":{"pong":"{user}"}},{"drop":true}]}]}""");
        var ann = Connect(app, "ann");
        Assert.Equal("{\"pong\":\"ann\"}", ann.CallRaw("ping").Json);
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task Attachments_go_along_whatever_is_changed_around_them()
    {
        await using var app = Start("""{"rules":[{"id":"r","match":{"event":"file"},"actions":[{"wrap":"data"},{"set":{"$[0].by":"{user}"}},{"to":{"room":"lobby"}},{"drop":true}]}]}""");
        var ann = Connect(app, "ann");
        ann.Emit("file", new byte[] { 1, 2, 3 });
        app.RunUntilIdle();
        var file = ann.Next("file");
        Assert.Equal("{\"data\":{\"_placeholder\":true,\"num\":0},\"by\":\"ann\"}", file.Json);
        Assert.Equal([1, 2, 3], file.Get<Upload>()!.Data);
    }

    [Fact]
    public async Task A_room_that_a_client_names_is_none_of_the_reserved_ones()
    {
        await using var app = Start("""{"rules":[{"id":"r","match":{"event":"say"},"actions":[{"to":{"room":"{$[0]}","event":"said"}}]}]}""");
        var ann = Connect(app, "ann");
        ann.Emit("say", "\0user:ann");
        ann.Emit("say", "\0ann");
        ann.Emit("say", "lobby");
        app.RunUntilIdle();
        Assert.Equal("\"lobby\"", ann.Next("said").Json);
        Assert.Equal(0, ann.Pending);
    }

    [Fact]
    public async Task A_client_that_names_a_socket_reaches_no_room_by_it()
    {
        await using var app = Start("""{"rules":[{"id":"r","match":{"event":"whisper"},"actions":[{"to":{"socket":"{$[0]}","event":"said"}}]}]}""");
        var ann = Connect(app, "ann");
        var bob = Connect(app, "bob");
        ann.Emit("whisper", "lobby");
        ann.Emit("whisper", bob.Id);
        app.RunUntilIdle();
        Assert.Equal($"\"{bob.Id}\"", Assert.Single(bob.Events).Json);
        Assert.Empty(ann.Events);
    }

    [Theory]
    [InlineData("auth:refresh")]
    [InlineData("auth:ended")]
    [InlineData("sockeye:refused")]
    public async Task A_client_that_chooses_a_name_does_not_speak_in_the_servers(string name)
    {
        await using var app = Start("""
            {"rules":[{"id":"r","match":{"event":"say"},"actions":[{"to":{"room":"lobby","event":"{$[0]}"}},{"rename":"{$[0]}"}]}]}
            """);
        var ann = Connect(app, "ann");
        ann.Emit("say", name);
        ann.Emit("say", "auth");
        app.RunUntilIdle();
        Assert.Equal(["auth"], ann.Events.Select(static e => e.Name));
        Assert.Equal([$"say \"{name}\"", "auth \"auth\""], _seen);
    }

    [Fact]
    public async Task A_rule_asks_for_a_room_and_for_claims_of_the_socket()
    {
        await using var app = Start("""
            {"rules":[{"id":"r","match":{"room":"lobby","claim":{"team":"red"}},"actions":[{"rename":"red"}]},
                      {"id":"s","match":{"room":"attic"},"actions":[{"drop":true}]}]}
            """);
        Connect(app, "ann").Emit("e");
        Connect(app, "bob").Emit("e");
        app.RunUntilIdle();
        Assert.Equal(["red", "e"], _seen);
    }

    [Fact]
    public void Faulty_rules_keep_the_server_from_starting_and_every_fault_is_told()
    {
        var fault = Assert.Throws<RoutingException>(() => Start("""{"rules":[{"id":"a","actions":[{"droop":true}]},{"id":"a b","actions":[{"drop":true}]}]}"""));
        Assert.Equal(2, fault.Faults.Count);
        Assert.StartsWith("routing:rules:0:actions:0:droop: the action 'droop' is unknown; did you mean 'drop'?", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_rules_take_over_as_a_whole_and_faulty_ones_do_not()
    {
        var plugin = new RoutingPlugin();
        await using var app = Start("""{"rules":[{"id":"r","match":{"event":"e"},"actions":[{"rename":"first"}]}]}""", plugin);
        var ann = Connect(app, "ann");
        Send();
        await plugin.OnConfigurationAsync(RulesSection.Of("""{"rules":[{"id":"r","match":{"event":"e"},"actions":[{"rename":"second"}]}]}"""), default);
        Send();
        await Assert.ThrowsAsync<RoutingException>(() => plugin.OnConfigurationAsync(RulesSection.Of("""{"rules":[{"id":"r","match":{"evnt":"e"},"actions":[{"rename":"third"}]}]}"""), default).AsTask());
        Send();
        Assert.Equal(["first", "second", "second"], _seen);

        void Send()
        {
            ann.Emit("e");
            app.RunUntilIdle();
        }
    }

    [Fact]
    public async Task What_a_rule_has_done_is_counted_by_its_id_and_goes_on_when_rules_change()
    {
        var plugin = new RoutingPlugin();
        await using var app = Start("""
            {"rules":[{"id":"counted","match":{"event":"e"},"actions":[{"to":{"user":"{user}","event":"x"}},{"to":{"room":"{claim:team}","event":"x"}}]},
                      {"id":"b","match":{"event":"f"},"actions":[{"drop":true}]}]}
            """, plugin);
        var (ann, bob) = (Connect(app, "ann"), Connect(app, "bob"));
        Send("e");
        await plugin.OnConfigurationAsync(RulesSection.Of("""{"rules":[{"id":"counted","match":{"event":"f"},"actions":[{"rename":"g"}]}]}"""), default);
        Send("f");
        Dictionary<string, long> counted = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Sockeye.Plugin.routing")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags.Length == 1 && tags[0] is { Key: "rule", Value: "counted" })
            {
                counted[$"{instrument.Name} counted"] = value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();

        // bob has no team: the second action of his event failed.
        Assert.Equal(new Dictionary<string, long> { ["sockeye.routing.matched counted"] = 4, ["sockeye.routing.acted counted"] = 5, ["sockeye.routing.failed counted"] = 1 }, counted);

        void Send(string name)
        {
            ann.Emit(name);
            bob.Emit(name);
            app.RunUntilIdle();
        }
    }

    /// <summary>Whoever compares two readings sees the first time only if its series was there before, with 0.</summary>
    [Fact]
    public async Task What_has_not_happened_yet_is_0_for_each_reason_of_an_output_and_of_a_way_in()
    {
        using var meters = new RecordedMeters();
        await using var app = new SockeyeTestServer(_ => { }, builder =>
        {
            builder.MeterFactory = meters;
            builder.AddPlugin(new RoutingPlugin(), RulesSection.Of("""{"outputs":{"out":{"url":"http://127.0.0.1:1/"}},"inbound":{"in":{"subject":"x","room":"desk"}}}"""));
        });
        meters.Observe();
        Assert.Equal(
            ["bus bus_closed", "bus bus_full", "bus too_large", "out queue_bytes", "out queue_full", "out redirected", "out refused", "out stopped", "out timed_out", "out too_large", "out unavailable", "out unreachable"],
            meters.Tags("sockeye.routing.output.dropped"));
        Assert.Equal(10, meters.Tags("sockeye.routing.inbound.rejected").Length);
    }

    [Fact]
    public async Task A_copy_comes_again_eight_times_and_the_event_itself_goes_on()
    {
        var rules = Enumerable.Range(0, 12).Select(i => $$$"""{"id":"r{{{i}}}","match":{"event":"e{{{i}}}"},"actions":[{"to":{"socket":"{socket}","event":"at-{{{i}}}"}},{"again":{"event":"e{{{i + 1}}}"}}]}""");
        await using var app = Start($"{{\"rules\":[{string.Join(',', rules)}]}}");
        var ann = Connect(app, "ann");
        ann.Emit("e0", 1);
        app.RunUntilIdle();
        Assert.Equal(Enumerable.Range(0, 9).Select(static i => $"at-{i}"), ann.Events.Select(static e => e.Name));
        Assert.Equal(["e0 1"], _seen);
    }

    [Fact]
    public async Task An_answer_of_a_rule_comes_before_that_of_the_application_which_is_not_sent()
    {
        await using var app = Start("""{"rules":[{"id":"r","match":{"event":"ask"},"actions":[{"ack":{"from":"rule"}}]}]}""");
        app.Server.OnWithAck("ask", static () => "application");
        var ann = Connect(app, "ann");
        Assert.Equal("{\"from\":\"rule\"}", ann.CallRaw("ask").Json);
        Assert.Equal(["ask"], _seen);
    }

    [Fact]
    public async Task Events_that_may_carry_tokens_are_shown_to_no_rule()
    {
        await using var app = Start("""{"rules":[{"id":"r","actions":[{"to":{"room":"lobby","event":"leaked"}},{"drop":true}]}]}""");
        var ann = Connect(app, "ann");
        ann.Emit("auth:refresh", "token");
        ann.Emit("sockeye:x", "token");
        ann.Emit("authors", "ann");
        app.RunUntilIdle();
        Assert.Equal("\"ann\"", Assert.Single(ann.Events).Json);
        Assert.Equal(["auth:refresh \"token\"", "sockeye:x \"token\""], _seen);
    }

    private static SockeyeTestClient Connect(SockeyeTestServer app, string user, string nsp = "/") => app.Connect(nsp, new Dictionary<string, string> { ["user"] = user });

    private SockeyeTestServer Start(string json, RoutingPlugin? plugin = null) => new(
        server =>
        {
            foreach (var nsp in new[] { server.Of("/"), server.Of("/dash") })
            {
                nsp.Use(socket =>
                {
                    var name = socket.Handshake.Auth.GetString("user")!;
                    socket.Identity = new SocketIdentity(name) { Claims = name == "ann" ? [new SocketClaim("team", "red")] : [] };
                    socket.Join("lobby");
                    return ConnectResult.Accept;
                });
                nsp.OnAny(e => _seen.Add($"{e.Context.Name} {System.Text.Encoding.UTF8.GetString(e.ArgumentsUtf8)}".TrimEnd()));
            }
        },
        builder => builder.AddPlugin(plugin ?? new RoutingPlugin(), RulesSection.Of(json)));

    private sealed record Upload(byte[] Data, string By);
}
