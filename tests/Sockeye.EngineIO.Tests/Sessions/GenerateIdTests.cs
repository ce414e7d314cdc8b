using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

public sealed class GenerateIdTests
{
    private const string BadRequest = """{"code":3,"message":"Bad request"}""";

    [Fact]
    public void A_session_has_the_id_that_the_application_made_over_either_transport()
    {
        using var engine = new EngineHarness(new EngineOptions { GenerateId = static request => request.Query("id")! });
        var open = engine.Get(Polling + "&id=my-own-polling_id-1");
        Assert.Equal("my-own-polling_id-1", Sid(open.Text));
        Assert.Equal("my-own-polling_id-1", engine.Session.Id);
        Assert.Equal("ok", engine.Connect().Post(Polling + "&sid=my-own-polling_id-1", "4x").Text);
        var peer = engine.ConnectWebSocket(WebSocket + "&id=my-own-websocket_id");
        Assert.Equal("my-own-websocket_id", Sid(peer.Next()));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Its_requests_find_it_from_every_loop_and_it_upgrades(int own, int other)
    {
        var made = 0;
        using var engine = new EngineHarness(new EngineOptions { GenerateId = _ => $"custom-session-id-{made++}" }, loops: 2);
        var target = engine.Open(own);
        Assert.Equal("ok", engine.Connect(other).Post(target, "4x").Text);
        Assert.Equal(["x"], engine.Handler.Messages(engine.Session));
        var peer = engine.ConnectWebSocket(ToWebSocket(target), other);
        peer.Send("2probe");
        Assert.Equal("3probe", peer.Next());
        peer.Send("5");
        Assert.True(engine.Session.IsUpgraded);
        Assert.Equal(own, engine.Session.Loop.Index);
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void An_id_has_16_to_128_characters(int length, bool isTaken) => AssertTaken(new string('x', length), isTaken);

    [Theory]
    [InlineData("0123456789-_aAzZ", true)]
    [InlineData("0123456789-_aAz/", false)]
    [InlineData("0123456789-_aAz+", false)]
    [InlineData("0123456789-_aAz\"", false)]
    [InlineData("0123456789-_aAz ", false)]
    [InlineData("0123456789-_aAz\n", false)]
    [InlineData("0123456789-_aAzé", false)]
    [InlineData("0123456789-_aAz.", false)]
    [InlineData("0123456789-_aAz~", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Its_characters_need_no_escape_anywhere(string? id, bool isTaken) => AssertTaken(id, isTaken);

    [Fact]
    public void An_id_that_a_session_has_is_an_error_until_that_session_is_gone()
    {
        using var engine = new EngineHarness(new EngineOptions { GenerateId = _ => "always-the-same-id" }, loops: 2);
        var target = engine.Open(loop: 0);
        Assert.Equal(BadRequest, engine.Connect(loop: 1).Get(Polling).Text);
        Assert.Equal("ID_GENERATION_ERROR", Assert.Single(engine.Errors).Context["name"]);
        Assert.Equal(1, engine.Engine.SessionCount);
        Assert.Equal(1, engine.Engine.HeldSessions);
        Assert.Equal("ok", engine.Connect().Post(target, "4mine").Text);
        engine.OnLoop(engine.Session, () => engine.Session.Close(discard: true));
        engine.Connect().Get(target);
        Assert.Equal(0, engine.Engine.HeldSessions);
        engine.Open(loop: 1);
        Assert.Equal(1, engine.Session.Loop.Index);
        Assert.Equal("ok", engine.Connect(loop: 0).Post(target, "4next").Text);
        Assert.Equal(["next"], engine.Handler.Messages(engine.Session));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_generator_that_throws_refuses_with_code_3(bool later)
    {
        var options = new EngineOptions();
        if (later)
        {
            options.GenerateIdAsync = static async _ =>
            {
                await Task.Yield();
                throw new InvalidOperationException("broken");
            };
        }
        else
        {
            options.GenerateId = static _ => throw new InvalidOperationException("broken");
        }

        using var engine = new EngineHarness(options);
        var peer = engine.Connect().Send("GET", Polling);
        engine.Run();
        Assert.Equal(BadRequest, peer.Receive().Text);
        Assert.Equal("ID_GENERATION_ERROR", Assert.Single(engine.Errors).Context["name"]);
        var webSocket = engine.ConnectWebSocket();
        Assert.Equal(400, webSocket.Handshake.Status);
        Assert.Equal("Bad request", webSocket.Handshake.Text);
    }

    [Fact]
    public void An_id_may_be_waited_for()
    {
        var id = new TaskCompletionSource<string>();
        using var engine = new EngineHarness(new EngineOptions { GenerateIdAsync = _ => new ValueTask<string>(id.Task) });
        var peer = engine.Connect().Send("GET", Polling);
        Assert.Null(peer.TryReceive());
        id.SetResult("made-a-little-later");
        engine.Run();
        Assert.Equal("made-a-little-later", Sid(peer.Receive().Text));
    }

    [Fact]
    public void An_id_that_takes_too_long_is_an_error_at_the_nominal_moment()
    {
        var id = new TaskCompletionSource<string>();
        using var engine = new EngineHarness(new EngineOptions { GenerateIdAsync = _ => new ValueTask<string>(id.Task), HookTimeout = TimeSpan.FromSeconds(2) });
        var peer = engine.Connect().Send("GET", Polling);
        engine.Advance(1999);
        Assert.Null(peer.TryReceive());
        engine.Advance(1);
        Assert.Equal(BadRequest, peer.Receive().Text);
        id.SetResult("made-a-little-later");
        engine.Run();
        Assert.Empty(engine.Handler.Sessions);
    }

    [Fact]
    public void A_peer_that_goes_away_while_its_id_is_made_leaves_nothing()
    {
        var id = new TaskCompletionSource<string>();
        using var engine = new EngineHarness(new EngineOptions { GenerateIdAsync = _ => new ValueTask<string>(id.Task) });
        engine.Connect().Send("GET", Polling).Reset();
        id.SetResult("made-a-little-later");
        engine.Run();
        Assert.Empty(engine.Handler.Sessions);
        Assert.Equal(0, engine.Engine.SessionCount);
    }

    [Theory]
    [InlineData("constructor-of-no-one")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA")]
    [InlineData("short")]
    public void An_id_that_nobody_made_is_unknown(string sid)
    {
        using var engine = new EngineHarness(new EngineOptions { GenerateId = _ => "the-one-and-only-id" });
        engine.Open();
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", engine.Get(Polling + "&sid=" + sid).Text);
    }

    [Fact]
    public void Only_one_generator_may_be_set() => Assert.Contains(
        "GenerateId: not together with GenerateIdAsync.",
        new EngineOptions { GenerateId = _ => "", GenerateIdAsync = _ => new ValueTask<string>("") }.Validate());

    private static void AssertTaken(string? id, bool isTaken)
    {
        using var engine = new EngineHarness(new EngineOptions { GenerateId = _ => id! });
        var response = engine.Get(Polling);
        if (isTaken)
        {
            Assert.Equal(id, Sid(response.Text));
        }
        else
        {
            Assert.Equal(BadRequest, response.Text);
            Assert.Equal("ID_GENERATION_ERROR", Assert.Single(engine.Errors).Context["name"]);
        }
    }
}
