using Xunit;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>Clients whose WebSocket carries text only.</summary>
public sealed class Base64Tests
{
    [Fact]
    public void A_WebSocket_client_that_asks_for_base64_gets_binary_as_text_and_text_as_ever()
    {
        using var engine = new EngineHarness();
        var peer = engine.ConnectWebSocket(EngineHarness.WebSocket + "&b64=1");
        peer.Take();
        engine.OnLoop(engine.Session, () =>
        {
            engine.Session.SendBinary([0, 1, 2, 3]);
            engine.Session.SendText("text"u8);
            engine.Session.SendBinary([]);
        });
        Assert.Equal(["bAAECAw==", "4text", "b"], peer.Take());
    }

    [Fact]
    public void A_binary_message_larger_than_one_batch_is_whole_base64()
    {
        using var engine = new EngineHarness();
        var peer = engine.ConnectWebSocket(EngineHarness.WebSocket + "&b64=1");
        peer.Take();
        byte[] large = [.. Enumerable.Range(0, 200_000).Select(i => (byte)i)];
        engine.OnLoop(engine.Session, () => engine.Session.SendBinary(large));
        Assert.Equal("b" + Convert.ToBase64String(large), peer.Next());
    }

    [Fact]
    public void A_client_that_goes_before_its_base64_has_left_leaks_nothing()
    {
        using var engine = new EngineHarness();
        var peer = engine.ConnectWebSocket(EngineHarness.WebSocket + "&b64=1");
        peer.Take();
        peer.Peer.StopReading = true;
        engine.OnLoop(engine.Session, () => engine.Session.SendBinary(new byte[200_000]));
        peer.Reset();
        Assert.Single(engine.Handler.Closes);
    }

    [Theory]
    [InlineData("bAAECAw==", "b:00010203")]
    [InlineData("b", "b:")]
    public void Binary_as_base64_is_taken_over_WebSocket(string text, string message)
    {
        using var engine = new EngineHarness();
        engine.ConnectWebSocket().Send(text);
        Assert.Equal([message], engine.Handler.Messages(engine.Session));
    }

    [Theory]
    [InlineData("bAAECAw")]
    [InlineData("b!AAA")]
    [InlineData("bAAEC\u001ebAAEC")]
    public void Base64_that_is_none_ends_the_session(string text)
    {
        using var engine = new EngineHarness();
        engine.ConnectWebSocket().Send(text);
        Assert.Empty(engine.Handler.Messages(engine.Session));
        Assert.StartsWith("parse error", Assert.Single(engine.Handler.Closes), StringComparison.Ordinal);
    }
}
