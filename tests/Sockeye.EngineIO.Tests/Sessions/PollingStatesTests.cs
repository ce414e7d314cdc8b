using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.Sessions;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>docs/polling.md tells the truth: each row of its tables is walked, and its states are all that there are.</summary>
public sealed class PollingStatesTests
{
    private const string NoUpgrade = "–";

    /// <summary>How a client comes to a state.</summary>
    private static readonly Dictionary<string, Action<Walk>> s_reach = new()
    {
        ["GET|None"] = _ => { },
        ["GET|Waiting"] = walk => walk.SendGet(),
        ["GET|Answering"] = walk =>
        {
            walk.Send("answer");
            walk.SendGet();
        },
        ["GET|AnsweringLast"] = walk =>
        {
            walk.SendGet();
            walk.Close();
        },
        ["POST|None"] = _ => { },
        ["POST|Reading"] = walk => walk.BeginPost("4a"),
        ["POST|Delivering"] = _ => { },         // the handlers see it
        ["POST|Held"] = walk => walk.HoldPost(),
        ["POST|Scheduled"] = walk => walk.HoldPost(),
        ["POST|Delivered"] = walk => walk.SendPost("1"),
        ["Phase|Carrying"] = _ => { },
        ["Phase|Closing"] = walk =>
        {
            walk.Probe();
            walk.Close();
        },
        ["Phase|AwaitingUpgrade"] = walk =>
        {
            walk.Probe();
            walk.Close(DisconnectReason.ServerShuttingDown);
        },
        ["Upgrade|–"] = _ => { },
        ["Upgrade|Trial"] = walk => walk.ConnectWebSocket(),
        ["Upgrade|Probed"] = walk => walk.Probe(),
        ["Upgrade|LastPost"] = walk =>
        {
            walk.BeginPost("4a");
            walk.Probe();
            walk.WebSocket!.Send("5");
        },
    };

