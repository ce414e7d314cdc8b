using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Server.Tests.Hostile;
using Xunit;

namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>The application of a fuzzed server: routes, files, plain WebSockets, bare Engine.IO, hooks and namespaces, as its plan says.</summary>
/// <param name="plan">What was drawn.</param>
/// <param name="isPatient">Whether handlers are waited for however long they take, so that none overlaps with another one or comes before the connection.</param>
internal sealed class FuzzApp(FuzzPlan plan, bool isPatient)
{
    /// <summary>Query of a request that no hook holds up: that of a client that behaves.</summary>
    public const string Trusted = "trusted=1";

    public const string OnPurpose = "on purpose";

    private int _ids;
    private int _trusted;
    private int _openSessions;
    private int _openPlain;
    private int _waits;
    private FuzzLoops? _loops;

    public FuzzGates Gates { get; } = new();

    public FuzzAccounts Accounts { get; } = new(plan.Order == HandlerOrder.Serial);

    public RecordedLog Log { get; } = new();

    /// <summary>The engine without Socket.IO, which nobody else closes.</summary>
    public EngineServer Bare { get; private set; } = null!;

    /// <summary>Sessions of the bare engine that have opened less those that have closed.</summary>
    public int OpenSessions => Volatile.Read(ref _openSessions);

    /// <summary>Plain WebSockets that have opened less those that have closed.</summary>
    public int OpenPlain => Volatile.Read(ref _openPlain);

    /// <summary>Clients that behave and are in their room.</summary>
    public int Behaving => Volatile.Read(ref _trusted);

    public void Build(SockeyeBuilder builder)
    {
        builder.LoggerFactory = Log;
        var options = builder.Options;
        if (isPatient)
        {
            options.StopTimeout = TimeSpan.FromHours(1);
        }

        Hooks(options.Engine);
        options.Engine.Cookie = new CookieOptions();
        options.Engine.Cors = new CorsOptions { IsOriginAllowed = static _ => true };
        if (plan.SmallOutbox)
        {
            options.Outbox.HighWatermarkBytes = 1024;
            options.Outbox.LowWatermarkBytes = 100;
            options.Outbox.MaxBytes = 20_000;
            options.Outbox.MaxMessages = 20;
            options.Outbox.WhenFull = plan.WhenFull;
        }

        if (plan.SmallBudget)
        {
            options.Engine.MemoryBudgetBytes = 200_000;
        }

        if (plan.SmallLimits)
        {
            options.Engine.MaxPacketsPerPollAnswer = 2;
            options.Engine.MaxPollAnswerBytes = 1000;
            options.Engine.MaxPayloadBytes = 20_000;
            options.Limits.QueuedEvents = 2;
            options.Limits.QueuedEventBytes = 200;
            options.Limits.ConcurrentHandlers = 2;
            options.Http = new HttpOptions { FramesPerTurn = 2 };
        }

        if (plan.OwnPipeline)
        {
            builder.ConfigurePipeline(static pipeline => pipeline.AddLast("own", new PassingHandler()));
        }

        Routes(builder);
    }

    public void Configure(SockeyeServer server)
    {
        var loop = plan.Thread == FuzzThread.GameLoop ? server.CreateLoop("arena", 5) : null;
        foreach (var target in (SockeyeNamespace[])[server.Of("/"), server.Of("/chat"), server.Of("/room-{id}")])
        {
            target.RunHandlers(plan.Thread == FuzzThread.Pool ? HandlerThread.Pool : HandlerThread.Loop, plan.Order);
            if (loop is not null)
            {
                target.RunHandlersOn(loop);
            }

            Lives(target);
            Events(target);
        }

        _loops = plan.Moves ? new FuzzLoops(server) : null;
    }

    /// <summary>The books are in order, and nothing was logged that only a fault of the server explains.</summary>
    public void AssertNothingWrong()
    {
        Assert.True(Accounts.Wrong.Count == 0, string.Join("; ", Accounts.Wrong));
        string[] expected = [OnPurpose, "took too long", "cannot be used", "is left behind: a handler or tick blocks it"];
        var fault = Log.Lines.FirstOrDefault(line => line.Level >= LogLevel.Error && !Array.Exists(expected, text => line.Text.Contains(text, StringComparison.Ordinal)));
        Assert.True(fault is null, $"{fault}");
    }

