using Sockeye.Server.Clients;
using Xunit;

namespace Sockeye.Server.Tests.Hostile;

/// <summary>Packets at the wrong moment, in the wrong place, or too many of them.</summary>
public class SocketStateTests : HostileTest
{
    [Theory]
    [InlineData("2[\"x\"]")]
    [InlineData("21[\"x\"]")]
    [InlineData("31[]")]
    [InlineData("1")]
    [InlineData("2/other,[\"x\"]")]
    [InlineData("1/other,")]
    public void A_packet_before_CONNECT_closes_the_connection(string packet)
    {
        var heard = 0;
        var app = StartHostile(server =>
        {
            server.On("x", (SockeyeSocket socket) => { heard++; });
            server.Of("/other");
        });
        var client = app.Connect(joins: false);
        client.SendRaw(packet);
        AssertClosedAlone(app, client, packet);
        Assert.Equal(0, heard);
        Assert.Equal(1, Meters.Count("sockeye.protocol.errors", "socketio_state"));
        Assert.Contains(Log.Lines, static line => line.Text.Contains("127.0.0.1", StringComparison.Ordinal) && line.Text.Contains("not joined", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2[\"x\"]")]
    [InlineData("31[]")]
    [InlineData("1")]
    public void A_packet_after_DISCONNECT_closes_the_connection(string packet)
    {
        var app = StartHostile();
        var client = app.Connect();
        client.SendRaw("1");
        client.SendRaw(packet);
        AssertClosedAlone(app, client, packet);
    }

    [Fact]
    public void A_namespace_joined_twice_closes_the_connection_also_while_middleware_decides()
    {
        var undecided = new TaskCompletionSource<ConnectResult>();
        var app = StartHostile(server => server.Of("/slow").Use((socket, ct) => undecided.Task));
        AssertRefused(app, "0", "socketio_state");
        var client = app.Connect("/slow");
        client.SendRaw("0/slow,");
        AssertClosedAlone(app, client);
        undecided.SetResult(ConnectResult.Accept);
        app.RunUntilIdle();
        Assert.Equal(0, app.Server.Of("/slow").LocalCount);
    }

    [Fact]
    public void What_only_a_server_sends_closes_the_connection()
    {
        var app = StartHostile();
        AssertRefused(app, "4{\"message\":\"no\"}", "socketio_state");
        AssertRefused(app, "1[]", "socketio_payload");
    }

    [Fact]
    public void A_connection_that_joins_nothing_is_closed_after_45_seconds_and_not_before()
    {
        var app = StartHostile();
        var silent = app.Connect(joins: false);
        app.Advance(TimeSpan.FromSeconds(44.9));
        Assert.False(silent.IsClosed);
        app.Advance(TimeSpan.FromSeconds(0.2));
        AssertClosedAlone(app, silent);
    }

    [Fact]
    public void A_connection_may_be_in_32_namespaces_and_a_further_one_is_refused()
    {
        var app = StartHostile(server => server.Of((name, auth) => true));
        var client = app.Connect();
        for (var i = 1; i < 32; i++)
        {
            client.SendRaw($"0/n{i},");
        }

        app.RunUntilIdle();
        Assert.Equal(33, app.Context.Metrics.Total.Sockets);        // the bystander's is one of them
        client.SendRaw("0/n32,");
        app.RunUntilIdle();
        Assert.Equal(33, app.Context.Metrics.Total.Sockets);
        Assert.False(client.IsClosed);
        Assert.Equal(1, Meters.Count("sockeye.connects.refused", ""));
        AssertServes(app);
    }

    [Fact]
    public void Names_of_namespaces_made_up_by_clients_are_not_kept()
    {
        var app = StartHostile(server => server.Of((name, auth) => true));
        var client = app.Connect();
        for (var i = 0; i < 3000; i++)
        {
            client.SendRaw($"0/made-up-{i},");
            client.SendRaw($"1/made-up-{i},");
        }

        app.RunUntilIdle();
        Assert.False(client.IsClosed);
        Assert.InRange(app.Namespaces.Count, 1, 1026);
        AssertServes(app);
    }

    [Fact]
    public void A_client_that_leaves_while_middleware_decides_cannot_start_any_number_of_decisions()
    {
        var undecided = new TaskCompletionSource<ConnectResult>();
        var started = 0;
        var app = StartHostile(server => server.Of("/slow").Use((socket, ct) =>
        {
            started++;
            return undecided.Task;
        }));
        var client = app.Connect();
        for (var i = 0; i < 1000; i++)
        {
            client.SendRaw("0/slow,");
            client.SendRaw("1/slow,");
        }

        app.RunUntilIdle();
        Assert.Equal(32, started);
        undecided.SetResult(ConnectResult.Accept);
        Assert.True(app.RunUntil(() => true));
        AssertServes(app);
        Assert.Equal(0, app.Server.Of("/slow").LocalCount);
    }

    [Theory]
    [InlineData(254, true)]
    [InlineData(255, false)]
    public void The_name_of_a_namespace_has_at_most_255_bytes(int characters, bool isTaken)
    {
        var app = StartHostile(server => server.Of((name, auth) => true));
        var client = app.Connect();
        client.SendRaw("0/" + new string('n', characters) + ",");
        app.RunUntilIdle();
        Assert.Equal(isTaken, !client.IsClosed);
        AssertServes(app);
    }

    [Theory]
    [InlineData("0/a\nb,")]
    [InlineData("0/a\u0085b,")]
    [InlineData("0/a\u0000b,")]
    [InlineData("0/a\u007fb,")]
    public void The_name_of_a_namespace_has_no_control_character(string packet) => AssertRefused(StartHostile(server => server.Of((name, auth) => true)), packet, "socketio_namespace");

    [Theory]
    [InlineData(16 * 1024, true)]
    [InlineData((16 * 1024) + 1, false)]
    public void What_a_client_sends_to_enter_has_at_most_16_KiB(int bytes, bool isTaken)
    {
        var app = StartHostile(server => server.Of("/other"));
        var client = app.Connect();
        client.SendRaw("0/other,{\"a\":\"" + new string('x', bytes - 8) + "\"}");
        app.RunUntilIdle();
        Assert.Equal(isTaken, !client.IsClosed);
        AssertServes(app);
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void The_name_of_an_event_has_at_most_255_bytes_however_it_is_spelled(int characters, bool isTaken)
    {
        var app = StartHostile();
        foreach (var character in (string[])["e", "\\u0065"])
        {
            var client = app.Connect();
            client.SendRaw("2[\"" + string.Concat(Enumerable.Repeat(character, characters)) + "\"]");
            app.RunUntilIdle();
            Assert.Equal(isTaken, !client.IsClosed);
        }

        AssertServes(app);
    }

    [Theory]
    [InlineData("""2["\ud800"]""")]
    [InlineData("""2["a\udc00\u0062",1]""")]
    public void A_lone_surrogate_in_the_name_of_an_event_closes_the_connection_and_the_reason_says_so(string packet) =>
        AssertRefused(StartHostile(), packet, "socketio_event_name_surrogate");

    [Fact]
    public void A_NUL_may_stand_in_data_and_not_in_the_name_of_an_event()
    {
        var text = "";
        var app = StartHostile(server => server.On("x", (SockeyeSocket socket, string value) => text = value));
        var client = app.Connect();
        client.SendRaw("""2["x","a\u0000b"]""");
        app.RunUntilIdle();
        Assert.Equal("a\0b", text);
        AssertRefused(app, """2["x\u0000"]""", "socketio_event_name");
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("-0")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("0.1e-999999999")]
    public void Numbers_that_fit_no_type_fail_in_the_handler_that_asks_for_one_and_nowhere_else(string number)
    {
        var app = StartHostile(server =>
        {
            server.On("int", (SockeyeSocket socket, int value) => { });
            server.On("raw", (EventMessage e) => { e.Context.AckArgs(e.ToArray().Length); });
        });
        var client = app.Connect();
        client.SendRaw($"2[\"int\",{number}]");
        client.SendRaw($"2[\"raw\",{number}]");
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        Assert.DoesNotContain(Log.Lines, static line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Error && !line.Text.Contains("raw", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_that_mean_something_in_JavaScript_are_ordinary_data()
    {
        var json = "";
        var app = StartHostile(server =>
        {
            server.On("__proto__", (System.Text.Json.JsonElement value) => json = value.GetRawText());
            server.Of((name, auth) => name == "/constructor");
        });
        var client = app.Connect();
        client.SendRaw("""2["__proto__",{"__proto__":{"admin":true},"constructor":1}]""");
        client.SendRaw("0/constructor,");
        app.RunUntilIdle();
        Assert.Equal("""{"__proto__":{"admin":true},"constructor":1}""", json);
        Assert.Equal(1, app.Server.Of("/constructor").LocalCount);
    }

    [Theory]
    [InlineData("2[\"x\"]01[]")]
    [InlineData("200[\"x\"]")]
    [InlineData("29007199254740992[\"x\"]")]
    [InlineData("2-1[\"x\"]")]
    public void An_acknowledgement_id_is_a_plain_number_up_to_2_to_the_53(string packet)
    {
        var app = StartHostile();
        var client = app.Connect();
        client.SendRaw(packet);
        app.RunUntilIdle();
        Assert.True(client.IsClosed || packet.StartsWith("200", StringComparison.Ordinal));
        AssertServes(app);
    }

    [Fact]
    public void Acknowledgements_that_nobody_waits_for_are_counted_and_forgotten()
    {
        var app = StartHostile();
        var client = app.Connect();
        for (var i = 0; i < 10_000; i++)
        {
            client.SendRaw($"3{i}[]");
        }

        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        Assert.Equal(10_000, Meters.Count("sockeye.acks.unknown", ""));
        AssertServes(app);
    }

    [Fact]
    public void An_acknowledgement_counts_once_and_only_from_its_own_socket()
    {
        List<int> answers = [];
        var app = StartHostile();
        var victim = app.Connect();
        var attacker = app.Connect();
        OnLoop(app, () => _ = Ask());
        attacker.SendRaw("30[666]");
        app.RunUntilIdle();
        Assert.Empty(answers);
        victim.SendRaw("30[1]");
        victim.SendRaw("30[2]");
        app.RunUntilIdle();
        Assert.Equal([1], answers);

        async Task Ask() => answers.Add(await victim.Socket!.EmitWithAckAsync<int>("ask"));
    }

    [Fact]
    public void A_client_may_owe_a_thousand_acknowledgements_and_no_more()
    {
        var app = StartHostile();
        var client = app.Connect();
        List<Task<int>> asked = [];
        OnLoop(app, () =>
        {
            for (var i = 0; i < 1001; i++)
            {
                asked.Add(client.Socket!.EmitWithAckAsync<int>("ask"));
            }
        });
        Assert.Equal(1, asked.Count(static task => task.IsFaulted));
        Assert.True(asked[1000].IsFaulted);
        Assert.Equal(1, Meters.Count("sockeye.dropped", "open_acks"));
        app.Advance(TimeSpan.FromSeconds(10));
        Assert.All(asked, static task => Assert.True(task.IsFaulted));
        foreach (var task in asked)
        {
            Assert.NotNull(task.Exception);
        }
    }

    [Fact]
    public void Attachments_have_ten_seconds()
    {
        var app = StartHostile();
        var slow = app.Connect();
        slow.SendRaw("""52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        slow.SendRaw([1]);
        app.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(slow.IsClosed);
        app.Advance(TimeSpan.FromSeconds(0.2));
        AssertClosedAlone(app, slow);
        Assert.Contains(Log.Lines, static line => line.Text.Contains("attachments did not come within Limits:AttachmentTimeout", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void An_event_with_its_attachments_has_at_most_its_limit_of_bytes(int more, bool isTaken)
    {
        var received = 0;
        var app = StartHostile(server => server.On("x", (SockeyeSocket socket, byte[] a, byte[] b) => received = a.Length + b.Length), builder => builder.Options.Limits.EventBytes = 5000);
        const string Packet = """52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""";
        var client = app.Connect();
        client.SendRaw(Packet);
        client.SendRaw(new byte[2000]);
        client.SendRaw(new byte[3000 - Packet.Length + more]);
        app.RunUntilIdle();
        Assert.Equal(isTaken, !client.IsClosed);
        Assert.Equal(isTaken ? 5000 - Packet.Length : 0, received);
        AssertServes(app);
    }

    [Fact]
    public void A_text_where_an_attachment_is_due_closes_the_connection()
    {
        var app = StartHostile();
        var client = app.Connect();
        client.SendRaw("""51-["x",{"_placeholder":true,"num":0}]""");
        client.SendRaw("2[\"x\"]");
        AssertClosedAlone(app, client);
        Assert.Equal(1, Meters.Count("sockeye.protocol.errors", "socketio_unexpected_text"));
    }

    [Theory]
    [InlineData(127, 0)]
    [InlineData(129, 1)]
    public void Events_that_wait_for_a_handler_pause_the_connection_at_their_limit(int waiting, int pauses)
    {
        var release = new TaskCompletionSource();
        var handled = 0;
        var app = StartHostile(server => server.On("x", async (SockeyeSocket socket) =>
        {
            await release.Task;
            handled++;
        }));
        var client = app.Connect();
        for (var i = 0; i < waiting + 1; i++)
        {
            client.SendRaw("2[\"x\"]");
        }

        app.RunUntilIdle();
        Assert.Equal(pauses, Meters.Count("sockeye.handler.pauses", ""));
        AssertServes(app);
        release.SetResult();
        Assert.True(app.RunUntil(() => handled == waiting + 1));
    }

    [Fact]
    public void Events_that_wait_for_a_handler_pause_the_connection_at_their_limit_of_bytes()
    {
        var release = new TaskCompletionSource();
        var handled = 0;
        var app = StartHostile(server => server.On("x", async (SockeyeSocket socket, string text) =>
        {
            await release.Task;
            handled++;
        }));
        var client = app.Connect();
        var text = new string('x', 30_000);
        client.Emit("x", text);
        client.Emit("x", text);
        client.Emit("x", text);
        app.RunUntilIdle();
        Assert.Equal(0, Meters.Count("sockeye.handler.pauses", ""));
        client.Emit("x", text);
        app.RunUntilIdle();
        Assert.Equal(1, Meters.Count("sockeye.handler.pauses", ""));
        release.SetResult();
        Assert.True(app.RunUntil(() => handled == 4));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pause_ends_when_half_of_what_may_wait_is_left_and_not_before(bool byBytes)
    {
        List<TaskCompletionSource> running = [];
        var app = StartHostile(
            server => server.On("x", (SockeyeSocket socket, string text) =>
            {
                running.Add(new TaskCompletionSource());
                return running[^1].Task;
            }),
            builder =>
            {
                builder.Options.Limits.QueuedEventBytes = byBytes ? 1000 : 1 << 20;
                builder.Options.Limits.QueuedEvents = byBytes ? 1000 : 2;
            });
        var client = app.Connect();
        for (var i = 0; i < 4; i++)
        {
            client.Emit("x", new string('x', 350));
        }

        app.RunUntilIdle();
        var session = ((SocketIOClient)client.Socket!.Connection).Session;
        Assert.True(session.IsReadingPaused);
        running[0].SetResult();
        Assert.True(app.RunUntil(() => running.Count == 2));
        Assert.True(session.IsReadingPaused);
        running[1].SetResult();
        Assert.True(app.RunUntil(() => running.Count == 3));
        Assert.False(session.IsReadingPaused);
        running[2].SetResult();
        Assert.True(app.RunUntil(() => running.Count == 4));
        running[3].SetResult();
    }

    [Fact]
    public void What_is_on_the_way_to_several_namespaces_that_the_client_was_put_out_of_is_ignored()
    {
        var app = StartHostile(server =>
        {
            server.Of("/a");
            server.Of("/b");
        });
        var client = app.Connect("/a");
        client.SendRaw("0/b,");
        app.RunUntilIdle();
        app.Server.Of("/a").DisconnectSockets();
        app.Server.Of("/b").DisconnectSockets();
        client.SendRaw("2/a,[\"x\"]");
        client.SendRaw("2/b,[\"x\"]");
        client.SendRaw("2/a,[\"x\"]");
        app.RunUntilIdle();
        Assert.False(client.IsClosed);
        AssertServes(app);
    }

    [Fact]
    public void What_comes_for_a_namespace_that_the_client_was_put_out_of_and_has_joined_again_and_left_breaks_the_rules()
    {
        var app = StartHostile(server =>
        {
            server.Of("/a");
            server.Of("/b");
        });
        var client = app.Connect("/a");
        app.Server.Of("/a").DisconnectSockets();
        app.RunUntilIdle();
        client.Rejoin();
        app.RunUntilIdle();
        Assert.True(client.IsConnected);
        client.SendRaw("1/a,");
        app.RunUntilIdle();
        Assert.False(client.IsClosed);
        client.SendRaw("2/a,[\"x\"]");
        AssertClosedAlone(app, client);
    }

    [Fact]
    public void Handlers_that_run_concurrently_pause_the_connection_at_their_limit_and_it_goes_on_when_half_are_done()
    {
        List<TaskCompletionSource> running = [];
        var app = StartHostile(
            server => server.On("x", (SockeyeSocket socket) =>
            {
                var run = new TaskCompletionSource();
                running.Add(run);
                return run.Task;
            }).Concurrent(),
            builder => builder.Options.Limits.ConcurrentHandlers = 10);
        var client = app.Connect();
        for (var i = 0; i < 100; i++)
        {
            client.SendRaw("2[\"x\"]");
        }

        app.RunUntilIdle();
        Assert.Equal(11, running.Count);
        Assert.Equal(1, Meters.Count("sockeye.handler.pauses", ""));
        AssertServes(app);
        for (var i = 0; i < 6; i++)
        {
            running[i].SetResult();
        }

        Assert.True(app.RunUntil(() => running.Count == 17));
        for (var i = 6; i < running.Count; i++)
        {
            running[i].SetResult();
            app.RunUntilIdle();
        }

        Assert.True(app.RunUntil(() => running.Count == 100));
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void A_client_whose_handlers_do_not_catch_up_is_closed_after_thirty_seconds()
    {
        var never = new TaskCompletionSource();
        var app = StartHostile(server => server.On("x", (SockeyeSocket socket) => never.Task));
        var client = app.Connect();
        for (var i = 0; i < 200; i++)
        {
            client.SendRaw("2[\"x\"]");
        }

        app.RunUntilIdle();
        app.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(client.IsClosed);
        app.Advance(TimeSpan.FromSeconds(0.2));
        AssertClosedAlone(app, client);
        never.SetResult();
        app.RunUntilIdle();
    }
}
