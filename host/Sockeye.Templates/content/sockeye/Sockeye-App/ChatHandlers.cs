using Sockeye;

namespace Sockeye_App;

/// <summary>A chat with one room. Clients send "name" and "say", and hear "joined", "said" and "left".</summary>
public static class ChatHandlers
{
    private const string Lobby = "lobby";

    public static void Map(SockeyeServer server)
    {
        // A client tells its name and waits for the answer: who is there already.
        server.OnWithAck("name", async (SockeyeSocket socket, string name) =>
        {
            var present = await server.To(Lobby).FetchSocketsAsync();
            socket.Data.Set("name", name);
            socket.To(Lobby).Emit("joined", name);
            socket.Join(Lobby);
            return present.Select(other => other.Data.Get<string>("name")).ToArray();
        });

        // Everybody in the room hears it, the sender too, in the same order.
        server.On("say", (SockeyeSocket socket, string text) => server.To(Lobby).Emit("said", socket.Data.Get<string>("name"), text));

        server.OnDisconnect((socket, why) =>
        {
            if (socket.Data.Get<string>("name") is { } name)
            {
                server.To(Lobby).Emit("left", name);
            }
        });
    }
}
