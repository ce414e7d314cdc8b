using System.Globalization;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

public sealed class UpgradeTests
{
    [Fact]
    public void A_poll_that_waits_during_an_upgrade_gets_its_noop_after_100_ms_and_so_does_each_further_one()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        engine.Advance(1000);
        Assert.Equal("3probe", peer.Send("2probe").Next());
        engine.Advance(99);
        Assert.Null(poll.TryReceive());
        engine.Advance(1);
        Assert.Equal("6", poll.Receive().Text);
        poll.Send("GET", target);
        engine.Advance(99);
        Assert.Null(poll.TryReceive());
        engine.Advance(1);
        Assert.Equal("6", poll.Receive().Text);
        Assert.Equal("ok", engine.Connect().Post(target, "4also").Text);
        Assert.False(engine.Session.IsUpgraded);
        engine.OnLoop(engine.Session, () => engine.Session.SendText("first over WebSocket"u8));
        peer.SendTogether("5", "4hello");
        Assert.Equal("4first over WebSocket", peer.Next());
        Assert.Equal(["also", "hello"], engine.Handler.Messages(engine.Session));
        Assert.Equal(("websocket", true), (engine.Session.Transport, engine.Session.IsUpgraded));
        Assert.Empty(engine.Handler.Closes);
    }

    /// <summary>A noop that overtakes it would leave it to the WebSocket, behind the upgrade.</summary>
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(true, 4)]
    [InlineData(false, 4)]
    public void A_poll_that_waits_during_an_upgrade_gets_what_is_queued_meanwhile(bool waitsBefore, int loops)
    {
        using var engine = new EngineHarness(loops: loops);
        engine.Handler.Echo = true;
        var target = engine.Open();
        var poll = engine.Connect(1 % loops);
        if (waitsBefore)
        {
            poll.Send("GET", target);
        }

        var peer = engine.ConnectWebSocket(ToWebSocket(target), 2 % loops);
        Assert.Equal("3probe", peer.Send("2probe").Next());
        if (!waitsBefore)
        {
            poll.Send("GET", target);
        }

        engine.Advance(50);
        Assert.Equal("ok", engine.Connect().Post(target, "4answer").Text);
        Assert.Equal("4answer", poll.Receive().Text);
        engine.OnLoop(engine.Session, () => engine.Session.SendText("queued"u8));
        Assert.Equal("4queued", poll.Get(target).Text);
        Assert.Empty(peer.Take());
    }

    [Fact]
    public void After_the_upgrade_polling_is_refused_and_a_second_WebSocket_is_closed_and_the_session_lives_on()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = Upgraded(engine, target);
        var poll = engine.Get(target);
        Assert.Equal((400, """{"code":3,"message":"Bad request"}"""), (poll.Status, poll.Text));
        Assert.Equal("TRANSPORT_MISMATCH", engine.Errors[^1].Context["name"]);
        Assert.Equal(400, engine.Connect().Post(target, "4x").Status);
        var second = engine.ConnectWebSocket(ToWebSocket(target));
        Assert.Equal((101, 1005), (second.Handshake.Status, second.ReadClose()));
        second.Send("2probe");
        second.SendClose();
        peer.Send("4alive");
        Assert.Equal(["alive"], engine.Handler.Messages(engine.Session));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("4data")]
    [InlineData("2")]
    [InlineData("2probes")]
    [InlineData("3")]
    [InlineData("x")]
    public void Anything_but_a_probe_closes_the_newcomer_alone(string packet)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        peer.Send(packet);
        Assert.Equal(1005, peer.ReadClose());
        peer.Send("2probe").Send("5");
        Assert.Equal("ok", engine.Connect().Post(target, "4x").Text);
        Assert.Equal(["x"], engine.Handler.Messages(engine.Session));
        Assert.Equal("polling", engine.Session.Transport);
        Upgraded(engine, target);
    }

    [Fact]
    public void Anything_but_the_upgrade_after_the_probe_closes_the_newcomer_and_polls_are_held_again()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        peer.Send("2probe");
        peer.SendBinary([1]);
        Assert.Equal(1005, peer.ReadClose());
        var poll = engine.Connect().Send("GET", target);
        Assert.Null(poll.TryReceive());
        Assert.Empty(engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public void A_second_newcomer_is_turned_away_and_the_first_may_go_on()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var first = engine.ConnectWebSocket(ToWebSocket(target));
        var second = engine.ConnectWebSocket(ToWebSocket(target));
        Assert.Equal((101, 1005), (second.Handshake.Status, second.ReadClose()));
        first.Send("2probe").Send("5").Send("4x");
        Assert.Equal(["x"], engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public void A_newcomer_that_dies_leaves_the_session_and_the_way_free_for_another()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        foreach (var sent in (string[][])[[], ["2probe"]])
        {
            var reset = engine.ConnectWebSocket(ToWebSocket(target));
            reset.SendTogether(sent);
            reset.Reset();
            var closed = engine.ConnectWebSocket(ToWebSocket(target));
            closed.SendTogether(sent);
            closed.SendClose(1001);
        }

        Assert.Empty(engine.Handler.Closes);
        Upgraded(engine, target).Send("4x");
        Assert.Equal(["x"], engine.Handler.Messages(engine.Session));
    }

    [Theory]
    [InlineData(false, 9_999, false)]
    [InlineData(false, 10_000, true)]
    [InlineData(true, 9_999, false)]
    [InlineData(true, 10_000, true)]
    public void A_newcomer_that_does_not_finish_is_closed_at_the_upgrade_timeout(bool hasProbed, double moment, bool isClosed)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        if (hasProbed)
        {
            peer.Send("2probe");
        }

        engine.Advance(moment);
        Assert.Equal(isClosed ? 1005 : null, peer.ReadClose());
        Assert.Equal("ok", engine.Connect().Post(target, "4x").Text);
        Assert.Empty(engine.Handler.Closes);
    }

    [Fact]
    public void A_session_that_ends_takes_a_newcomer_along_that_has_not_probed()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        engine.Connect().Post(target, "bad");
        Assert.Equal(1005, peer.ReadClose());
        Assert.Single(engine.Handler.Closes);
    }

    [Theory]
    [InlineData(true, 1002)]
    [InlineData(false, 1005)]
    public void A_newcomer_that_has_probed_outlives_its_session_until_the_upgrade_or_the_end_of_its_time(bool upgrades, int code)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        peer.Send("2probe");
        Assert.Equal(400, engine.Connect().Post(target, "bad").Status);
        Assert.Equal(0, engine.Engine.HeldSessions);
        engine.Advance(9_999);
        Assert.Null(peer.ReadClose());
        if (upgrades)
        {
            peer.Send("5").Send("4late");
        }
        else
        {
            engine.Advance(1);
        }

        Assert.Equal(code, peer.ReadClose());
        Assert.Single(engine.Handler.Closes);
        Assert.Empty(engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public void What_is_queued_and_the_close_follow_over_the_WebSocket_when_the_session_ends_during_the_upgrade()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        peer.Send("2probe");
        peer.Take();
        engine.OnLoop(engine.Session, () =>
        {
            for (var i = 0; i < 100; i++)
            {
                engine.Session.SendText(System.Text.Encoding.ASCII.GetBytes($"{i}"));
            }

            engine.Session.Close();
        });
        Assert.Null(peer.ReadClose());
        Assert.Equal("ok", engine.Connect().Post(target, "4late").Text);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"4{i}"), peer.Send("5").Take());
        Assert.Equal(1005, peer.ReadClose());
        Assert.Equal(400, engine.Get(target).Status);
        peer.SendClose();
        Assert.Equal(0, engine.Engine.HeldSessions);
        Assert.Empty(engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public async Task A_server_that_closes_waits_for_the_upgrade_that_is_under_way_and_not_for_one_that_is_given_up()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        peer.Send("2probe");
        var leaves = engine.ConnectWebSocket(ToWebSocket(engine.Open()));
        leaves.Send("2probe");
        var closed = engine.Engine.CloseAsync();
        engine.Run();
        Assert.Equal(2, engine.Engine.HeldSessions);
        leaves.Close();
        Assert.Equal(1, engine.Engine.HeldSessions);
        Assert.Equal(1005, peer.Send("5").ReadClose());
        peer.SendClose();
        await closed.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Upgrades_can_be_switched_off()
    {
        using var engine = new EngineHarness(new EngineOptions { AllowUpgrades = false });
        var open = engine.Get(Polling);
        Assert.Contains("\"upgrades\":[]", open.Text, StringComparison.Ordinal);
        var peer = engine.ConnectWebSocket(WebSocket + "&sid=" + Sid(open.Text));
        Assert.Equal((400, "Bad request"), (peer.Handshake.Status, peer.Handshake.Text));
        Assert.Equal(101, engine.ConnectWebSocket().Handshake.Status);
    }

    [Fact]
    public void A_POST_under_way_at_the_upgrade_comes_before_what_follows_on_the_WebSocket()
    {
        using var engine = new EngineHarness(loops: 4);
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target), loop: 1);
        peer.Send("2probe");
        var request = HttpPeer.Request("POST", target, "41\u001e42");
        var post = engine.Connect(2);
        post.Peer.Send(request.AsSpan()[..^1]);
        engine.Run();
        peer.SendTogether("5", "43", "44");
        Assert.Empty(engine.Handler.Messages(engine.Session));
        post.Peer.Send(request.AsSpan()[^1..]);
        engine.Run();
        Assert.Equal("ok", post.Receive().Text);
        Assert.Equal(["1", "2", "3", "4"], engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public void A_paused_session_stays_paused_across_the_upgrade()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var post = engine.Connect();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        peer.Send("2probe");
        engine.OnLoop(engine.Session, engine.Session.PauseReading);
        post.Send("POST", target, "41\u001e42");
        peer.SendTogether("5", "43");
        Assert.Empty(engine.Handler.Messages(engine.Session));
        engine.OnLoop(engine.Session, engine.Session.ResumeReading);
        engine.Run();
        Assert.Equal("ok", post.Receive().Text);
        Assert.Equal(["1", "2", "3"], engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public void A_ping_that_found_no_poll_follows_over_the_WebSocket()
    {
        using var engine = new EngineHarness(new EngineOptions { PingInterval = TimeSpan.FromSeconds(1) });
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        peer.Send("2probe");
        peer.Take();
        engine.Advance(1000);
        Assert.Empty(peer.Take());
        Assert.Equal("2", peer.Send("5").Next());
    }

    [Fact]
    public void A_poll_waits_as_long_as_ever_once_the_newcomer_is_gone()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        peer.Send("2probe");
        peer.Close();
        engine.Advance(1000);
        Assert.Null(poll.TryReceive());
        engine.OnLoop(engine.Session, () => engine.Session.SendText("x"u8));
        Assert.Equal("4x", poll.Receive().Text);
    }

    [Fact]
    public void A_poll_that_waits_at_the_upgrade_against_the_rules_is_released_empty()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        // In one piece, so that the probe's noop and the upgrade fall into the same turn as the poll.
        var poll = engine.Connect();
        poll.Peer.Send(HttpPeer.Request("GET", target));
        peer.SendTogether("2probe", "5");
        engine.OnLoop(engine.Session, () => engine.Session.SendText("x"u8));
        Assert.Contains(poll.Receive().Text, (string[])["6", """{"code":3,"message":"Bad request"}"""]);
        Assert.Equal(["3probe", "4x"], peer.Take());
    }

    /// <summary>Every order of six messages each way and the four steps of an upgrade, with polls open or not, with the upgrade in one piece with what follows.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void No_packet_is_lost_doubled_or_reordered_wherever_the_switch_falls(int loops)
    {
        const int Messages = 6;
        for (var connect = 0; connect <= Messages; connect++)
        {
            for (var probe = connect; probe <= Messages; probe++)
            {
                for (var upgrade = probe; upgrade <= Messages; upgrade++)
                {
                    foreach (var pollsFirst in (bool[])[true, false])
                    {
                        using var engine = new EngineHarness(loops: loops);
                        Switching(engine, loops, Messages, connect, probe, upgrade, pollsFirst);
                    }
                }
            }
        }
    }

    private static void Switching(EngineHarness engine, int loops, int messages, int connectAt, int probeAt, int upgradeAt, bool pollsFirst)
    {
        var target = engine.Open(connectAt % loops);
        var session = engine.Session;
        var poll = engine.Connect(probeAt % loops);
        var post = engine.Connect(upgradeAt % loops);
        WebSocketPeer? peer = null;
        var received = new List<string>();
        var isPolling = false;
        var sent = 0;
        for (var i = 0; i <= messages; i++)
        {
            if (i == connectAt)
            {
                peer = engine.ConnectWebSocket(ToWebSocket(target), (i + 1) % loops);
            }

            if (i == probeAt)
            {
                peer!.Send("2probe");
                Assert.Equal("3probe", peer.Next());
            }

            if (i == upgradeAt)
            {
                DrainPolls();
                peer!.SendTogether("5", $"4{i}");
            }
            else if (i > upgradeAt)
            {
                peer!.Send($"4{i}");
            }
            else
            {
                if (pollsFirst && !isPolling && i < probeAt)
                {
                    isPolling = true;
                    poll.Send("GET", target);
                }

                Assert.Equal("ok", post.Post(target, $"4{i}").Text);
            }

            // Two at a time: one message may still wait in the outbox when the next step comes.
            engine.OnLoop(session, () =>
            {
                session.SendText(System.Text.Encoding.ASCII.GetBytes(sent++.ToString(CultureInfo.InvariantCulture)));
                session.SendText(System.Text.Encoding.ASCII.GetBytes(sent++.ToString(CultureInfo.InvariantCulture)));
            });
            if (i < upgradeAt && isPolling && poll.TryReceive() is { } answer)
            {
                isPolling = false;
                Take(answer.Text);
            }

            if (i >= upgradeAt)
            {
                received.AddRange(peer!.Take());
            }
        }

        Assert.Equal(Enumerable.Range(0, messages + 1).Select(i => $"{i}"), engine.Handler.Messages(session));
        Assert.Equal(Enumerable.Range(0, sent).Select(i => $"4{i}"), received);
        Assert.Empty(engine.Handler.Closes);

        // The client waits for its poll to end before it upgrades; while the server is upgrading that is soon.
        void DrainPolls()
        {
            if (isPolling)
            {
                isPolling = false;
                engine.Advance(100);
                Take(poll.Receive().Text);
            }
        }

        void Take(string payload) => received.AddRange(payload.Split('\u001e').Where(packet => packet != "6"));
    }

    private static WebSocketPeer Upgraded(EngineHarness engine, string target)
    {
        var peer = engine.ConnectWebSocket(ToWebSocket(target));
        Assert.Equal("3probe", peer.Send("2probe").Next());
        peer.Send("5");
        Assert.Equal("websocket", engine.Session.Transport);
        return peer;
    }
}
