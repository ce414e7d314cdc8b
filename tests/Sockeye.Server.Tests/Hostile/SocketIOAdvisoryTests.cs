using System.Text;
using Xunit;

namespace Sockeye.Server.Tests.Hostile;

/// <summary>The published faults of Socket.IO servers in other languages, each by its id.</summary>
public class SocketIOAdvisoryTests : HostileTest
{
    [Fact]
    public void CVE_2024_38355_a_bad_packet_closes_its_connection_alone_though_nobody_listens_for_errors()
    {
        var app = StartHostile();
        AssertRefused(app, "x", "socketio_packet_type");
        AssertRefused(app, "", "socketio_empty_packet");
        AssertRefused(app, "2[\"a\"", "socketio_json");
        Assert.Contains(Log.Lines, static line => line.Text.Contains("127.0.0.1", StringComparison.Ordinal) && line.Text.Contains("The packet type is unknown.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""51-["x",{"_placeholder":true,"num":"__proto__"}]""")]
    [InlineData("""51-["x",{"_placeholder":true,"num":"splice"}]""")]
    [InlineData("""51-["x",{"_placeholder":true,"num":-1}]""")]
    [InlineData("""51-["x",{"_placeholder":true,"num":0.5}]""")]
    [InlineData("""51-["x",{"_placeholder":true,"num":1}]""")]
    [InlineData("""51-["x",{"_placeholder":true,"num":4294967296}]""")]
    [InlineData("""51-["x",{"_placeholder":true}]""")]
    [InlineData("""51-["x",{"_placeholder":true,"num":null}]""")]
    [InlineData("""51-["x"]""")]
    [InlineData("""52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]""")]
    public void CVE_2022_2421_a_placeholder_that_names_no_attachment_closes_the_connection(string packet)
    {
        var received = 0;
        var app = StartHostile(server => server.OnAny(_ => received++));
        AssertRefused(app, packet, "socketio_placeholder");
        Assert.Equal(2, received);          // the two pings of the bystanders
    }

    [Fact]
    public void CVE_2022_2421_what_looks_like_a_placeholder_in_an_event_without_attachments_is_data()
    {
        var text = "";
        var app = StartHostile(server => server.On("x", (System.Text.Json.JsonElement value) => text = value.GetRawText()));
        var client = app.Connect();
        client.SendRaw("""2["x",{"_placeholder":true,"num":0}]""");
        client.SendRaw("""2["x",{"_placeholder":true,"num":"__proto__"}]""");
        app.RunUntilIdle();
        Assert.Equal("""{"_placeholder":true,"num":"__proto__"}""", text);
        AssertServes(app);
    }

    [Theory]
    [InlineData("""2[{"toString":"foo"}]""", "socketio_event_name")]
    [InlineData("2[true]", "socketio_event_name")]
    [InlineData("2[null]", "socketio_event_name")]
    [InlineData("2[]", "socketio_event_name")]
    [InlineData("2[[\"a\"]]", "socketio_event_name")]
    [InlineData("2{}", "socketio_payload")]
    [InlineData("2\"a\"", "socketio_payload")]
    [InlineData("2", "socketio_payload")]
    public void CVE_2023_32695_an_event_name_that_is_no_name_closes_the_connection(string packet, string rule) => AssertRefused(StartHostile(), packet, rule);

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    [InlineData("\\u0063onnect")]
    [InlineData("dis\\u0063onnec\\u0074")]
    public void Parser_4_2_4_a_reserved_name_reaches_no_listener_and_no_filter(string name)
    {
        List<string?> seen = [];
        var app = StartHostile(server =>
        {
            server.OnAny(e => seen.Add(e.Context.Name.Text));
            server.UseEvent(e =>
            {
                seen.Add(e.Context.Name.Text);
                return EventVerdict.Continue;
            });
        });
        AssertRefused(app, $"2[\"{name}\",1]", "socketio_reserved_event");
        Assert.All(seen, static heard => Assert.Equal("ping", heard));
    }

    [Fact]
    public void Parser_4_2_4_a_reserved_name_cannot_be_sent_or_listened_for()
    {
        var app = StartHostile();
        var client = app.Connect();
        foreach (var name in (string[])["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])
        {
            Assert.Throws<ArgumentException>(() => client.Socket!.Emit(name));
            Assert.Throws<ArgumentException>(() => app.Server.Emit(name));
            Assert.Throws<ArgumentException>(() => app.Server.On(name, (SockeyeSocket socket) => { }));
        }

        AssertServes(app);
    }

    [Fact]
    public void CVE_2026_33151_too_many_announced_attachments_close_at_the_header_before_any_buffer_and_the_log_names_the_limit()
    {
        var app = StartHostile();
        foreach (var count in (string[])["11", "999999", "4294967297", "99999999999999999999999999"])
        {
            AssertRefused(app, $"5{count}-[\"x\"]", "socketio_attachments");
        }

        Assert.Contains(Log.Lines, static line => line.Text.Contains("Limits:Attachments", StringComparison.Ordinal) && line.Text.Contains("127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public void CVE_2026_33151_as_many_attachments_as_the_limit_says_are_taken()
    {
        var bytes = 0;
        var app = StartHostile(server => server.On("x", (EventMessage e) => bytes = e.Attachments.Count));
        var client = app.Connect();
        client.SendRaw("510-[\"x\"," + string.Join(',', Enumerable.Range(0, 10).Select(static i => $"{{\"_placeholder\":true,\"num\":{i}}}")) + "]");
        for (var i = 0; i < 10; i++)
        {
            client.SendRaw([(byte)i]);
        }

        app.RunUntilIdle();
        Assert.Equal(10, bytes);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void CVE_2026_69185_zero_attachments_and_attachments_that_nobody_announced_close_the_connection()
    {
        var app = StartHostile();
        AssertRefused(app, "50-[\"x\"]", "socketio_attachment_count");
        AssertRefused(app, "5-[\"x\"]", "socketio_attachment_count");
        AssertRefused(app, "61[]", "socketio_attachment_count");
        var client = app.Connect();
        client.SendRaw("binary"u8);
        AssertClosedAlone(app, client);
        Assert.Equal(1, Meters.Count("sockeye.protocol.errors", "socketio_unexpected_binary"));
    }

    [Fact]
    public void CVE_2020_36049_a_packet_of_a_million_bytes_costs_at_most_three_times_its_size_also_with_a_long_namespace_or_id()
    {
        var received = 0;
        var app = StartHostile(server => server.On("x", (SockeyeSocket socket, string text) => received = text.Length));
        var client = app.Connect();
        const int Size = 900_000;
        client.SendRaw("2[\"x\",\"" + new string('a', Size) + "\"]");
        var allocated = Allocated(() => app.Transport.RunUntilIdle());
        Assert.Equal(Size, received);
        var text = 2 * Size;                    // the handler's own string
        Assert.True(allocated - text < 3 * Size, $"{allocated} bytes were allocated");

        AssertRefused(app, "2/" + new string('n', Size) + ",[\"x\"]", "socketio_namespace_bytes");
        AssertRefused(app, "2" + new string('9', Size) + "[\"x\"]", "socketio_ack_id");
        AssertRefused(app, "2[\"" + new string('e', Size) + "\"]", "socketio_event_name_bytes");
    }

    [Fact]
    public void CVE_2026_48804_attachments_are_kept_for_a_joined_namespace_alone_and_no_longer_than_it_is_joined()
    {
        var app = StartHostile(server => server.Of("/other"));
        AssertRefused(app, """51-/other,["x",{"_placeholder":true,"num":0}]""", "socketio_state");

        var stranger = app.Connect(joins: false);
        stranger.SendRaw("""51-["x",{"_placeholder":true,"num":0}]""");
        AssertClosedAlone(app, stranger);

        // Leaving in between is a text where an attachment is due.
        var leaver = app.Connect();
        leaver.SendRaw("""51-["x",{"_placeholder":true,"num":0}]""");
        leaver.SendRaw("1");
        AssertClosedAlone(app, leaver);

        // The server's own disconnect in between: the client could not know yet, so its event is dropped.
        var received = 0;
        var kicked = app.Connect();
        app.Server.On("x", (SockeyeSocket socket) => { received++; });
        kicked.SendRaw("""51-["x",{"_placeholder":true,"num":0}]""");
        app.RunUntilIdle();
        kicked.Socket!.Disconnect();
        app.RunUntilIdle();
        kicked.SendRaw([1]);
        app.RunUntilIdle();
        Assert.Equal(0, received);
        AssertServes(app);
    }

    [Theory]
    [InlineData("[", "socketio_json_depth")]
    [InlineData("{\"a\":", "socketio_json_depth")]
    public void CVE_2026_45591_and_CVE_2024_21907_a_million_levels_are_an_error_and_no_crash(string level, string rule)
    {
        var app = StartHostile();
        var deep = new StringBuilder().Insert(0, level, 900_000 / level.Length).ToString();
        AssertRefused(app, "2[\"x\"," + deep, rule);
        AssertRefused(app, "30" + deep, level == "[" ? rule : "socketio_payload");
        var client = app.Connect(joins: false);
        client.SendRaw("0" + "{\"a\":" + deep);
        AssertClosedAlone(app, client);
        var binary = app.Connect();
        binary.SendRaw(Enumerable.Repeat((byte)0x91, 900_000).ToArray());
        AssertClosedAlone(app, binary);
    }

    [Fact]
    public void CVE_2026_45591_sixty_four_levels_are_taken_and_one_more_is_not()
    {
        var levels = 0;
        var app = StartHostile(server => server.On("x", (System.Text.Json.JsonElement value) => levels = value.GetRawText().Count(static c => c == '[')));
        var client = app.Connect();
        client.SendRaw("2[\"x\"," + new string('[', 63) + new string(']', 63) + "]");
        app.RunUntilIdle();
        Assert.Equal(63, levels);
        AssertRefused(app, "2[\"x\"," + new string('[', 64) + new string(']', 64) + "]", "socketio_json_depth");
    }

    [Fact]
    public void CVE_2026_114147_rooms_are_compared_by_their_exact_letters_and_nothing_stays_behind()
    {
        var app = StartHostile();
        var client = app.Connect();
        var before = app.Namespaces.Main.Members.RoomCount;
        OnLoop(app, () =>
        {
            client.Socket!.Join("A");
            client.Socket.Leave("a");
            Assert.Contains("A", client.Socket.Rooms);
            client.Socket.Join("a");
            client.Socket.Leave("A");
            Assert.DoesNotContain("A", client.Socket.Rooms);
            client.Socket.Leave("a");
        });
        Assert.Equal(before, app.Namespaces.Main.Members.RoomCount);
    }

    [Fact]
    public void OSV_2020_1695_a_hundred_thousand_rooms_are_joined_and_left()
    {
        var app = StartHostile(build: builder => builder.Options.Limits.RoomsPerSocket = 200_000);
        var before = app.Namespaces.Main.Members.RoomCount;
        var client = app.Connect();
        OnLoop(app, () =>
        {
            for (var i = 0; i < 100_000; i++)
            {
                Assert.True(client.Socket!.Join("room-" + i));
            }
        });
        client.Close();
        app.RunUntilIdle();
        Assert.Equal(before, app.Namespaces.Main.Members.RoomCount);
        AssertServes(app);
    }
}
