using Sockeye.Server.Hooks;

namespace Sockeye.Server.Sockets;

/// <summary>Tells plugins of sockets that have gone.</summary>
/// <remarks>Where the handlers of the socket run, after them.</remarks>
internal static class DisconnectHooks
{
    public static void Tell(ServerSocket socket, Disconnection disconnection)
    {
        var server = socket.SocketNamespace.Server;
        if (server.Hooks.Disconnects.Length == 0)
        {
            return;
        }

        var thread = HookThread.Current;
        var began = thread.EnterSection();
        try
        {
            foreach (ref readonly var entry in server.Hooks.Disconnects.AsSpan())
            {
                SyncHook.Call(socket, entry.Guard, thread, (entry.Hook, socket, disconnection), static call => call.Hook.OnDisconnect(call.socket, call.disconnection));
            }
        }
        finally
        {
            thread.LeaveSection(began);
        }
    }
}
