using System.Globalization;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol.WebSockets;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>A body of many packets: it shares its loop with the others, and whatever happens in the middle of it.</summary>
public sealed class LargeBodyTests
{
    private const int Slice = 1024;
    private const int Packets = (3 * Slice) + 7;

    private static string Body(int packets, int padding = 0) =>
        string.Join('\u001e', Enumerable.Range(0, packets).Select(i => $"4{i}" + new string('x', padding)));

    private static IEnumerable<string> Numbers(int count) => Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture));

    [Theory]
    [InlineData(Slice, 1)]
    [InlineData(Slice + 1, 2)]
    [InlineData(65_536, 64)]
    public void A_body_of_many_packets_is_delivered_over_several_turns_in_order(int packets, int turns)
    {
        using var engine = new EngineHarness();
        var seen = new HashSet<long>();
        engine.Handler.Received = (session, _) => seen.Add(session.Loop.Counters.Turns);
        var target = engine.Open();
        Assert.Equal("ok", engine.Connect().Post(target, Body(packets)).Text);
        Assert.Equal(Numbers(packets), engine.Handler.Messages(engine.Session));
        Assert.Equal(turns, seen.Count);
    }

    [Fact]
    public void Others_are_served_between_two_slices()
    {
        using var engine = new EngineHarness(http: new HttpOptions { FramesPerTurn = 10 });
        var order = new List<string>();
        var other = engine.ConnectWebSocket();
        engine.Handler.Received = (_, text) =>
        {
            order.Add(text);
            if (text == "5")
            {
                other.Queue(WebSocketFrames.Text, "4other"u8.ToArray());
            }
        };
        var target = engine.Open();
        Assert.Equal("ok", engine.Connect().Post(target, Body(100)).Text);
        Assert.InRange(order.IndexOf("other"), 10, 20);
    }

    [Fact]
    public void A_fault_behind_many_packets_is_found_behind_them()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        Assert.Equal(400, engine.Connect().Post(target, Body(Slice) + "\u001e").Status);
        Assert.Equal(Numbers(Slice), engine.Handler.Messages(engine.Session));
        target = engine.Open();
        Assert.Equal(400, engine.Connect().Post(target, Body(Packets) + "\u001ebad").Status);
        Assert.Equal(Numbers(Packets), engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public void A_close_between_two_slices_answers_the_POST_and_drops_the_rest()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        engine.Handler.Received = (session, text) =>
        {
            if (text == "5")
            {
                session.Loop.Post(static state => ((EngineSession)state!).Close(), session);
            }
        };
        Assert.Equal("ok", engine.Connect().Post(target, Body(Packets)).Text);
        Assert.Equal(Numbers(Slice), engine.Handler.Messages(engine.Session));
        Assert.Equal("1", engine.Get(target).Text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_upgrade_between_two_slices_keeps_the_order(int loops)
    {
        using var engine = new EngineHarness(loops: loops);
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target), 1 % loops);
        peer.Send("2probe");
        engine.Handler.Received = (_, text) =>
        {
            if (text == "5")
            {
                peer.Queue(WebSocketFrames.Text, "5"u8.ToArray());
                peer.Queue(WebSocketFrames.Text, "4behind"u8.ToArray());
            }
        };
        Assert.Equal("ok", engine.Connect(2 % loops).Post(target, Body(Packets)).Text);
        Assert.Equal([.. Numbers(Packets), "behind"], engine.Handler.Messages(engine.Session));
        Assert.Equal("websocket", engine.Session.Transport);
    }

    /// <summary>A page that sends its last events and is closed.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_client_that_goes_between_two_slices_has_all_of_them_delivered_before_its_end(bool pollEnds, bool postEnds)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        var post = engine.Connect();
        engine.Handler.Received = (_, text) =>
        {
            if (text != "5")
            {
                return;
            }

            if (pollEnds)
            {
                poll.Peer.Reset();
            }

            if (postEnds)
            {
                post.Peer.Reset();
            }
        };
        post.Send("POST", target, Body(Packets));
        Assert.Equal(Numbers(Packets), engine.Handler.Messages(engine.Session));
        Assert.Equal(pollEnds ? ["transport error|poll connection closed prematurely"] : [], engine.Handler.Closes);
    }

    [Fact]
    public void A_second_POST_between_two_slices_is_an_overlap()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var second = engine.Connect();
        engine.Handler.Received = (_, text) =>
        {
            if (text == "5")
            {
                second.Peer.Send(HttpPeer.Request("POST", target, "4second"));
            }
        };
        Assert.Equal(400, engine.Connect().Post(target, Body(Packets)).Status);
        Assert.Equal(400, second.Receive().Status);
        Assert.Equal(["transport error|data request overlap from client"], engine.Handler.Closes);
    }

    /// <summary>A copy of the rest for each of them would be 800 MB.</summary>
    [Fact]
    public void A_pause_after_each_message_copies_nothing()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        engine.Handler.Received = (session, _) => session.PauseReading();
        var post = engine.Connect().Send("POST", target, Body(2000, padding: 390));
        var session = engine.Session;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1999; i++)
        {
            engine.OnLoop(session, session.ResumeReading);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
        Assert.Equal(2000, engine.Handler.Messages(session).Count);
        Assert.Equal("ok", post.Receive().Text);
        engine.OnLoop(session, session.ResumeReading);
    }
}
