using Sockeye.Server.Hooks;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>Shows sockets that were there before to plugins that have come since, each once.</summary>
/// <remarks>Where the handlers of the socket run: at once if that is its loop and nothing of it runs or waits, else by a job of its own, or before its next event, whichever comes first.
/// While the circuit of such a hook is open its sockets wait.</remarks>
internal static class ExistingHooks
{
    /// <returns>False: it has to wait, since the circuit of a hook is open.</returns>
    public static bool Tell(ServerSocket socket, PluginHooks hooks, HookThread thread)
    {
        if (hooks.Existing.Length == 0 || socket.SeenHooks >= hooks.Epoch || !socket.IsConnected)
        {
            return true;
        }

        var seen = socket.SeenHooks;
        if (MustWait(hooks, seen))
        {
            return false;
        }

        foreach (ref readonly var entry in hooks.Existing.AsSpan())
        {
            if (entry.Since <= seen)
            {
                continue;
            }

            if (!SyncHook.Call(socket, entry.Guard, thread, (entry.Hook, socket), static call => call.Hook.OnExisting(call.socket)) && socket.SeenHooks == seen)
            {
                // Its circuit has opened, or is tried on another thread, at this moment.
                return false;
            }

            socket.SeenHooks = hooks.Epoch;
        }

        socket.SeenHooks = hooks.Epoch;
        return true;
    }

    /// <summary>Whether one that has come since a snapshot is not asked at the moment: what it is not shown once it would never be.</summary>
    public static bool MustWait(PluginHooks hooks, int seen)
    {
        foreach (ref readonly var entry in hooks.Existing.AsSpan())
        {
            if (entry.Since > seen && !entry.Guard.MayBeAsked)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>As <see cref="Tell(ServerSocket, PluginHooks, HookThread)"/>, by itself; one that has to wait is shown later.</summary>
    public static void Tell(ServerSocket socket)
    {
        var thread = HookThread.Current;
        var began = thread.EnterSection();
        bool isTold;
        try
        {
            isTold = Tell(socket, socket.SocketNamespace.Server.Hooks, thread);
        }
        finally
        {
            thread.LeaveSection(began);
        }

        if (!isTold)
        {
            ExistingWalk.Start([socket]);
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
    /// <summary>Sockets of one turn: 32 (own; with a hook that takes 10 us a turn stays below half a millisecond).</summary>
    private const int PerTurn = 32;

    /// <summary>Time in one turn after which no further socket is shown: 1 ms (own; hooks may be slower, up to their budget, and clients wait meanwhile).</summary>
    private static readonly TimeSpan TurnTime = TimeSpan.FromMilliseconds(1);

    /// <summary>Time between two turns: 2 ms (own; what plugins register on sockets stays in memory, so that the collector copies it, and without a rest one collection follows the other before the loop has caught up).</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(2);

    /// <summary>Time after which a walk looks again whether a hook whose circuit is open may be tried: 250 ms (own; a circuit stays open for 5 s).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly ITransportLoop _loop;
    private ServerSocket[] _sockets;
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
        var end = _loop.ReadClock() + TurnTime;
        var rest = Rest;
        for (var left = PerTurn; left > 0 && _next < _sockets.Length; _next++)
        {
            var socket = _sockets[_next];
            if (ExistingHooks.MustWait(socket.SocketNamespace.Server.Hooks, socket.SeenHooks))
            {
                // Clients go meanwhile, and the list would hold them for as long as the hook is broken.
                (_sockets, _next) = (Array.FindAll(_sockets[_next..], static left => left.IsConnected), 0);
                rest = Patience;
                break;
            }

            if (socket.ShowToHooks())
            {
                left = _loop.ReadClock() < end ? left - 1 : 0;
            }
        }

        if (_next < _sockets.Length)
        {
            // From the end of the turn on, which may have been a long one.
            _loop.DueList(rest).Add(this, _loop.ReadClock() + rest);
        }
    }

    /// <inheritdoc />
    protected override void OnDue(TimeSpan due) => Turn();
}
