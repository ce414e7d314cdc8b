using Sockeye;

namespace Notifications;

/// <summary>What a user's tabs and devices may do: they are admitted by token, hear what is unread, and say what they have read.</summary>
internal static class Users
{
    /// <summary>To a user: here is something new.</summary>
    public static readonly SocketEvent<Notification> Notified = new("notified");

    /// <summary>To a user when a tab opens: all that is unread.</summary>
    public static readonly SocketEvent<Notification[]> Unread = new("unread");

    /// <summary>From one tab, and on to the user's others: this has been read.</summary>
    public static readonly SocketEvent<long> Read = new("read");

    public static void Map(SockeyeServer server, Tokens tokens, Inbox inbox)
    {
        server.Use(socket =>
        {
            if (tokens.Read(socket.Handshake.Auth.GetString("token")) is not { } token)
            {
                return ConnectResult.Reject("unauthorized");
            }

            socket.Identity = new SocketIdentity(token.User) { ExpiresAt = token.ExpiresAt, Source = "token" };
            return ConnectResult.Accept;
        });

        server.OnConnection(socket => socket.Emit(Unread, inbox.UnreadOf(socket.Identity!.Subject)));

        server.On(Read, (socket, id) =>
        {
            var user = socket.Identity!.Subject;
            if (inbox.Remove(user, id))
            {
                socket.ToUser(user).Emit(Read, id);
            }
        });
    }
}
