using Sockeye.Plugins;
using Sockeye.Server.Hooks;
using Sockeye.Server.Sockets;

namespace Sockeye.Server.Clients;

/// <summary>Asks the plugins about a client that wants to enter a namespace, before the application's middleware is asked.</summary>
/// <remarks>On the connection's loop. Each has <see cref="SockeyeServerOptions.AdmissionTimeout"/>, so that one that does not answer takes no time from the others.</remarks>
internal static class ConnectHooks
{
    /// <summary>The data of a refusal because a plugin does not work, which is written without a codec.</summary>
    public static readonly object Unavailable = new();

    /// <summary>Asks. Never fails.</summary>
    /// <returns>What was decided; null: the client has gone.</returns>
    public static async ValueTask<ConnectResult?> AskAsync(SocketIOClient client, ServerSocket socket)
    {
        var server = client.Server;
        var entries = HookChain.Begin(server, static hooks => hooks.Connects);
        try
        {
            foreach (var entry in entries)
            {
                var answer = await AsyncHook.AskAsync(
                    entry.Guard, client.Session.Loop, server.HookClock, server.AdmissionTimeout, token => entry.Hook.OnConnectAsync(socket, token), socket.Aborted).ConfigureAwait(true);
                if (!socket.IsPending || answer.State == HookAnswerState.Gone)
                {
                    return null;
                }

                if (answer.State == HookAnswerState.Failed && entry.Guard.IsClosedWhenFaulted)
                {
                    return ConnectResult.Reject("Unavailable", Unavailable);
                }

                if (answer.State == HookAnswerState.Answered && !answer.Value.IsAccepted)
                {
                    return answer.Value;
                }
            }
        }
        finally
        {
            HookChain.End(entries);
        }

        return ConnectResult.Accept;
    }
}