    /// <summary>Connections and disconnections. What is counted there for them ends before the first event, and begins after the last.</summary>
    private void Lives(SockeyeNamespace target)
    {
        if (plan.Lifecycle == FuzzHook.None)
        {
            target.OnConnection(socket =>
            {
                Accounts.OnConnection(socket);
                Welcome(socket);
            });
            target.OnDisconnect((socket, _) => Accounts.OnDisconnect(socket));
            return;
        }

        target.OnConnection(async socket =>
        {
            Accounts.OnConnection(socket);
            Accounts.Enter(socket, "the connection");
            try
            {
                Welcome(socket);
                await AwaitAsync(socket);
            }
            finally
            {
                Accounts.Leave(socket);
            }
        });
        target.OnDisconnect(async (socket, _) =>
        {
            Accounts.EnterLast(socket);
            try
            {
                await AwaitAsync(socket);
            }
            finally
            {
                Accounts.Leave(socket);
                Accounts.OnDisconnect(socket);
            }
        });
    }

    /// <summary>Waits for the fuzzer; every second one ends when its socket does, the others may outlive it.</summary>
    private async Task WaitAsync(SockeyeSocket socket)
    {
        if (Interlocked.Increment(ref _waits) % 2 == 0)
        {
            MayOutlive(socket);
            await Gates.WaitAsync();
        }
        else
        {
            await Gates.WaitAsync().WaitAsync(socket.Aborted).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Puts the socket on another loop. What awaits on one that ends goes on on the thread pool, which a clock moved by hand outruns.</summary>
    private void Move(SockeyeSocket socket)
    {
        if (_loops is not null)
        {
            MayOutlive(socket);
            _loops.Move(socket);
        }
    }

    private void MayOutlive(SockeyeSocket socket)
    {
        if (!isPatient)
        {
            Accounts.MayOutlive(socket);
        }
    }

    private void Welcome(SockeyeSocket socket)
    {
        if (socket.Handshake.Query("trusted") is not null && socket.Join(FuzzBystander.Room))
        {
            Interlocked.Increment(ref _trusted);
        }
    }

    private async Task AwaitAsync(SockeyeSocket socket)
    {
        Move(socket);
        if (plan.Lifecycle == FuzzHook.NextTurn)
        {
            await Task.Yield();
        }
        else if (plan.Lifecycle == FuzzHook.Gate && socket.Handshake.Query("trusted") is null)
        {
            await WaitAsync(socket);
        }
        else if (plan.Lifecycle == FuzzHook.Fail && socket.Id[0] < 'h')
        {
            throw new InvalidOperationException(OnPurpose);
        }

        Move(socket);
    }

    private void Events(SockeyeNamespace target)
    {
        Sync("count", e =>
        {
            e.Context.AckArgs(e.ToArray());
            Move(e.Context.Socket);
        });
        Sync("again", e =>
        {
            Move(e.Context.Socket);
            e.Context.Socket.Emit("again", e.ToArray()[0]);
        });
        Sync("move", e => Move(e.Context.Socket));
        Sync("retire", _ => _loops?.Retire());
        Async("moving", async e =>
        {
            Move(e.Context.Socket);
            await Task.Yield();
            Move(e.Context.Socket);
            await WaitAsync(e.Context.Socket);
            Move(e.Context.Socket);
        });
        Sync("echo", e => e.Context.AckArgs(e.ToArray()));
        Sync("join", e => e.Context.Socket.Join(Room(e)));
        Sync("leave", e => e.Context.Socket.Leave(Room(e)));
        Sync("say", e => e.Context.Socket.To("r").Emit("said", e.ToArray().FirstOrDefault()));
        Sync("fail", e => throw new InvalidOperationException(OnPurpose));
        Sync("big", e => e.Context.Socket.Emit("big", new byte[70_000]));
        Sync("many", e =>
        {
            for (var i = 0; i < 40; i++)
            {
                e.Context.Socket.Emit("one", i, "of many");
            }
        });
        Sync("bye", e => e.Context.Socket.Disconnect());
        Sync("byebye", e => e.Context.Socket.Disconnect(close: true));
        Sync("all", e => target.In("r").DisconnectSockets());
        Async("later", async e =>
        {
            await Task.Yield();
            e.Context.Ack(1);
        });
        Async("gate", async e =>
        {
            await WaitAsync(e.Context.Socket);
            e.Context.Ack(1);
        });
        Async("ask", async e =>
        {
            var answer = await e.Context.Socket.TryEmitWithAckAsync<object>("question");
            e.Context.Ack(answer.IsAnswered);
        });
        Async("wait", async e => e.Context.Ack((await e.Context.Socket.EmitAsync("awaited", new byte[500])).ToString()));
        target.On("typed", (SockeyeSocket socket, int value) => { });

        void Sync(string name, Action<EventMessage> body) => target.On(name, (EventMessage e) =>
        {
            Accounts.Enter(e.Context.Socket, name);
            try
            {
                body(e);
            }
            finally
            {
                Accounts.Leave(e.Context.Socket);
            }
        });

        void Async(string name, Func<EventMessage, Task> body) => target.On(name, async (EventMessage e) =>
        {
            Accounts.Enter(e.Context.Socket, name);
            try
            {
                await body(e);
            }
            finally
            {
                Accounts.Leave(e.Context.Socket);
            }
        });
    }

    private static string Room(EventMessage e) => e.ToArray().FirstOrDefault() as string ?? "r";

    private void Hooks(EngineOptions options)
    {
        if (plan.Middleware != FuzzHook.None)
        {
            options.Use(async context => await DecideAsync(plan.Middleware, context.Request));
        }

        if (plan.AllowRequest != FuzzHook.None)
        {
            options.AllowRequestAsync = async request =>
            {
                await DecideAsync(plan.AllowRequest, request);
                return AllowRequestResult.Allow;
            };
        }

        if (plan.GenerateId != FuzzHook.None)
        {
            options.GenerateIdAsync = async request =>
            {
                await DecideAsync(plan.GenerateId, request);
                return $"made-by-the-fuzzer-{Interlocked.Increment(ref _ids)}";
            };
        }
    }

    private async ValueTask DecideAsync(FuzzHook hook, EngineRequest request)
    {
        if (request.Query("trusted") is not null)
        {
            return;
        }

        switch (hook)
        {
            case FuzzHook.NextTurn:
                await Task.Yield();
                break;
            case FuzzHook.Gate:
                await Gates.WaitAsync();
                break;
            case FuzzHook.Fail when request.Url.Length % 4 == 0:
                throw new InvalidOperationException(OnPurpose);
        }
    }

    private void Routes(SockeyeBuilder builder)
    {
        var options = builder.Options.Engine;
        var files = new StaticFiles("/files/");
        files.Add("a.txt", "a file"u8.ToArray());
        files.Add("big.bin", new byte[100_000]);
        builder.MapFiles("/files/", files);
        builder.MapGet("/small", static exchange => exchange.Respond(200, "text/plain", "small"u8));
        builder.MapHttp("/later", new LaterRoute(Gates));
        builder.MapPost("/body", static (exchange, body) =>
        {
            exchange.Respond(200, "text/plain", System.Text.Encoding.ASCII.GetBytes($"{body.Length}"));
            return Task.CompletedTask;
        }, 5000);
        builder.MapWebSocket("/plain", new PlainHandler(this), new WebSocketEndpointOptions { Subprotocols = ["b"] });
        var bare = new EngineOptions { LoggerFactory = Log, CloseTimeout = options.CloseTimeout };
        Hooks(bare);
        Bare = new EngineServer(bare, new BareHandler(this));
        builder.MapEngine(Bare);
    }

    private sealed class LaterRoute(FuzzGates gates) : IHttpHandler
    {
        public void OnRequest(HttpExchange exchange) => _ = AnswerAsync(exchange);

        private async Task AnswerAsync(HttpExchange exchange)
        {
            await gates.WaitAsync();
            exchange.Respond(200, "text/plain", "later"u8);
        }
    }

    private sealed class PlainHandler(FuzzApp app) : IWebSocketHandler
    {
        public void OnOpen(WebSocketSession session)
        {
            Interlocked.Increment(ref app._openPlain);
            session.State = this;
            session.Send("hello"u8, isBinary: false);
        }

        public void OnMessage(WebSocketSession session, ReadOnlySpan<byte> payload, bool isBinary)
        {
            if (session.State is null)
            {
                app.Accounts.Fault("A message of a plain WebSocket comes after its end");
            }

            session.Send(payload, isBinary);
        }

        public void OnClose(WebSocketSession session, in WebSocketClose close)
        {
            if (session.State is null)
            {
                app.Accounts.Fault("A plain WebSocket ends twice");
            }

            session.State = null;
            Interlocked.Decrement(ref app._openPlain);
        }
    }

    private sealed class BareHandler(FuzzApp app) : IEngineHandler
    {
        public void OnOpen(EngineSession session) => Interlocked.Increment(ref app._openSessions);

        public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary) => _ = isBinary ? session.SendBinary(data) : session.SendText(data);

        public void OnClose(EngineSession session, DisconnectReason reason, string? detail) => Interlocked.Decrement(ref app._openSessions);
    }

    /// <summary>Passes everything on.</summary>
    private sealed class PassingHandler : ChannelHandlerAdapter
    {
    }
}
