using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.Sessions;
using Sockeye.Transport;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>Shedding goes on, whatever becomes of a loop or of one of the readers.</summary>
public sealed class MemoryBudgetTests
{
    [Fact]
    public void A_reader_whose_shedding_throws_does_not_end_the_shedding()
    {
        using var engine = Harness();
        _ = engine.Open();
        var stubborn = new Stubborn(engine.Transport.Loops[0], 2_000_000);
        engine.Connections.Add(stubborn);
        Owe(engine, 980_000);
        Assert.Equal(1, stubborn.Sheds);
        engine.Advance(1000);
        Assert.Equal(2, stubborn.Sheds);
        stubborn.Bytes = 0;
        engine.Advance(1000);
        Assert.Equal(["slow consumer|the memory budget is used up"], engine.Handler.Closes);
        engine.Connections.Remove(stubborn);
    }

    [Fact]
    public void A_loop_that_has_ended_does_not_end_the_shedding()
    {
        var dead = new MemoryTransport(1);
        Assert.True(dead.StopAsync().IsCompletedSuccessfully);
        using var engine = Harness();
        _ = engine.Open();
        engine.Engine.Budget.Tables = [.. engine.Engine.Budget.Tables, new SessionTable(dead.Loops[0], new EngineOptions(), engine.Engine.Budget)];
        var gone = new Stubborn(dead.Loops[0], 2_000_000);
        engine.Connections.Add(gone);
        Owe(engine, 980_000);
        gone.Bytes = 0;
        engine.Advance(1000);
        Assert.Equal(["slow consumer|the memory budget is used up"], engine.Handler.Closes);
        engine.Connections.Remove(gone);
    }

