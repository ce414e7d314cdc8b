using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Sockeye.Plugin.Routing.Inbound;
using Sockeye.Plugin.Routing.Outputs;
using Sockeye.Plugins;
using Sockeye.Testing;

namespace Sockeye.Plugin.Routing.Tests.Inbound;

public sealed class InboundRouteTests : IAsyncDisposable
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string OtherSecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private readonly SockeyeTestServer _server = new(server => server.Use(socket =>
    {
        if (socket.Handshake.Auth.GetString("user") is { } user)
        {
            socket.Identity = new SocketIdentity(user);
        }

        socket.Join("room-7");
        return ConnectResult.Accept;
    }));

    private readonly ConcurrentDictionary<string, long[]> _kept = new();
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private readonly Queue<KeyValuePair<string, long>> _order = new();
    private readonly AwaitedLog _log = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private long Now => _server.Time.GetUtcNow().ToUnixTimeSeconds();

    private InboundRoute Route(Func<InboundOptions, InboundOptions>? change = null)
    {
        var options = new InboundOptions { Secrets = [Secret], Room = "room-7" };
        options = change?.Invoke(options) ?? options;
        Assert.Empty(options.Check());
        var support = new InboundSupport(_server.Server, _server.Time, _log, (key, length) => _kept.GetOrAdd(key, _ => new long[length]), new ReplayMemory(_seen, _order, _server.Time));
        return new InboundRoute("alerts", options, support);
    }

    private PluginResponse Post(InboundRoute route, string body, string id = "m1", long? at = null, string secret = Secret, Action<Dictionary<string, string>>? spoil = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Null(WebhookSignature.TryReadKey(secret, out var key));
        var timestamp = at ?? Now;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["webhook-id"] = id,
            ["webhook-timestamp"] = timestamp.ToString(CultureInfo.InvariantCulture),
            ["webhook-signature"] = WebhookSignature.Sign([key], id, timestamp, bytes),
        };
        spoil?.Invoke(headers);
        return route.OnRequest(headers.GetValueOrDefault, bytes);
    }

    private static string Text(PluginResponse response) => Encoding.UTF8.GetString(response.Body.Span);

    [Fact]
    public void A_signed_request_becomes_an_event_to_a_room()
    {
        var client = _server.Connect();
        using var route = Route();

        var response = Post(route, """{"event":"alarm","arguments":[1,{"a":"ü"},null]}""");
        _server.RunUntilIdle();

        Assert.Equal(202, response.Status);
        var e = Assert.Single(client.Events);
        Assert.Equal("alarm", e.Name);
        Assert.Equal("""1,{"a":"ü"},null""", e.Json);
        Assert.Equal(1, route.Counts.Delivered);
    }

    [Fact]
    public void A_field_of_the_body_names_the_user_and_nobody_else_gets_it()
    {
        var ann = _server.Connect(auth: new { user = "ann-1" });
        var ben = _server.Connect(auth: new { user = "ben-1" });
        using var route = Route(options => options with { Room = null, User = "{name}-{n}", Event = "note" });

        Assert.Equal(202, Post(route, """{"name":"ann","n":1,"arguments":["hi"]}""").Status);
        _server.RunUntilIdle();

        Assert.Equal("note", Assert.Single(ann.Events).Name);
        Assert.Empty(ben.Events);
    }

    [Fact]
    public void With_neither_room_nor_user_everybody_of_the_namespace_gets_it()
    {
        var client = _server.Connect();
        using var route = Route(options => options with { Room = null, Event = "note", IsData = true });

        Assert.Equal(202, Post(route, """[1,2]""").Status);
        _server.RunUntilIdle();

        Assert.Equal("[1,2]", Assert.Single(client.Events).Json);
    }

    [Fact]
    public void A_request_that_was_taken_is_not_taken_again_when_the_window_becomes_longer()
    {
        const string Body = """{"event":"alarm"}""";
        var sent = Now;
        using var narrow = Route(static options => options with { Window = TimeSpan.FromSeconds(10) });
        Assert.Equal(202, Post(narrow, Body, "m1", sent).Status);
        Assert.Equal(202, Post(narrow, Body, "ahead", sent + 10).Status);
        _server.Advance(TimeSpan.FromSeconds(30));
        using var wide = Route(static options => options with { Window = TimeSpan.FromSeconds(60) });
        Assert.Equal(401, Post(wide, Body, "m1", sent).Status);
        Assert.Equal(401, Post(wide, Body, "ahead", sent + 10).Status);
        Assert.Equal(401, Post(wide, Body, "older", Now - 11).Status);

        // Once more, and shorter again: of several the shortest holds.
        using var wider = Route(static options => options with { Window = TimeSpan.FromSeconds(600) });
        Assert.Equal(401, Post(wider, Body, "ahead", sent + 10).Status);
        Assert.Equal(202, Post(wider, Body, "m2").Status);
        using var again = Route(static options => options with { Window = TimeSpan.FromSeconds(20) });
        Assert.Equal(409, Post(again, Body, "m2").Status);

        // What comes later is held to the window that there is.
        _server.Advance(TimeSpan.FromSeconds(100));
        var late = Now;
        _server.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(202, Post(again, Body, "m3", late).Status);
        Assert.Equal(401, Post(again, Body, "m4", late - 1).Status);
    }

    [Theory]
    [InlineData("webhook-id", null)]
    [InlineData("webhook-id", "")]
    [InlineData("webhook-id", "a.b")]
    [InlineData("webhook-id", "a b")]
    [InlineData("webhook-timestamp", null)]
    [InlineData("webhook-timestamp", "")]
    [InlineData("webhook-timestamp", "+5")]
    [InlineData("webhook-timestamp", "-5")]
    [InlineData("webhook-timestamp", "1e9")]
    [InlineData("webhook-timestamp", "99999999999999999999")]
    [InlineData("webhook-signature", null)]
    public void A_request_without_a_whole_signature_is_told_which_header_it_lacks(string header, string? value)
    {
        using var route = Route();

        var response = Post(route, """{"event":"alarm"}""", spoil: headers =>
        {
            headers.Remove(header);
            if (value is not null)
            {
                headers[header] = value;
            }
        });

        Assert.Equal(401, response.Status);
        Assert.StartsWith(header, Text(response), StringComparison.Ordinal);
        Assert.Equal(1, route.Counts.For(InboundFault.Unsigned));
        Assert.Empty(_seen);
    }

    [Fact]
    public void An_id_has_at_most_128_characters()
    {
        using var route = Route();

        Assert.Equal(202, Post(route, """{"event":"alarm"}""", id: new string('a', 128)).Status);
        Assert.Equal(401, Post(route, """{"event":"alarm"}""", id: new string('a', 129)).Status);
    }

    [Fact]
    public async Task A_signature_of_another_key_or_body_does_not_fit_and_is_told_without_secrets()
    {
        using var route = Route();

        var response = Post(route, """{"event":"alarm"}""", secret: OtherSecret);
        Assert.Equal(401, response.Status);
        Assert.Equal("no signature fits", Text(response));
        Assert.Equal(401, Post(route, """{"event":"alarm"}""", spoil: headers => headers["webhook-id"] = "other").Status);
        Assert.Equal(2, route.Counts.For(InboundFault.BadSignature));
        Assert.Empty(_seen);
        Assert.Equal("Routing: way in \"alerts\" did not deliver: bad_signature 1.", await _log.Line("bad_signature"));
    }

    [Fact]
    public void While_keys_change_either_signs()
    {
        using var route = Route(options => options with { Secrets = [OtherSecret, Secret] });

        Assert.Equal(202, Post(route, """{"event":"alarm"}""", id: "a").Status);
        Assert.Equal(202, Post(route, """{"event":"alarm"}""", id: "b", secret: OtherSecret).Status);
    }

    [Theory]
    [InlineData(-300, 202)]
    [InlineData(-301, 401)]
    [InlineData(300, 202)]
    [InlineData(301, 401)]
    public void A_clock_may_be_off_by_the_window_and_no_more(int seconds, int status)
    {
        using var route = Route();

        Assert.Equal(status, Post(route, """{"event":"alarm"}""", at: Now + seconds).Status);
        Assert.Equal(status == 202 ? 0 : 1, route.Counts.For(InboundFault.OutsideWindow));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    [InlineData(-300)]
    public void A_request_that_is_played_again_is_refused_as_long_as_its_signature_holds_and_for_its_age_afterwards(int off)
    {
        var client = _server.Connect();
        using var route = Route();
        var at = Now + off;
        Assert.Equal(202, Post(route, """{"event":"alarm"}""", at: at).Status);
        for (var i = 0; i <= 310 + off; i += 10)
        {
            var response = Post(route, """{"event":"alarm"}""", at: at);
            Assert.Contains(response.Status, new[] { 409, 401 });
            Assert.Equal(Math.Abs(Now - at) <= 300 ? 409 : 401, response.Status);
            _server.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Single(client.Events);
    }

    [Fact]
    public void A_sender_that_sends_again_hears_that_it_was_taken_and_it_is_not_taken_twice()
    {
        var client = _server.Connect();
        using var route = Route();
        Assert.Equal(202, Post(route, """{"event":"alarm"}""").Status);
        _server.Advance(TimeSpan.FromSeconds(2));

        var again = Post(route, """{"event":"alarm"}""");
        _server.RunUntilIdle();

        Assert.Equal(200, again.Status);
        Assert.Equal("""{"accepted":true,"repeated":true}""", Text(again));
        Assert.Single(client.Events);
        Assert.Equal(1, route.Counts.For(InboundFault.Repeated));
    }

    [Fact]
    public void Ids_are_remembered_up_to_the_limit_and_then_requests_are_refused_until_there_is_room()
    {
        using var route = Route();
        for (var i = 0; i < ReplayMemory.MaxIds - 1; i++)
        {
            _seen.Add("x/" + i.ToString(CultureInfo.InvariantCulture), 1);
        }

        Assert.Equal(202, Post(route, """{"event":"alarm"}""", id: "last").Status);
        var full = Post(route, """{"event":"alarm"}""", id: "one-more");
        Assert.Equal(503, full.Status);
        Assert.Equal("10", full.Headers["Retry-After"]);
        _server.Advance(TimeSpan.FromSeconds(602));
        Assert.Equal(202, Post(route, """{"event":"alarm"}""", id: "one-more").Status);
        Assert.Equal(1, route.Counts.For(InboundFault.MemoryFull));
    }

    [Fact]
    public void An_id_is_remembered_over_a_change_of_the_generation()
    {
        using (var route = Route())
        {
            Assert.Equal(202, Post(route, """{"event":"alarm"}""").Status);
        }

        using var next = Route();
        Assert.Equal(409, Post(next, """{"event":"alarm"}""").Status);
        Assert.Equal(2, next.Counts.Received);
    }

    [Fact]
    public void A_body_may_be_as_long_as_the_limit_and_no_longer()
    {
        using var route = Route(options => options with { MaxBodyBytes = 100, Event = "e", IsData = true });

        Assert.Equal(202, Post(route, $"\"{new string('x', 98)}\"", id: "a").Status);
        Assert.Equal(413, Post(route, $"\"{new string('x', 99)}\"", id: "b").Status);
        Assert.Equal(1, route.Counts.For(InboundFault.TooLarge));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"event":1}""")]
    [InlineData("""{"event":""}""")]
    [InlineData("""{"event":"connect"}""")]
    [InlineData("""{"event":"auth:ended"}""")]
    [InlineData("""{"event":"sockeye:refused"}""")]
    [InlineData("""{"event":"a\u0000"}""")]
    [InlineData("""{"event":"\ud800"}""")]
    [InlineData("""{"event":"a","event":"b"}""")]
    [InlineData("""{"event":"a","arguments":{}}""")]
    [InlineData("""{"event":"a","arguments":[1,]}""")]
    [InlineData("""{"event":"a"} x""")]
    public void A_body_that_is_none_gets_400_and_a_reason(string body)
    {
        using var route = Route();

        var response = Post(route, body);

        Assert.Equal(400, response.Status);
        Assert.NotEmpty(Text(response));
        Assert.Equal(1, route.Counts.For(InboundFault.Malformed));
        Assert.Empty(_seen);
    }

    [Fact]
    public void A_body_64_deep_is_read_and_one_deeper_is_not()
    {
        using var route = Route();

        Assert.Equal(202, Post(route, $$"""{"event":"a","arguments":{{new string('[', 63)}}{{new string(']', 63)}}}""", id: "a").Status);
        Assert.Equal(400, Post(route, $$"""{"event":"a","arguments":{{new string('[', 64)}}{{new string(']', 64)}}}""", id: "b").Status);
    }

    [Theory]
    [InlineData("""{"event":"a"}""")]
    [InlineData("""{"event":"a","region":""}""")]
    [InlineData("""{"event":"a","region":null}""")]
    [InlineData("""{"event":"a","region":1.5}""")]
    [InlineData("""{"event":"a","region":["x"]}""")]
    [InlineData("""{"event":"a","region":"x\u0000"}""")]
    public void A_body_without_the_field_that_names_the_receiver_gets_400(string body)
    {
        using var route = Route(options => options with { Room = "r-{region}" });

        Assert.Equal(400, Post(route, body).Status);
    }

    [Fact]
    public void A_name_of_a_receiver_has_at_most_255_characters()
    {
        using var route = Route(options => options with { Room = "r-{region}" });

        Assert.Equal(202, Post(route, $$"""{"event":"a","region":"{{new string('x', 253)}}"}""", id: "a").Status);
        Assert.Equal(400, Post(route, $$"""{"event":"a","region":"{{new string('x', 254)}}"}""", id: "b").Status);
    }

    [Fact]
    public void A_namespace_that_is_not_there_is_not_made()
    {
        using var route = Route(options => options with { Namespace = "/nowhere" });

        Assert.Equal(503, Post(route, """{"event":"a"}""").Status);
        Assert.Null(_server.Server.FindNamespace("/nowhere"));
        Assert.Equal(1, route.Counts.For(InboundFault.NoNamespace));
    }

    [Fact]
    public void A_message_of_the_bus_becomes_an_event_whatever_its_segments_and_one_that_is_none_is_counted()
    {
        var client = _server.Connect();
        using var route = Route(options => options with { Secrets = [], Subject = "alerts", MaxBodyBytes = 100 });

        var first = new Segment("""{"event":"al"""u8.ToArray());
        var last = first.Append("""arm","arguments":[1]}"""u8.ToArray());
        route.OnMessage(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length));
        route.OnMessage(new ReadOnlySequence<byte>("garbage"u8.ToArray()));
        route.OnMessage(new ReadOnlySequence<byte>([0xff, 0xfe]));
        route.OnMessage(new ReadOnlySequence<byte>(new byte[101]));
        route.OnMessage(default);
        _server.RunUntilIdle();

        Assert.Equal("alarm", Assert.Single(client.Events).Name);
        Assert.Equal(5, route.Counts.Received);
        Assert.Equal(1, route.Counts.Delivered);
        Assert.Equal(3, route.Counts.For(InboundFault.Malformed));
        Assert.Equal(1, route.Counts.For(InboundFault.TooLarge));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("{a}", true)]
    [InlineData("a-{b}-{c}", true)]
    [InlineData("", false)]
    [InlineData("{", false)]
    [InlineData("}", false)]
    [InlineData("{}", false)]
    [InlineData("a{b", false)]
    [InlineData("a}b", false)]
    [InlineData("{a{b}}", false)]
    public void The_name_of_a_receiver_is_read_before_it_is_used(string text, bool isName) => Assert.Equal(isName, InboundTarget.Fault(text) is null);

    [Fact]
    public void A_way_in_without_a_secret_is_refused()
    {
        Assert.Equal("Secrets", Assert.Single(new InboundOptions().Check()).Key);
        Assert.Equal("Secrets", Assert.Single(new InboundOptions { Secrets = ["whsec_AAAA"] }.Check()).Key);
        Assert.Equal("Secrets", Assert.Single(new InboundOptions { Subject = "a", Secrets = [Secret] }.Check()).Key);
        Assert.Equal("Subject", Assert.Single(new InboundOptions { Subject = "a..b" }.Check()).Key);
        Assert.Equal("Room", Assert.Single(new InboundOptions { Subject = "a", Room = "r", User = "u" }.Check()).Key);
        Assert.Equal("Event", Assert.Single(new InboundOptions { Subject = "a", IsData = true }.Check()).Key);
        Assert.Equal("Event", Assert.Single(new InboundOptions { Subject = "a", Event = "disconnect" }.Check()).Key);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
