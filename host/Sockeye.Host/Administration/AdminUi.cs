using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sockeye.Transport;

namespace Sockeye.Host.Administration;

/// <summary>The namespace to which Socket.IO's Admin UI (<c>@socket.io/admin-ui</c> 0.5) connects, on the listener of operators. It shows the sockets of the clients' server and does to them what operators ask.</summary>
/// <remarks>
/// <para>Handlers run on the loop of the listener, <see cref="AdminUiFeed"/> tells what has changed. Without anybody in the namespace nothing runs and the server of clients is not asked.</para>
/// <para>What operators ask for holds in the whole cluster, as in the reference; what is shown is of this server.</para>
/// </remarks>
internal static class AdminUi
{
    /// <summary>The namespace that the page asks for unless it is told otherwise.</summary>
    public const string Namespace = "/admin";

    public static void Map(SockeyeServer administration, Func<SockeyeServer> clients, AdministrationAccess access, TimeProvider time, ILogger logger)
    {
        var door = new AdminUiAccess(access, time);
        var nsp = administration.Of(Namespace);
        var feed = new AdminUiFeed(nsp, clients, time, logger);
        var refusals = new LogLimit(time);

        // Nobody has anything to do in the namespace / of this server.
        administration.Use(static socket => ConnectResult.Reject($"this listener has the namespace {Namespace} alone"));
        nsp.Use(async socket =>
        {
            var address = socket.Connection.RemoteEndPoint.Address;
            var entry = socket.State<Entry>();
            entry.Version = access.Version;
            var (who, refusal, isNew) = await door.CheckAsync(socket.Handshake.Auth, address);
            entry.IsNew = isNew;
            if (who is null)
            {
                var hasTried = socket.Handshake.Auth.GetString("username") is { Length: > 0 } || socket.Handshake.Auth.GetString("token") is not null;
                if (hasTried && refusals.Admits(out var omitted))
                {
                    HostLog.AdministrationRefused(logger, address, omitted);
                }

                return ConnectResult.Reject(refusal!);
            }

            socket.Identity = new SocketIdentity(SubjectOf(who));
            return ConnectResult.Accept;
        });
        nsp.OnConnection(socket =>
        {
            var entry = socket.State<Entry>();
            if (entry.IsNew)
            {
                socket.Emit("session", door.Open(socket.Identity!.Subject, entry.Version));
            }

            socket.Emit("config", AdminUiConfig.All);
            feed.Add(socket);
            if (entry.Version != access.Version)
            {
                feed.Remove(socket);
                socket.Disconnect(close: true); // others may since it was looked at: it comes again, and is looked at anew
            }
        });
        nsp.OnDisconnect((socket, _) => feed.Remove(socket));
        access.Removed = gone => feed.PutOut([.. gone.Select(SubjectOf)]);
        MapCommands(nsp, clients, feed, logger);
    }

    private static string SubjectOf(string who) => who.Length > SocketIdentity.MaxSubjectLength ? who[..SocketIdentity.MaxSubjectLength] : who;

