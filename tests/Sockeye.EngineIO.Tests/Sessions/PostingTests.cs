using Sockeye.EngineIO.Http;
using Sockeye.Transport;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>What is sent from outside of the session's loop.</summary>
public sealed class PostingTests
{
    private static readonly OutboxOptions Small = new() { HighWatermarkBytes = 2250, LowWatermarkBytes = 1000, MaxBytes = 4550 };

    [Fact]
    public void A_message_of_any_size_is_taken_below_the_high_mark_from_other_threads_too()
    {
        using var engine = new EngineHarness(new EngineOptions { Outbox = Small });
        var target = engine.Open();
        Assert.Equal(EmitResult.AboveHighWatermark, engine.Session.SendText(new byte[5000].AsSpan()));
        engine.Run();
        Assert.Equal(5001, engine.Get(target).Body.Length);
    }

    [Fact]
    public void What_waits_for_the_loop_is_bounded_and_what_comes_on_top_is_dropped()
    {
        using var engine = new EngineHarness(new EngineOptions { Outbox = Small });
        var target = engine.Open();
        EmitResult[] results = [.. Enumerable.Range(0, 5).Select(_ => engine.Session.SendText(new byte[1000].AsSpan()))];
        Assert.Equal([EmitResult.Accepted, EmitResult.Accepted, EmitResult.AboveHighWatermark, EmitResult.AboveHighWatermark, EmitResult.Dropped], results);
        engine.Run();
        Assert.Equal(4 * 1002 - 1, engine.Get(target).Body.Length);
        Assert.Equal(1, engine.Session.Outbox.Dropped);
    }

    [Fact]
    public void The_policy_of_a_full_outbox_counts_for_messages_of_other_threads_too()
    {
        using var engine = new EngineHarness(new EngineOptions { Outbox = Small });
        engine.Open();
        for (var i = 0; i < 5; i++)
        {
            Assert.NotEqual(EmitResult.Dropped, engine.Session.SendText(new byte[1000].AsSpan()));
            engine.Run();
        }

        Assert.Equal(["slow consumer|the outbox is full"], engine.Handler.Closes);
    }

    [Fact]
    public void A_message_that_comes_when_the_loop_has_ended_is_given_back()
    {
        var transport = new MemoryTransport();
        var server = new HttpServer(new HttpServerOptions(), transport);
        var handler = new RecordingHandler();
        var engine = new EngineServer(new EngineOptions(), handler);
        engine.Attach(server);
        Assert.True(server.StartAsync("http://127.0.0.1:0").IsCompletedSuccessfully);
        new HttpPeer(transport).Get(Polling);
        Assert.True(transport.StopAsync().IsCompletedSuccessfully);
        var open = BufferCounters.Rented - BufferCounters.Returned;
        handler.Sessions[0].SendText("late"u8);
        Assert.Equal(0, handler.Sessions[0].OutboxBytes);
        Assert.Equal(open, BufferCounters.Rented - BufferCounters.Returned);
    }
}