    /// <summary>What happens then.</summary>
    private static readonly Dictionary<string, Action<Walk>> s_events = new()
    {
        ["GET|a GET comes and nothing is queued"] = walk => walk.SendGet(),
        ["GET|a GET comes and a message is queued"] = walk =>
        {
            walk.Send("queued");
            walk.SendGet();
        },
        ["GET|a GET comes after the client's close"] = walk =>
        {
            walk.SendPost("1");
            walk.SendGet();
        },
        ["GET|a message is queued"] = walk => walk.Send("queued"),
        ["GET|a ping is due"] = walk => walk.Engine.Advance(25_000),
        ["GET|100 ms pass and the client upgrades"] = walk =>
        {
            walk.Probe();
            walk.Engine.Advance(99);
            Assert.Equal(PollState.Waiting, walk.Polling.Poll);
            walk.Engine.Advance(1);
        },
        ["GET|the client upgrades nevertheless"] = walk => walk.Upgrade(),
        ["GET|the session is closed"] = walk => walk.Close(),
        ["GET|the session is closed behind a message"] = walk => walk.Engine.OnLoop(walk.Session, () =>
        {
            walk.Session.SendText("last"u8);
            walk.Session.Close();
        }),
        ["GET|another GET comes"] = walk => Assert.Equal(400, walk.Engine.Get(walk.Target).Status),
        ["GET|its connection is lost"] = walk => walk.Get!.Reset(),
        ["GET|the kernel has taken it"] = walk =>
        {
            walk.Get!.Peer.StopReading = false;
            walk.Get.Peer.WindowBytes = int.MaxValue;
            walk.Engine.Run();
        },
        ["POST|a POST comes"] = walk => walk.BeginPost("4a"),
        ["POST|its body is there"] = walk =>
        {
            walk.EndPost();
            walk.Found = walk.InHandler.ToString();
        },
        ["POST|its body is there while reading is paused"] = walk =>
        {
            walk.Engine.OnLoop(walk.Session, walk.Session.PauseReading);
            walk.EndPost();
        },
        ["POST|another POST comes"] = walk =>
        {
            Assert.Equal(400, walk.Engine.Connect().Post(walk.Target, "4x").Status);
            Assert.Equal(400, walk.Post!.Receive().Status);
        },
        ["POST|its connection is lost"] = walk => walk.Post!.Reset(),
        ["POST|the session is closed"] = walk => walk.Close(),
        ["POST|the session fails"] = walk => walk.Engine.OnLoop(walk.Session, () => walk.Session.End(DisconnectReason.TransportError, null, CloseKind.Failure)),
        ["POST|all is delivered"] = walk =>
        {
            walk.SendPost("4a");
            Assert.Equal("ok", walk.Post!.Receive().Text);
        },
        ["POST|a handler pauses reading"] = walk =>
        {
            walk.Engine.Handler.Received += (session, text) =>
            {
                if (text == "a")
                {
                    session.PauseReading();
                }
            };
            walk.SendPost("4a\u001e4b");
        },
        ["POST|the share of the turn is used up"] = walk =>
        {
            walk.Engine.Handler.Received += (session, text) =>
            {
                if (text == "b")
                {
                    session.Loop.Post(_ => walk.Found = walk.Polling.Post.ToString(), null);
                }
            };
            walk.SendPost("4a\u001e4b\u001e4c");
        },
        ["POST|a packet breaks a rule"] = walk =>
        {
            walk.SendPost("4a\u001ex");
            Assert.Equal(400, walk.Post!.Receive().Status);
        },
        ["POST|it brings the close and no GET waits"] = walk => walk.SendPost("4a\u001e1"),
        ["POST|reading is resumed"] = walk => walk.Engine.OnLoop(walk.Session, () =>
        {
            walk.Session.ResumeReading();
            walk.Found = walk.Polling.Post.ToString();
        }),
        ["POST|the next turn comes"] = walk =>
        {
            walk.Engine.OnLoop(walk.Session, walk.Session.ResumeReading);
            walk.Found = walk.InHandler.ToString();
        },
        ["POST|reading is paused before the next turn"] = walk => walk.Engine.OnLoop(walk.Session, () =>
        {
            walk.Session.ResumeReading();
            Assert.Equal(PostState.Scheduled, walk.Polling.Post);
            walk.Session.PauseReading();
        }),
        ["POST|a GET comes"] = walk =>
        {
            walk.SendGet();
            Assert.Equal("ok", walk.Post!.Receive().Text);
        },
        ["POST|20 ms pass"] = walk =>
        {
            walk.Engine.Advance(20);
            Assert.Equal("ok", walk.Post!.Receive().Text);
        },
        ["Phase|the session is closed"] = walk => walk.Close(),
        ["Phase|the client closes and no GET waits"] = walk => walk.SendPost("1"),
        ["Phase|the server stops and the client upgrades"] = walk =>
        {
            walk.Probe();
            walk.Close(DisconnectReason.ServerShuttingDown);
        },
        ["Phase|the client upgrades"] = walk => walk.Upgrade(),
        ["Phase|the WebSocket is lost"] = walk =>
        {
            walk.WebSocket!.Reset();
            Assert.Equal(EngineState.Closed, walk.Session.State);
        },
        ["Upgrade|a WebSocket comes"] = walk => walk.ConnectWebSocket(),
        ["Upgrade|it sends the probe"] = walk => Assert.Equal("3probe", walk.WebSocket!.Send("2probe").Next()),
        ["Upgrade|it sends anything else"] = walk => Assert.NotNull(walk.WebSocket!.Send("4x").ReadClose()),
        ["Upgrade|it is lost"] = walk => walk.WebSocket!.Reset(),
        ["Upgrade|its time is up"] = walk =>
        {
            walk.Engine.Advance(9_999);
            Assert.NotNull(walk.Session.Upgrade);
            walk.Engine.Advance(1);
            Assert.NotNull(walk.WebSocket!.ReadClose());
        },
        ["Upgrade|the session is closed"] = walk => walk.Close(),
        ["Upgrade|it upgrades"] = walk =>
        {
            walk.WebSocket!.Send("5");
            Assert.True(walk.Session.IsUpgraded);
        },
        ["Upgrade|it upgrades while a POST is under way"] = walk =>
        {
            walk.BeginPost("4a");
            walk.WebSocket!.Send("5");
            Assert.True(walk.Session.IsUpgraded);
        },
        ["Upgrade|the client closes with a POST"] = walk => walk.SendPost("1"),
        ["Upgrade|the POST is delivered"] = walk =>
        {
            walk.WebSocket!.Send("4b");
            Assert.Empty(walk.Engine.Handler.Messages(walk.Session));
            walk.EndPost();
            Assert.Equal(["a", "b"], walk.Engine.Handler.Messages(walk.Session));
        },
        ["Upgrade|the POST is lost"] = walk =>
        {
            walk.Post!.Reset();
            Assert.Single(walk.Engine.Handler.Closes);
        },
    };

