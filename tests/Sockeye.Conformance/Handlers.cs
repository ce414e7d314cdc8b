using System.Globalization;
using System.Security.Cryptography;

namespace Sockeye.Conformance;

/// <summary>The handlers that every socket of the Socket.IO profiles has.</summary>
internal static class Handlers
{
    private static readonly object?[] Types =
    [
        null, true, false, 0, -1, 1.5, 1e21, 9007199254740991L, "", "text",
        Array.Empty<object?>(), new Dictionary<string, object?>(), new object?[] { 1, new object?[] { 2, new object?[] { 3 } } },
        new Dictionary<string, object?> { ["a"] = new Dictionary<string, object?> { ["b"] = new object?[] { null, new Dictionary<string, object?> { ["c"] = "d" } } } },
        "てすと", "Я Б Г", "😀👩‍👩‍👧", "\u0000\u001e\u2028\"\\/\n", "e\u0301",
    ];

    public static void Map(SockeyeNamespace target, DisconnectReasons reasons)
    {
        // As in the reference implementation: a handler that awaits holds no other event of its socket up.
        target.RunHandlers(HandlerThread.Loop, HandlerOrder.Concurrent);
        target.OnConnection(static socket => { socket.Emit("auth", socket.Handshake.Auth.Root); });
        target.OnDisconnect(reasons.Add);
        target.UseEvent(RefuseForbidden);
        MapMessages(target);
        MapValues(target);
        MapRooms(target);
        MapBursts(target);
        MapLife(target);
        target.OnWithAck("reasons", (string tag) => reasons.Of(tag));
    }

    private static EventVerdict RefuseForbidden(EventReader e)
    {
        if (!e.Is("forbidden"u8))
        {
            return EventVerdict.Continue;
        }

        e.Socket.Emit("socket-error", "not allowed");
        return EventVerdict.Stop;
    }

    /// <summary>What a socket knows of its handshake, under the reference's names.</summary>
    public static Dictionary<string, object?> Handshake(SockeyeSocket socket) => new()
    {
        ["auth"] = socket.Handshake.Auth.Root,
        ["query"] = socket.Handshake.QueryValues,
        ["headers"] = socket.Handshake.Headers,
        ["url"] = socket.Handshake.Url,
        ["secure"] = socket.Handshake.IsSecure,
        ["xdomain"] = socket.Handshake.IsCrossDomain,
        ["time"] = socket.Handshake.IssuedAt.ToString("r", CultureInfo.InvariantCulture),
        ["issued"] = socket.Handshake.IssuedAt.ToUnixTimeMilliseconds(),
        ["address"] = socket.Handshake.Address,
    };

    private static void MapMessages(SockeyeNamespace target)
    {
        target.OnRaw("message", static e => e.Socket.EmitRaw("message-back", e));
        target.OnRaw("message-with-ack", static e => e.AckRaw());
        target.OnWithAck("id", static (SockeyeSocket socket) => socket.Id);
        target.On("types", static (SockeyeSocket socket) => { socket.EmitArgs("types", Types); });
        target.On("describe", static (EventMessage e) => { e.Context.AckArgs([.. e.ToArray().Select(Describe)]); });
        target.On("push", static (SockeyeSocket socket, int n, bool? compress) => { socket.Compress(compress ?? true).Emit("pushed", new string('x', n)); });
        target.OnWithAck("ask", static async (SockeyeSocket socket, string name, object? args, int ms) =>
        {
            var answer = await socket.Timeout(TimeSpan.FromMilliseconds(ms)).TryEmitArgsWithAckAsync<EventMessage>(name, Fields.List(args));
            return answer.IsAnswered
                ? new Dictionary<string, object?> { ["ok"] = answer.Value!.ToArray() }
                : new Dictionary<string, object?> { ["timeout"] = true };
        });
    }

    private static void MapValues(SockeyeNamespace target)
    {
        target.OnWithAck("handshake", static (SockeyeSocket socket) => Handshake(socket));
#pragma warning disable CA5350 // The contract wants SHA-1, as a checksum.
        target.On("sha1", static (EventContext context, byte[] data) => { context.Ack(Convert.ToHexStringLower(SHA1.HashData(data)), data.Length); });
#pragma warning restore CA5350
        target.OnWithAck("binary", static (int n) =>
        {
            var bytes = new byte[n];
            for (var i = 0; i < n; i++)
            {
                bytes[i] = (byte)(i % 251);
            }

            return bytes;
        });
        target.OnWithAck("big", static (int n) => new string('x', n));
        target.OnWithAck("data-set", static (SockeyeSocket socket, string key, object? value) => { socket.Data.Set(key, value); });
        target.OnWithAck("data-get", static (SockeyeSocket socket, string key) => socket.Data.Get<object?>(key));
    }