    private static void MapCommands(SockeyeNamespace nsp, Func<SockeyeServer> clients, AdminUiFeed feed, ILogger logger)
    {
        nsp.OnRaw("emit", e =>
        {
            using var arguments = Parse(e.ArgumentsUtf8);
            var root = arguments.RootElement;
            if (Find("emit", e.Socket, root, filter: 1, text: 2) is not { } target)
            {
                return;
            }

            var rest = Encoding.UTF8.GetBytes(string.Join(',', root.EnumerateArray().Skip(3).Select(static argument => argument.GetRawText())));
            try
            {
                target.EmitUtf8(root[2].GetString()!, rest);
            }
            catch (ArgumentException refused)
            {
                HostLog.AdminUiRefused(logger, Who(e.Socket), "emit", LogText.Escape(refused.Message));
            }
        });
        nsp.OnRaw("join", e => InRoom("join", e, (target, room, who) => _ = JoinAsync(target, room, who, logger)));
        nsp.OnRaw("leave", e => InRoom("leave", e, static (target, room, _) => target.SocketsLeave(room)));
        nsp.OnRaw("_disconnect", e =>
        {
            using var arguments = Parse(e.ArgumentsUtf8);
            if (Find("disconnect", e.Socket, arguments.RootElement, filter: 2) is { } target)
            {
                target.DisconnectSockets(close: arguments.RootElement.GetArrayLength() > 1 && arguments.RootElement[1].ValueKind == JsonValueKind.True);
            }
        });

        void InRoom(string command, EventReader e, Action<BroadcastOperator, string, string> act)
        {
            using var arguments = Parse(e.ArgumentsUtf8);
            if (Find(command, e.Socket, arguments.RootElement, filter: 2, text: 1) is { } target)
            {
                act(target, arguments.RootElement[1].GetString()!, Who(e.Socket));
            }
        }

        // All sockets of a namespace, or those of a room, which may be one of a single socket.
        BroadcastOperator? Find(string command, SockeyeSocket socket, JsonElement arguments, int filter, int text = 0)
        {
            // A filter that is no name means nobody: all sockets are meant only where there is none.
            var whom = At(arguments, filter);
            var fault = !feed.IsPresent(socket) ? "whoever asks may no longer"
                : At(arguments, 0).ValueKind != JsonValueKind.String || At(arguments, text).ValueKind != JsonValueKind.String ? "a name is missing"
                : whom.ValueKind is not (JsonValueKind.String or JsonValueKind.Null or JsonValueKind.Undefined) ? "the filter is not the name of a room"
                : null;
            var found = fault is null ? clients().FindNamespace(arguments[0].GetString()!) : null;
            if (found is null)
            {
                HostLog.AdminUiRefused(logger, Who(socket), command, fault ?? "there is no such namespace");
                return null;
            }

            var room = whom.ValueKind == JsonValueKind.String && whom.GetString() is { Length: > 0 } name ? name : null;
            var (who, where, filtered) = (Who(socket), LogText.Escape(found.Name), room is null ? "all sockets" : LogText.Escape(room));
            HostLog.AdminUiCommand(logger, who, command, where, filtered);
            return room is null ? found.WhenFull(OutboxPolicy.Inherit) : found.To(room);
        }
    }

    // Not awaited by the handler: a loop of clients that stands still would hold up what the operator asks for next.
    private static async Task JoinAsync(BroadcastOperator target, string room, string who, ILogger logger)
    {
        string? reason = null;
        try
        {
            var (asked, joined) = (target.CountAsync(), target.SocketsJoinAsync(room));
            var (meant, inside) = ((await asked.ConfigureAwait(false)).Count, (await joined.ConfigureAwait(false)).Count);
            if (inside < meant)
            {
                reason = string.Create(CultureInfo.InvariantCulture, $"{inside} of {meant} sockets are in the room now; its name is reserved or longer than Limits:RoomNameBytes, or they are in as many rooms as Limits:RoomsPerSocket says");
            }
        }
#pragma warning disable CA1031 // Nobody waits for this; what happens is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            reason = LogText.Escape(failure.Message);
        }

        if (reason is not null)
        {
            HostLog.AdminUiRefused(logger, who, "join", reason);
        }
    }

    private static string Who(SockeyeSocket socket) => socket.Identity?.Subject ?? "";

    private static JsonElement At(JsonElement arguments, int index) => index < arguments.GetArrayLength() ? arguments[index] : default;

    /// <summary>How a socket has come in.</summary>
    private sealed class Entry
    {
        /// <summary><see cref="AdministrationAccess.Version"/> of when it was looked at.</summary>
        public int Version { get; set; }

        /// <summary><see cref="AdminUiVerdict.IsNew"/>.</summary>
        public bool IsNew { get; set; }
    }

    private static JsonDocument Parse(ReadOnlySpan<byte> arguments) => JsonDocument.Parse(Encoding.UTF8.GetBytes($"[{Encoding.UTF8.GetString(arguments)}]"));
}
