using System.Globalization;
using System.Text;
using Sockeye.EngineIO;

namespace Sockeye.Conformance;

/// <summary>The profile that the published JavaScript client's own suite runs against.</summary>
internal static class ClientSupport
{
    private static readonly string[] Texts = ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"];

    public static void Configure(SockeyeServerOptions options)
    {
        options.Engine.PingInterval = TimeSpan.FromSeconds(2);
        options.Engine.AllowRequestAsync = static async _ =>
        {
            await Task.Delay(10);
            return AllowRequestResult.Allow;
        };
    }

    public static void Map(SockeyeServer server)
    {
        var main = server.Of("/");
        main.Use(static socket => socket.Handshake.Query("fail") is null ? ConnectResult.Accept : ConnectResult.Reject("Auth failed (main namespace)"));
        // As in the reference implementation: a handler that awaits holds no other event of its socket up.
        main.RunHandlers(HandlerThread.Loop, HandlerOrder.Concurrent);
        MapAnswers(main);
        MapMessages(main);
        MapBinary(main);

        server.Of("/foo").OnWithAck("getId", static (SockeyeSocket socket) => socket.Id);
        server.Of("/abc").OnConnection(static socket => { socket.Emit("handshake", Handlers.Handshake(socket)); });
        foreach (var name in (string[])["/timeout_socket", "/valid", "/asd"])
        {
            server.Of(name);
        }

        server.Of("/no").Use(static _ => ConnectResult.Reject("Auth failed (custom namespace)"));
    }

    private static void MapAnswers(SockeyeNamespace main)
    {
        main.OnRaw("echo", static e => e.AckRaw());
        main.OnWithAck("getAckDate", static (EventMessage _) => Now());
        main.OnWithAck("getHandshake", static (SockeyeSocket socket) => Handlers.Handshake(socket));
        main.OnWithAck("getId", static (SockeyeSocket socket) => socket.Id);
        main.On("ack", static async (SockeyeSocket socket) =>
        {
            var answer = await socket.TryEmitArgsWithAckAsync<EventMessage>("ack", []);
            if (answer.IsAnswered && answer.Value!.ToArray() is [var a, Dictionary<string, object?> b, ..] && a is 5 or 5L or 5.0 && b.GetValueOrDefault("test") is true)
            {
                socket.Emit("got it");
            }
        });
    }

    private static void MapMessages(SockeyeNamespace main)
    {
        main.On("hi", static (SockeyeSocket socket) => { socket.Emit("hi"); });
        main.On("false", static (SockeyeSocket socket) => { socket.Emit("false", false); });
        main.On("getDate", static (SockeyeSocket socket) => { socket.Emit("takeDate", Now()); });
        main.On("getDateObj", static (SockeyeSocket socket) => { socket.Emit("takeDateObj", new Dictionary<string, object?> { ["date"] = Now() }); });
        main.On("getUtf8", static (SockeyeSocket socket) =>
        {
            foreach (var text in Texts)
            {
                socket.Emit("takeUtf8", text);
            }
        });
    }

    private static void MapBinary(SockeyeNamespace main)
    {
        main.On("doge", static (SockeyeSocket socket) => { socket.Emit("doge", Encoding.UTF8.GetBytes("asdfasdf")); });
        main.On("getbin", static (SockeyeSocket socket) => { socket.Emit("takebin", Encoding.UTF8.GetBytes("asdfasdf")); });
        EmitIf(main, "buffa", "buffack", static value => value is byte[]);
        EmitIf(main, "blob", "back", static value => value is byte[]);
        EmitIf(main, "jsonbuff", "jsonbuff-ack", IsMixed);
        EmitIf(main, "jsonblob", "jsonblob-ack", IsMixed);
        MapSequence(main, "abuff2-ack", ("abuff1", static value => value is byte[]), ("abuff2", static _ => true));
        MapSequence(main, "blob3-ack", ("blob1", static value => value is byte[]), ("blob2", static value => value is "second"), ("blob3", static value => value is byte[]));
    }

    private static bool IsMixed(object? value)
    {
        var fields = new Fields(value);
        return fields.Text("hello") == "lol" && fields["message"] is byte[] && fields.Text("goodbye") == "gotcha";
    }

    private static void EmitIf(SockeyeNamespace main, string name, string answer, Func<object?, bool> isRight) => main.On(name, (SockeyeSocket socket, object? value) =>
    {
        if (isRight(value))
        {
            socket.Emit(answer);
        }
    });

    // Events that must come in this order, each with the right value; the last one is answered.
    private static void MapSequence(SockeyeNamespace main, string answer, params (string Name, Func<object?, bool> IsRight)[] steps)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            var step = i;
            main.On(steps[step].Name, (SockeyeSocket socket, object? value) =>
            {
                var reached = socket.Data.Get<int>(answer);
                if (reached != step || !steps[step].IsRight(value))
                {
                    return;
                }

                socket.Data.Set(answer, step + 1);
                if (step == steps.Length - 1)
                {
                    socket.Emit(answer);
                }
            });
        }
    }

    private static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
