using Sockeye.Server.Hooks;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>Shows sockets that were there before to plugins that have come since, each once.</summary>
/// <remarks>Where the handlers of the socket run: by a job of its own, or before its next event, whichever comes first.</remarks>
internal static class ExistingHooks
{
    public static void Tell(ServerSocket socket, PluginHooks hooks, HookThread thread)
    {
        if (hooks.Existing.Length == 0 || socket.SeenHooks >= hooks.Epoch || !socket.IsConnected)
        {
            return;
        }

        var seen = socket.SeenHooks;
        socket.SeenHooks = hooks.Epoch;
        foreach (ref readonly var entry in hooks.Existing.AsSpan())
        {
            if (entry.Since > seen)
            {
                SyncHook.Call(socket, entry.Guard, thread, (entry.Hook, socket), static call => call.Hook.OnExisting(call.socket));
            }
        }
    }

    /// <summary>As <see cref="Tell(ServerSocket, PluginHooks, HookThread)"/>, by itself.</summary>
    public static void Tell(ServerSocket socket)
    {
        var thread = HookThread.Current;
        var began = thread.EnterSection();
        try
        {
            Tell(socket, socket.SocketNamespace.Server.Hooks, thread);
        }
        finally
        {
            thread.LeaveSection(began);
        }
    }
}

/// <summary>The job that shows a socket to plugins that have come since it was admitted.</summary>
internal sealed class ExistingJob : HandlerJob
{
    /// <inheritdoc />
    protected override void Run(ServerSocket socket) => ExistingHooks.Tell(socket);
}

/// <summary>Shows the sockets of one loop to plugins that have come since, some in each of its turns, so that what clients send goes on in between.</summary>
/// <remarks>It owns the list of those that are left, on their loop, until that is empty, and rests between two turns. A socket that sends something meanwhile is shown before its event.</remarks>
internal sealed class ExistingWalk : DueEntry
{
    /// <summary>Sockets of one turn: 32 (own; a hook that takes 10 us with what surrounds it keeps a turn below half a millisecond).</summary>
    private const int PerTurn = 32;

    /// <summary>Time between two turns: 2 ms (own; what plugins register on sockets stays in memory, so that the collector copies it, and without a rest one collection follows the other before the loop has caught up).</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(2);

    private readonly ITransportLoop _loop;
    private readonly ServerSocket[] _sockets;
    private int _next;

    private ExistingWalk(ITransportLoop loop, ServerSocket[] sockets)
    {
        _loop = loop;
        _sockets = sockets;
    }

    /// <summary>Begins. Any thread.</summary>
    public static void Start(IEnumerable<ServerSocket> sockets)
    {
        foreach (var group in sockets.GroupBy(static socket => socket.Home))
        {
            new ExistingWalk(group.Key, [.. group]).Begin();
        }
    }

    private void Begin() => _loop.Post(static walk => ((ExistingWalk)walk!).Turn(), this);

    private void Turn()
    {
        for (var end = Math.Min(_next + PerTurn, _sockets.Length); _next < end; _next++)
        {
            _sockets[_next].ShowToHooks();
        }

        if (_next < _sockets.Length)
        {
            _loop.DueList(Rest).Add(this);
        }
    }

    /// <inheritdoc />
    protected override void OnDue(TimeSpan due) => Turn();
}
