using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>Clients that offer subprotocols: browsers fail a WebSocket whose offer is not answered.</summary>
public sealed class SubprotocolTests
{
    private const string Field = "Sec-WebSocket-Protocol";

    private static WebSocketPeer AtHandshake(EngineHarness engine, string offered) => engine.ConnectWebSocket(headers: $"{Field}: {offered}");

    private static WebSocketPeer AtUpgrade(EngineHarness engine, string offered) => engine.ConnectWebSocket(ToWebSocket(engine.Open()), headers: $"{Field}: {offered}");

    [Theory]
    [InlineData("a, b", "a")]
    [InlineData("b,a", "b")]
    [InlineData("not a token, c", "c")]
    [InlineData(",", null)]
    public void The_first_that_is_offered_is_answered_at_the_handshake_and_at_the_upgrade(string offered, string? chosen)
    {
        using var engine = new EngineHarness();
        foreach (var peer in new[] { AtHandshake(engine, offered), AtUpgrade(engine, offered) })
        {
            Assert.Equal(101, peer.Handshake.Status);
            Assert.Equal(chosen, peer.Handshake.Header(Field));
        }
    }

    [Theory]
    [InlineData("b")]
    [InlineData(null)]
    public void The_application_may_choose(string? choice)
    {
        var asked = new List<string>();
        using var engine = new EngineHarness(new EngineOptions
        {
            SelectSubprotocol = (request, offered) =>
            {
                asked.Add($"{request.Query("transport")}: {string.Join(' ', offered)}");
                return choice;
            },
        });
        Assert.Equal(choice, AtHandshake(engine, "a, b").Handshake.Header(Field));
        Assert.Equal(choice, AtUpgrade(engine, "a, b").Handshake.Header(Field));
        Assert.Equal(["websocket: a b", "websocket: a b"], asked);
        Assert.Null(engine.ConnectWebSocket().Handshake.Header(Field));
        Assert.Equal(2, asked.Count);
    }

    [Theory]
    [InlineData("c")]
    [InlineData("A")]
    [InlineData("a\r\nX: y")]
    [InlineData("throw")]
    public void A_choice_that_was_not_offered_is_refused_and_a_session_that_polls_lives_on(string choice)
    {
        using var engine = new EngineHarness(new EngineOptions { SelectSubprotocol = (_, _) => choice == "throw" ? throw new InvalidOperationException("no") : choice });
        Assert.Equal(400, AtHandshake(engine, "a").Handshake.Status);
        Assert.Equal(0, engine.Engine.HeldSessions);
        var target = engine.Open();
        Assert.Equal(400, engine.ConnectWebSocket(ToWebSocket(target), headers: $"{Field}: a").Handshake.Status);
        Assert.Equal("SUBPROTOCOL_SELECTION_ERROR", engine.Errors[^1].Context["name"]);
        Assert.Equal("ok", engine.Connect().Post(target, "4x").Text);
    }
}
