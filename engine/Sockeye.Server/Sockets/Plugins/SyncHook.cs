using Sockeye.Server.Common;
using Sockeye.Server.Hooks;

namespace Sockeye.Server.Sockets;

/// <summary>Calls a hook that is told of something and decides nothing: guarded and measured.</summary>
internal static class SyncHook
{
    /// <summary>Of a socket, where its handlers run.</summary>
    /// <returns>False: it was not called, since its circuit is open.</returns>
    public static bool Call<TCall>(ServerSocket socket, HookGuard guard, HookThread thread, TCall call, Action<TCall> hook)
    {
        socket.NameActivity(guard.Name, guard);
        return Call(socket.SocketNamespace.Server, guard, thread, call, hook);
    }

    /// <summary>On any thread.</summary>
    /// <inheritdoc cref="Call{TCall}(ServerSocket, HookGuard, HookThread, TCall, Action{TCall})" path="/returns" />
    public static bool Call<TCall>(ServerContext server, HookGuard guard, HookThread thread, TCall call, Action<TCall> hook)
    {
        var pass = guard.Enter();
        if (pass == HookPass.None)
        {
            return false;
        }

        var outer = thread.Begin(guard);
        var before = server.HookClock.Now;
        try
        {
            hook(call);
            guard.Returned(pass, thread, server.HookClock.Now - before);
        }
#pragma warning disable CA1031 // Whatever a plugin throws is its own failure: counted, logged, and the server goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed(pass, HookFault.Threw, failure);
        }
        finally
        {
            thread.End(outer);
        }

        return true;
    }
}
