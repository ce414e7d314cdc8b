using Chat;
using Sockeye;

var url = args is [var given, ..] ? given : "http://127.0.0.1:3000";
var page = Path.Combine(AppContext.BaseDirectory, "wwwroot");
var rooms = new RoomHistory();

await using var server = SockeyeServer.Create(url, builder => builder.MapFiles("/", page));

// A guest sits in one room at a time. The answer is what the page shows first; null says no.
server.OnWithAck("enter", async (SockeyeSocket socket, string room, string name) =>
{
    if (room is not { Length: > 0 and <= 40 } || name is not { Length: > 0 and <= 40 })
    {
        return null;
    }

    Leave(socket);
    socket.Data.Set("name", name);
    socket.State<Guest>().Room = room;
    socket.Join(room);
    socket.To(room).Emit("entered", name);

    var guests = await server.To(room).FetchSocketsAsync();
    return new Welcome([.. guests.Select(guest => guest.Data.Get<string>("name") ?? "?")], rooms.Of(room));
});

// The client learns from the answer that its line has a place in the order of the room.
server.OnWithAck("say", (SockeyeSocket socket, string text) =>
{
    if (socket.State<Guest>().Room is not { } room || text is not { Length: > 0 and <= 500 })
    {
        return 0;
    }

    var line = rooms.Add(room, socket.Data.Get<string>("name")!, text);
    socket.To(room).Emit("said", line);
    return line.Number;
});

// Worth nothing a moment later, so nobody queues for it.
server.On("typing", (SockeyeSocket socket) =>
{
    if (socket.State<Guest>().Room is { } room)
    {
        socket.To(room).Volatile.Emit("typing", socket.Data.Get<string>("name"));
    }
});

server.OnDisconnect((socket, why) => Leave(socket));

Console.WriteLine($"The chat is on {url}: open it in two tabs");
await server.RunAsync();

static void Leave(SockeyeSocket socket)
{
    var guest = socket.State<Guest>();
    if (guest.Room is { } room)
    {
        socket.To(room).Emit("left", socket.Data.Get<string>("name"));
        socket.Leave(room);
        guest.Room = null;
    }
}
