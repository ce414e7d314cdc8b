using System.Reflection;
using Sockeye.EngineIO.Http;

namespace Sockeye.Host;

/// <summary>The page that shows the server at work, and the events it uses: rooms, acknowledged messages, binary strokes, an echo.</summary>
/// <remarks>The page is embedded in the executable and makes no request to other hosts. It has no accounts: whoever reaches the port may talk.</remarks>
internal static class Playground
{
    private const string ResourcePrefix = "wwwroot/";
    private const int MaxNameLength = 40;
    private const int MaxTextLength = 500;
    private const int MaxStrokeBytes = 4096;

    public static void AddPage(SockeyeBuilder builder)
    {
        var files = new StaticFiles("/");
        var assembly = typeof(Playground).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            files.Add(resource[ResourcePrefix.Length..], content);
        }

        builder.MapFiles("/", files);
    }

    public static void AddEvents(SockeyeServer server)
    {
        server.OnWithAck("join", async (SockeyeSocket socket, string room) =>
        {
            if (room is not { Length: > 0 and <= MaxNameLength } || !socket.Join(room))
            {
                return 0;
            }

            return await AnnounceAsync(server, room);
        });
        server.OnWithAck("leave", async (SockeyeSocket socket, string room) =>
        {
            if (room is not null && socket.Leave(room))
            {
                await AnnounceAsync(server, room);
            }
        });
        server.OnWithAck("say", async (SockeyeSocket socket, string room, string name, string text) =>
        {
            if (name is null or { Length: > MaxNameLength } || text is not { Length: > 0 and <= MaxTextLength } || !IsIn(socket, room))
            {
                return 0;
            }

            socket.To(room).Emit("said", name, text);
            return (await socket.To(room).CountAsync()).Count;
        });
        server.On("stroke", (SockeyeSocket socket, string room, int hue, byte[] points) =>
        {
            if (points is { Length: <= MaxStrokeBytes } && IsIn(socket, room))
            {
                socket.To(room).Emit("stroke", hue, points);
            }
        });
        server.On("wipe", (SockeyeSocket socket, string room) =>
        {
            if (IsIn(socket, room))
            {
                socket.To(room).Emit("wiped");
            }
        });
        server.OnWithAck("latency", () => { });
        server.OnRaw("echo", e => e.AckRaw());
        server.OnDisconnect((socket, why) =>
        {
            // The socket is still in its rooms here; they are told how many remain without it.
            foreach (var room in socket.Rooms.Where(room => room != socket.Id))
            {
                _ = TellOthersAsync(socket, room);
            }
        });
    }

    private static bool IsIn(SockeyeSocket socket, string room) => room is not null && socket.Rooms.Contains(room);

    private static async Task<int> AnnounceAsync(SockeyeServer server, string room)
    {
        var members = (await server.To(room).CountAsync()).Count;
        server.To(room).Emit("members", room, members);
        return members;
    }

    private static async Task TellOthersAsync(SockeyeSocket leaving, string room)
    {
        var others = leaving.To(room);
        others.Emit("members", room, (await others.CountAsync()).Count);
    }
}
