using System.Net;
using Microsoft.Extensions.Logging;
using Sockeye;
using Sockeye.Transport;

// An application that does everything wrong: async void everywhere, handlers that throw, block and dispose. Its tests expect that it serves its other clients
// all the same, and ends when it is asked to. Arguments: where handlers run (loop, pool or game), the transport (Native or Portable), and "console" for a server without loggers.
var place = args[0];
using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
var server = SockeyeServer.Create("http://127.0.0.1:0", builder =>
{
    builder.LoggerFactory = args is [.., "console"] ? null : loggers;
    builder.Options.EventLoops = 2;
    builder.Options.Transport = Enum.Parse<TransportKind>(args[1]);
    builder.Options.DrainTime = TimeSpan.FromSeconds(20);
    builder.Options.StopTimeout = TimeSpan.FromSeconds(20);
    builder.Options.Engine.Use(context => FailLater());
    builder.Options.Engine.AllowRequest = _ =>
    {
        FailLater();
        return Sockeye.EngineIO.AllowRequestResult.Allow;
    };
    builder.MapGet("/fails", exchange =>
    {
        FailLater();
        throw new InvalidOperationException("route");
    });
    builder.MapGet("/forgets", _ => Task.CompletedTask);
});

await using (server)
{
    // Those of the well-behaved clients, in a namespace of their own on the event loops.
    server.Of("/good").OnWithAck("echo", (string text) => text);
    var loop = server.CreateLoop("arena", 50);
    if (place == "pool")
    {
        server.RunHandlers(HandlerThread.Pool);
    }
    else if (place == "game")
    {
        server.RunHandlersOn(loop);
    }

    loop.OnTick(tick =>
    {
        FailLater();
        throw new InvalidOperationException("tick");
    });
    loop.OnTick(async tick =>
    {
        await Task.Delay(100);
        throw new InvalidOperationException("tick that overlaps");
    });
    server.Use(async socket =>
    {
        FailLater();
        await Task.Yield();
        return ConnectResult.Accept;
    });
    server.OnConnection(socket =>
    {
        FailLater();
        socket.Aborted.Register(FailLater);
        socket.Aborted.Register(() => throw new InvalidOperationException("token"));
        throw new InvalidOperationException("connection");
    });
    server.OnDisconnect(async (_, _) =>
    {
        FailLater();
        await Task.Delay(50);
        throw new InvalidOperationException("disconnect");
    });
    server.OnAny(_ => throw new InvalidOperationException("any"));
    server.OnAnyOutgoing(_ => throw new InvalidOperationException("outgoing"));
    server.OnHandlerError(error =>
    {
        FailLater();
        error.Socket?.Emit("failed");
        throw new InvalidOperationException("listener of errors");
    });
    server.On("fail", FailLater);
    server.On("post", (SockeyeSocket socket) =>
    {
        socket.Post(0, (_, _) => FailLater());
        SynchronizationContext.Current?.Post(_ => throw new InvalidOperationException("posted to the context"), null);
        _ = Task.Run(() => throw new InvalidOperationException("nobody awaits it"));
    });
    server.On("throw", void () => throw new InvalidOperationException("handler"));
    server.On("leave", (SockeyeSocket socket) =>
    {
        socket.Disconnect(close: true);
        socket.Disconnect(close: true);
        socket.Join("x");
        socket.Emit("late");
        throw new InvalidOperationException("left");
    });
    server.On("dispose", async (SockeyeSocket socket) =>
    {
        await loop.DisposeAsync();
        await server.DisposeAsync();
        await server.DisposeAsync();
        socket.Emit("late");
        FailLater();
        throw new InvalidOperationException("disposed");
    });
    server.On("block", () => Thread.Sleep(Timeout.Infinite));
    server.On("ask", (SockeyeSocket socket) => { _ = socket.EmitWithAckAsync<int>("q").Result; });
    AppDomain.CurrentDomain.UnhandledException += (_, e) => Console.WriteLine("unhandled " + e.ExceptionObject);
    var run = server.RunAsync();
    while (server.Endpoints.Count == 0)
    {
        await Task.Delay(10);
    }

    Console.WriteLine($"ready {((IPEndPoint)server.Endpoints[0]).Port}");
    await run;
    await Task.Delay(200);
}

Console.WriteLine("ended");

static async void FailLater()
{
    await Task.Delay(10);
    throw new InvalidOperationException("async void");
}
