using System.Text;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>A session ends while its client upgrades: for every reason and at every moment the client learns of it at once, and gets what was queued before.</summary>
public sealed class ClosingUpgradeTests
{
    /// <summary>How a session ends. The first ones are the server's own: what was queued before still leaves.</summary>
    public enum Ending
    {
        ByApplication,
        ByApplicationWithinTheMessage,
        ByHandlerLag,
        ByShutdown,
        ByDrain,
        Discarding,
        BySlowConsumer,
        ByParseError,
        ByPayloadTooLarge,
        ByPingTimeout,
        ByMemoryBudget,
        ByClient,
    }

    /// <summary>Where the client stands then.</summary>
    public enum Moment
    {
        BeforeTheProbe,
        ProbeUnderWay,
        ProbeAnswered,
        WaitingForItsPoll,
        WaitingForItsPost,
        WaitingForBoth,
        BetweenNoopAndUpgrade,
    }

    public static TheoryData<Ending, Moment, int> All()
    {
        var all = new TheoryData<Ending, Moment, int>();
        foreach (var end in Enum.GetValues<Ending>())
        {
            foreach (var moment in Enum.GetValues<Moment>())
            {
                all.Add(end, moment, 1);
                all.Add(end, moment, 4);
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_client_that_upgrades_learns_of_the_end_at_once_whatever_the_reason_and_the_moment(Ending end, Moment moment, int loops)
    {
        var options = new EngineOptions
        {
            MaxPayloadBytes = 10_000,
            UpgradeTimeout = TimeSpan.FromSeconds(60),
            Outbox = new OutboxOptions { MaxMessages = 4 },
        };
        using var engine = new EngineHarness(options, loops);
        var target = engine.Open();
        var session = engine.Session;
        var client = new UpgradingClient(engine, target, loops);
        if (end == Ending.ByPingTimeout)
        {
            // The upgrade falls just before the deadline of a ping that nobody answers.
            client.IsHeld = true;
            client.Poll();
            engine.Advance(44_800);
            client.Pump();
        }

        Reach(moment, client, engine, end);
        if (end is not (Ending.ByApplicationWithinTheMessage or Ending.BySlowConsumer))
        {
            engine.OnLoop(session, () => session.SendText("last"u8));
        }

        Finish(end, client, engine, target);
        client.IsHeld = false;
        client.EndPost();
        client.Pump();
        // A noop may come late by this much.
        engine.Advance(100);
        client.Pump();
        Assert.Single(engine.Handler.Closes);
        if (end == Ending.ByClient)
        {
            return;             // it knows
        }

        Assert.Contains(client.Closed, (string[])["transport close", "transport error"]);
        if (end is Ending.ByApplication or Ending.ByApplicationWithinTheMessage or Ending.ByHandlerLag or Ending.ByShutdown or Ending.ByDrain)
        {
            // A server that stops waits for no poll that is not there: its client finds it gone.
            var mayMiss = end is Ending.ByShutdown or Ending.ByDrain && client.Closed == "transport error";
            Assert.Equal(mayMiss ? "transport error" : "transport close", client.Closed);
            if (!mayMiss)
            {
                Assert.Equal(["last"], client.Received);
            }
        }
    }

    private static void Reach(Moment moment, UpgradingClient client, EngineHarness engine, Ending end)
    {
        client.IsHeld = true;
        if (moment == Moment.WaitingForItsPost || moment == Moment.WaitingForBoth)
        {
            client.BeginPost(Body(end), 1);
        }

        if (moment is Moment.WaitingForItsPoll or Moment.WaitingForBoth)
        {
            client.Poll();
        }

        client.ConnectWebSocket();
        if (moment == Moment.BeforeTheProbe)
        {
            return;
        }

        client.Probe();
        if (moment == Moment.ProbeUnderWay)
        {
            return;             // the answer has left, the client has not read it
        }

        client.Pump();
        if (moment == Moment.WaitingForItsPoll || moment == Moment.WaitingForBoth)
        {
            // The noop has come at once or will come; another poll waits in its place.
            client.Poll();
        }
        else if (moment == Moment.BetweenNoopAndUpgrade)
        {
            client.Poll();
            engine.Advance(100);
            client.Pump();
            Assert.False(client.IsPolling);
        }
    }

    private static string Body(Ending end) => end switch
    {
        Ending.ByParseError => "4a\u001ebad",
        Ending.ByClient => "1",
        _ => "4post",
    };

    private static void Finish(Ending end, UpgradingClient client, EngineHarness engine, string target)
    {
        var session = engine.Session;
        switch (end)
        {
            case Ending.ByApplication:
                engine.OnLoop(session, () => session.Close());
                break;
            case Ending.ByApplicationWithinTheMessage:
                engine.Handler.Received = (receiver, _) =>
                {
                    receiver.SendText("last"u8);
                    receiver.Close();
                };
                PostNow("4close");
                break;
            case Ending.ByHandlerLag:
                engine.OnLoop(session, () => session.Close(DisconnectReason.HandlerLag));
                break;
            case Ending.ByShutdown:
                _ = engine.Engine.CloseAsync();
                engine.Run();
                break;
            case Ending.ByDrain:
                _ = engine.Engine.DrainAsync(TimeSpan.FromMilliseconds(10), CancellationToken.None);
                engine.Advance(10);
                break;
            case Ending.Discarding:
                engine.OnLoop(session, () => session.Close(discard: true));
                break;
            case Ending.BySlowConsumer:
                engine.OnLoop(session, () =>
                {
                    for (var i = 0; i < 5; i++)
                    {
                        session.SendText(Encoding.ASCII.GetBytes($"{i}"));
                    }
                });
                break;
            case Ending.ByParseError:
                PostNow("4a\u001ebad");
                break;
            case Ending.ByPayloadTooLarge:
                PostNow("4" + new string('x', 20_000), whole: true);
                break;
            case Ending.ByPingTimeout:
                engine.Advance(200);
                break;
            case Ending.ByMemoryBudget:
                engine.OnLoop(session, ((Connections.IReader)session).Shed);
                break;
            case Ending.ByClient:
                PostNow("1");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(end));
        }

        // A POST that waits for its last byte goes on; else it is a new one.
        void PostNow(string body, bool whole = false)
        {
            if (client.IsPosting && !whole)
            {
                client.EndPost();
            }
            else if (client.IsPosting)
            {
                engine.Connect().Send("POST", target, body);
            }
            else
            {
                client.Post(body);
            }
        }
    }
}