    private static void MapRooms(SockeyeNamespace target)
    {
        target.OnWithAck("join", static async (SockeyeSocket socket, object? rooms) =>
        {
            // Behind the answer, what other servers say to the rooms comes too.
            foreach (var room in Fields.Texts(rooms))
            {
                await socket.JoinAsync(room);
            }

            return SortedRooms(socket);
        });
        target.OnWithAck("leave", static (SockeyeSocket socket, string room) =>
        {
            socket.Leave(room);
            return SortedRooms(socket);
        });
        target.OnWithAck("rooms", static (SockeyeSocket socket) => SortedRooms(socket));
        target.OnWithAck("cast", static (SockeyeSocket socket, object? request) =>
        {
            var fields = new Fields(request);
            var operation = Narrow(fields.Flag("self") ? socket.Namespace.Except([]) : socket.Broadcast, fields);
            (fields.Flag("volatile") ? operation.Volatile : operation).EmitArgs(fields.Text("event"), fields.Array("args"));
            return true;
        });
        target.OnWithAck("cast-ack", static async (SockeyeSocket socket, object? request) =>
        {
            var fields = new Fields(request);
            var answers = await Narrow(socket.Namespace.Except([]), fields)
                .Timeout(TimeSpan.FromMilliseconds(fields.Number("ms")))
                .EmitArgsWithAckAsync<object?>(fields.Text("event"), fields.Array("args"));
            return new Dictionary<string, object?> { ["err"] = !answers.IsComplete, ["responses"] = answers.Answers.Select(answer => answer.Value).ToArray() };
        });
        target.OnWithAck("count", static async (SockeyeSocket socket) => (await socket.Namespace.CountAsync()).Count);
        target.OnWithAck("fetch", static async (SockeyeSocket socket, string room) =>
            (await socket.Namespace.In(room).FetchSocketsAsync()).Select(found => found.Id).Order(StringComparer.Ordinal).ToArray());
        target.OnWithAck("all-join", static async (SockeyeSocket socket, object? request) => { await InRoom(socket, request).SocketsJoinAsync(new Fields(request).Text("room")); });
        target.OnWithAck("all-leave", static async (SockeyeSocket socket, object? request) => { await InRoom(socket, request).SocketsLeaveAsync(new Fields(request).Text("room")); });
        target.On("all-disconnect", static (SockeyeSocket socket, object? request) => InRoom(socket, request).DisconnectSockets(new Fields(request).Flag("close")));
    }

    private static void MapBursts(SockeyeNamespace target)
    {
        target.OnRaw("burst", static e => Burst(e.Socket, 0, e.Read<int>(), e.Read<string>()!, e.Read<int?>() ?? 0));
        target.OnRaw("burst-from", static e => Burst(e.Socket, e.Read<int>(), e.Read<int>(), e.Read<string>()!, e.Read<int?>() ?? 0));
        target.On("volatile-n", static (SockeyeSocket socket, int n) =>
        {
            for (var i = 0; i < n; i++)
            {
                socket.Volatile.Emit("v", i);
            }

            socket.Emit("v-done", n);
        });
        target.OnRaw("seq", static e => e.Socket.State<Sequence>().Count(e.Read<long>()));
        target.OnWithAck("seq-report", static (SockeyeSocket socket) => socket.State<Sequence>().Report());
    }

    private static void MapLife(SockeyeNamespace target)
    {
        target.On("kick", static (SockeyeSocket socket, bool? close) => socket.Disconnect(close ?? false));
        target.On("drop", static (SockeyeSocket socket) => socket.Connection.Close());
        target.OnWithAck("recovered", static (SockeyeSocket _) => false);
        target.On("transport", static (EventContext context) => { context.Ack(context.Socket.Connection.Transport, context.Socket.Connection.Revision); });
    }

    private static void Burst(SockeyeSocket socket, int from, int count, string name, int pad)
    {
        var text = new string('p', pad);
        for (var i = from; i < from + count; i++)
        {
            socket.Emit(name, i, text);
        }
    }

    private static object? Describe(object? value) => value switch
    {
        byte[] bytes => new Dictionary<string, object?> { ["bin"] = Convert.ToHexStringLower(bytes) },
        object?[] list => list.Select(Describe).ToArray(),
        Dictionary<string, object?> map => map.ToDictionary(field => field.Key, field => Describe(field.Value)),
        _ => value,
    };

    private static string[] SortedRooms(SockeyeSocket socket) => [.. socket.Rooms.Order(StringComparer.Ordinal)];

    private static BroadcastOperator InRoom(SockeyeSocket socket, object? request) => socket.Namespace.In(new Fields(request).Text("in"));

    // An empty list in the request means everybody, an empty list in To means nobody.
    private static BroadcastOperator Narrow(BroadcastOperator operation, Fields fields)
    {
        var rooms = Fields.Texts(fields["to"]);
        return (rooms.Length == 0 ? operation : operation.To(rooms)).Except(Fields.Texts(fields["except"]));
    }
}

/// <summary>Whether the numbers of a socket's <c>seq</c> events came in order.</summary>
internal sealed class Sequence
{
    private long _count;
    private long _last = -1;
    private bool _isOrdered = true;

    public void Count(long number)
    {
        _count++;
        _isOrdered &= number == _last + 1;
        _last = number;
    }

    public Dictionary<string, object?> Report() => new() { ["count"] = _count, ["last"] = _last, ["ordered"] = _isOrdered };
}

/// <summary>The fields of an object in an event's arguments, each with a default.</summary>
internal readonly struct Fields(object? value)
{
    public object? this[string name] => value is Dictionary<string, object?> map && map.TryGetValue(name, out var field) ? field : null;

    public static object?[] List(object? value) => value as object?[] ?? [];

    /// <summary>A text or a list of texts.</summary>
    public static string[] Texts(object? value) => value is string text ? [text] : [.. List(value).OfType<string>()];

    public object?[] Array(string name) => List(this[name]);

    public string Text(string name) => this[name] as string ?? "";

    public bool Flag(string name) => this[name] is true;

    public double Number(string name) => Convert.ToDouble(this[name] ?? 0, CultureInfo.InvariantCulture);
}
