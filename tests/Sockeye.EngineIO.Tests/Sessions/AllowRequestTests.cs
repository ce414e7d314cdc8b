using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

public sealed class AllowRequestTests
{
    [Fact]
    public void A_decision_that_came_in_time_is_not_timed_out_later()
    {
        var decision = new TaskCompletionSource<AllowRequestResult>();
        using var engine = new EngineHarness(new EngineOptions { AllowRequestAsync = _ => new ValueTask<AllowRequestResult>(decision.Task), HookTimeout = TimeSpan.FromSeconds(2) });
        var peer = engine.Connect().Send("GET", EngineHarness.Polling);
        decision.SetResult(AllowRequestResult.Allow);
        engine.Run();
        Assert.Equal(200, peer.Receive().Status);
        engine.Advance(3000);
        Assert.Empty(engine.Errors);
    }

    [Fact]
    public void A_denied_polling_handshake_gets_403_with_code_4()
    {
        using var engine = new EngineHarness(new EngineOptions { AllowRequest = request => request.Query("deny") is null ? AllowRequestResult.Allow : AllowRequestResult.Deny() });
        var response = engine.Get(Polling + "&deny=1");
        Assert.Equal(403, response.Status);
        Assert.Equal("""{"code":4,"message":"Forbidden"}""", response.Text);
        Assert.Equal(EngineErrorCode.Forbidden, Assert.Single(engine.Errors).Code);
        engine.Open();
    }

    [Fact]
    public void A_denied_WebSocket_gets_403_and_the_message_as_text()
    {
        using var engine = new EngineHarness(new EngineOptions { AllowRequest = _ => AllowRequestResult.Deny("no <thanks>") });
        var peer = engine.ConnectWebSocket();
        Assert.Equal(403, peer.Handshake.Status);
        Assert.Equal("no &lt;thanks&gt;", peer.Handshake.Text);
        Assert.Equal("""{"code":4,"message":"no <thanks>"}""", engine.Get(Polling).Text);
    }

    [Fact]
    public void It_is_asked_for_handshakes_alone_and_before_the_revision_is_checked()
    {
        var asked = 0;
        using var engine = new EngineHarness(new EngineOptions
        {
            AllowRequest = _ =>
            {
                asked++;
                return AllowRequestResult.Allow;
            },
        });
        var target = engine.Open();
        engine.Connect().Post(target, "4x");
        Assert.Equal(1, asked);
        Assert.Contains("\"code\":5", engine.Get(Root + "?transport=polling").Text, StringComparison.Ordinal);
        Assert.Equal(2, asked);
        engine.Get(Root + "?EIO=4&transport=abc");
        Assert.Equal(2, asked);
    }

    [Fact]
    public void An_asynchronous_decision_holds_the_request()
    {
        var decision = new TaskCompletionSource<AllowRequestResult>();
        using var engine = new EngineHarness(new EngineOptions { AllowRequestAsync = _ => new ValueTask<AllowRequestResult>(decision.Task) });
        var peer = engine.Connect().Send("GET", Polling);
        Assert.Null(peer.TryReceive());
        decision.SetResult(AllowRequestResult.Allow);
        engine.Run();
        Assert.Equal(200, peer.Receive().Status);
    }

    [Fact]
    public void A_peer_that_goes_away_while_the_decision_is_awaited_leaves_nothing()
    {
        var decision = new TaskCompletionSource<AllowRequestResult>();
        using var engine = new EngineHarness(new EngineOptions { AllowRequestAsync = _ => new ValueTask<AllowRequestResult>(decision.Task) });
        var peer = engine.Connect().Send("GET", Polling);
        peer.Reset();
        decision.SetResult(AllowRequestResult.Allow);
        engine.Run();
        Assert.Empty(engine.Handler.Sessions);
        Assert.Equal(0, engine.Engine.SessionCount);
    }

    [Fact]
    public void A_decision_that_takes_too_long_is_a_refusal_at_the_nominal_moment()
    {
        var decision = new TaskCompletionSource<AllowRequestResult>();
        using var engine = new EngineHarness(new EngineOptions { AllowRequestAsync = _ => new ValueTask<AllowRequestResult>(decision.Task), HookTimeout = TimeSpan.FromSeconds(2) });
        var peer = engine.Connect().Send("GET", Polling);
        engine.Advance(1999);
        Assert.Null(peer.TryReceive());
        engine.Advance(1);
        Assert.Equal(403, peer.Receive().Status);
        decision.SetResult(AllowRequestResult.Allow);
        engine.Run();
        Assert.Empty(engine.Handler.Sessions);
    }

    [Fact]
    public void A_hook_that_throws_refuses()
    {
        using var engine = new EngineHarness(new EngineOptions { AllowRequest = _ => throw new InvalidOperationException("broken") });
        Assert.Equal("""{"code":4,"message":"Forbidden"}""", engine.Get(Polling).Text);
        using var later = new EngineHarness(new EngineOptions
        {
            AllowRequestAsync = async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("broken");
        }
        });
        var peer = later.Connect().Send("GET", Polling);
        later.Run();
        Assert.Equal("""{"code":4,"message":"Forbidden"}""", peer.Receive().Text);
    }
}