    [Fact]
    public void A_loop_that_is_stuck_holds_the_shedding_up_for_two_seconds_and_no_longer()
    {
        var stuck = new MemoryTransport(1);
        using var engine = Harness();
        _ = engine.Open();
        engine.Engine.Budget.Tables = [.. engine.Engine.Budget.Tables, new SessionTable(stuck.Loops[0], new EngineOptions(), engine.Engine.Budget)];
        Owe(engine, 980_000);
        engine.Advance(1000);
        Assert.Empty(engine.Handler.Closes);
        engine.Advance(2000);
        Assert.Equal(["slow consumer|the memory budget is used up"], engine.Handler.Closes);
        stuck.RunUntilIdle();
        Assert.True(stuck.StopAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void The_connection_of_a_polling_session_that_is_shed_ends_with_the_answer_that_it_does_not_read()
    {
        using var engine = Harness();
        var target = engine.Open();
        var poll = engine.Connect();
        poll.Peer.StopReading = true;
        poll.Send("GET", target);
        Owe(engine, 980_000);
        Owe(engine, 980_000);
        Assert.Equal(["slow consumer|the memory budget is used up"], engine.Handler.Closes);
        Assert.True(poll.Peer.IsReset);
    }

    [Fact]
    public void Who_sends_a_body_without_end_is_shed_and_no_slow_reader_pays_for_it()
    {
        using var engine = Harness();
        var poll = SlowReader(engine);
        var poster = engine.Connect();
        poster.Peer.Send(System.Text.Encoding.ASCII.GetBytes($"POST {engine.Open()} HTTP/1.1\r\nHost: t\r\nContent-Type: text/plain\r\nContent-Length: 900000\r\n\r\n4{new string('x', 500_000)}"));
        engine.Advance(1);
        poster.Peer.Send(new byte[380_000]);
        engine.Transport.RunUntilIdle();
        Assert.True(poster.Peer.IsReset);
        Assert.False(poll.Peer.IsReset);
        Assert.InRange(BufferCounters.HeldBytes, 200_000, 800_000);
    }

    [Fact]
    public void A_body_that_comes_is_not_among_those_that_go_from_80_percent_on()
    {
        using var engine = Harness();
        var poster = engine.Connect();
        poster.Peer.Send(System.Text.Encoding.ASCII.GetBytes($"POST {engine.Open()} HTTP/1.1\r\nHost: t\r\nContent-Type: text/plain\r\nContent-Length: 900000\r\n\r\n4{new string('x', 500_000)}"));
        engine.Transport.RunUntilIdle();
        Owe(engine, 200_000);
        Assert.InRange(BufferCounters.HeldBytes, 800_001, 950_000);
        engine.Advance(3000);
        Assert.False(poster.Peer.IsReset);
    }

    [Fact]
    public void Who_sends_without_end_over_a_WebSocket_on_trial_is_shed_and_no_slow_reader_pays_for_it()
    {
        using var engine = Harness();
        var poll = SlowReader(engine);
        var trial = engine.ConnectWebSocket(ToWebSocket(engine.Open()));
        trial.Peer.Send([0x81, 0xFF, 0, 0, 0, 0, 0, 0x0F, 0x40, 0, 0, 0, 0, 0, .. new byte[500_000]]);
        engine.Advance(1);
        trial.Peer.Send(new byte[380_000]);
        engine.Transport.RunUntilIdle();
        Assert.True(trial.Peer.IsReset);
        Assert.False(poll.Peer.IsReset);
    }

    [Theory, InlineData(30_000, 100), InlineData(100, 30_000)]
    public void While_the_last_POST_of_an_upgrade_is_delivered_it_counts_and_what_has_come_over_the_WebSocket_counts_once(int posted, int sent)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var post = engine.Connect();
        var webSocket = engine.ConnectWebSocket(ToWebSocket(target));
        webSocket.Send("2probe");
        engine.OnLoop(engine.Session, engine.Session.PauseReading);
        var before = ((IReader)engine.Session).Cost;
        post.Send("POST", target, "4" + new string('x', posted));
        webSocket.SendTogether("5", "4" + new string('x', sent));
        Assert.NotNull(engine.Session.Upgrade?.LastPost);
        Assert.InRange(((IReader)engine.Session).Cost - before, posted + sent, posted + sent + 100);
        engine.OnLoop(engine.Session, engine.Session.ResumeReading);
        engine.Run();
        Assert.Equal([posted, sent], engine.Handler.Messages(engine.Session).Select(static message => message.Length));
        Assert.Equal(before, ((IReader)engine.Session).Cost);
    }

    [Fact]
    public void The_heads_of_sessions_count_as_long_as_they_live()
    {
        using var engine = new EngineHarness();
        var held = BufferCounters.HeldBytes;
        var padding = "X: " + new string('x', 10_000);
        var target = Polling + "&sid=" + Sid(engine.Connect().Get(Polling, padding).Text);
        Assert.InRange(BufferCounters.HeldBytes - held, 10_000, 10_200);
        var webSocket = engine.ConnectWebSocket(ToWebSocket(target), 0, padding);
        Assert.InRange(BufferCounters.HeldBytes - held, 20_000, 20_500);
        webSocket.Peer.Reset();
        engine.OnLoop(engine.Session, () => engine.Session.Close());
        engine.Advance(60_000);
        Assert.Equal(held, BufferCounters.HeldBytes);
    }

    /// <summary>A client that does not read its poll, for which 200,000 bytes wait.</summary>
    private static HttpPeer SlowReader(EngineHarness engine)
    {
        var poll = engine.Connect();
        var target = engine.Open();
        poll.Peer.StopReading = true;
        poll.Send("GET", target);
        Owe(engine, 200_000);
        engine.Advance(1);
        return poll;
    }

    private static EngineHarness Harness() => new(new EngineOptions { MemoryBudgetBytes = 1_000_000 });

    private static void Owe(EngineHarness engine, int bytes)
        => engine.OnLoop(engine.Session, () => engine.Session.SendText(new byte[bytes]));

    /// <summary>A reader that cannot be closed.</summary>
    private sealed class Stubborn(ITransportLoop loop, long bytes) : IStoppable, IReader
    {
        public long Bytes { get; set; } = bytes;

        public int Sheds { get; private set; }

        public ITransportLoop Loop => loop;

        public IReader Reader => this;

        public int Place { get; set; }

        public bool IsOpen => true;

        public bool IsExpendable => false;

        public long Cost => Bytes;

        public void Shed()
        {
            Sheds++;
            throw new InvalidOperationException("I stay.");
        }

        public void Shutdown()
        {
        }

        public void Abort()
        {
        }
    }
}