    public static TheoryData<string, string, string, string> Rows()
    {
        var rows = new TheoryData<string, string, string, string>();
        var table = "";
        foreach (var line in File.ReadLines(Path.Combine(Root(), "docs", "polling.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                table = line[3..];
            }
            else if (line.Split('|') is [_, var from, var when, var to, _, _] && from.Trim() is not ("From" or "---"))
            {
                rows.Add(table, from.Trim(), when.Trim(), to.Trim());
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Each_row_of_the_tables_is_what_happens(string table, string from, string when, string to)
    {
        using var walk = new Walk();
        s_reach[$"{table}|{from}"](walk);
        if (from is not ("Delivering" or "Scheduled"))
        {
            Assert.Equal(from, walk.State(table));
        }

        s_events[$"{table}|{when}"](walk);
        Assert.Equal(to, walk.Found ?? walk.State(table));
        if (from == "Delivering")
        {
            Assert.Equal(PostState.Delivering, walk.InHandler);
        }
    }

    [Theory]
    [InlineData("GET", typeof(PollState))]
    [InlineData("POST", typeof(PostState))]
    [InlineData("Phase", typeof(PollingPhase))]
    [InlineData("Upgrade", typeof(UpgradeStage))]
    public void Each_state_is_reached_in_the_tables(string table, Type states) =>
        Assert.Equal(
            Enum.GetNames(states).Order(),
            Rows().Where(row => row.Data.Item1 == table).SelectMany(row => new[] { row.Data.Item2, row.Data.Item4 }).Where(state => state != NoUpgrade).Distinct().Order());

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Sockeye.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    /// <summary>One client on its way; it takes nothing of the answers to its GETs before it is told to.</summary>
    private sealed class Walk : IDisposable
    {
        private byte[] _rest = [];

        public Walk()
        {
            Target = Engine.Open();
            Polling = Engine.Session.Polling!;
            Engine.Handler.Received = (_, _) => InHandler = Polling.Post;
        }

        public EngineHarness Engine { get; } = new(http: new HttpOptions { FramesPerTurn = 2 });

        public string Target { get; }

        public EngineSession Session => Engine.Session;

        public PollingTransport Polling { get; }

        public HttpPeer? Get { get; private set; }

        public HttpPeer? Post { get; private set; }

        public WebSocketPeer? WebSocket { get; private set; }

        /// <summary>The state of the POST within a handler.</summary>
        public PostState InHandler { get; private set; }

        /// <summary>A state that does not last until the loops are idle.</summary>
        public string? Found { get; set; }

        public string State(string table) => table switch
        {
            "GET" => Polling.Poll.ToString(),
            "POST" => Polling.Post.ToString(),
            "Phase" => Polling.Phase.ToString(),
            _ => Session.Upgrade?.Stage.ToString() ?? NoUpgrade,
        };

        public void SendGet()
        {
            Get = Engine.Connect();
            Get.Peer.WindowBytes = 1;
            Get.Peer.StopReading = true;
            Get.Send("GET", Target);
        }

        public void SendPost(string body) => Post = Engine.Connect().Send("POST", Target, body);

        public void BeginPost(string body)
        {
            Post = Engine.Connect();
            var request = HttpPeer.Request("POST", Target, body);
            _rest = request[^1..];
            Post.Peer.Send(request.AsSpan()[..^1]);
            Engine.Run();
        }

        public void EndPost()
        {
            Post!.Peer.Send(_rest);
            Engine.Run();
        }

        public void HoldPost()
        {
            Engine.OnLoop(Session, Session.PauseReading);
            SendPost("4a\u001e4b");
        }

        public void Send(string text) => Engine.OnLoop(Session, () => Session.SendText(System.Text.Encoding.UTF8.GetBytes(text)));

        public void Close(DisconnectReason reason = DisconnectReason.ForcedServerClose) => Engine.OnLoop(Session, () => Session.Close(reason));

        public void ConnectWebSocket() => WebSocket = Engine.ConnectWebSocket(ToWebSocket(Target));

        public void Probe()
        {
            ConnectWebSocket();
            Assert.Equal("3probe", WebSocket!.Send("2probe").Next());
        }

        public void Upgrade()
        {
            if (WebSocket is null)
            {
                Probe();
            }

            WebSocket!.Send("5");
        }

        public void Dispose()
        {
            // A client that is not read does not expire.
            Engine.OnLoop(Session, Session.ResumeReading);
            Engine.Dispose();
        }
    }
}
