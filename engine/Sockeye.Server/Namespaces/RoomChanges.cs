using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Server.Hooks;
using Sockeye.Server.Sockets;

namespace Sockeye.Server.Namespaces;

/// <summary>Joins and leaves of one namespace on their way to the hooks for rooms.</summary>
/// <remarks>It owns the queue, which is filled under the order lock, so that it has the order in which things happened, and emptied without it by one thread at a time: by whoever has
/// changed something first, for those too who change something meanwhile. Any thread. Lives as long as the namespace. It holds at most <see cref="HookOptions.QueuedRoomChanges"/>; a hook that
/// does not come back holds the one thread that empties it.</remarks>
internal sealed class RoomChanges(SockeyeNamespace nsp, ServerContext server)
{
    private readonly Lock _lock = new();
    private readonly Queue<RoomChange> _queue = new();
    private volatile bool _hasAny;
    private bool _isTelling;
    private bool _isBehind;

    /// <summary>Something has happened that hooks are told of, if there are any. Order lock.</summary>
    public void Add(ServerSocket socket, Room room, bool hasJoined)
    {
        if (server.Hooks.Rooms.Length == 0 || Abstractions.Sockets.ReservedRooms.Has(room.Name))
        {
            return;
        }

        lock (_lock)
        {
            if (_queue.Count >= server.HookOptions.QueuedRoomChanges)
            {
                _isBehind = true;
                return;
            }

            _queue.Enqueue(new RoomChange(nsp, room.Name, socket, hasJoined, room.Ordered == (hasJoined ? 1 : 0)));
            _hasAny = true;
        }
    }

    /// <summary>Tells hooks of what has happened, unless another thread does so, or a hook further up the stack. Without any lock.</summary>
    public void Tell()
    {
        if (!_hasAny)
        {
            return;
        }

        lock (_lock)
        {
            if (_isTelling)
            {
                return;
            }

            _isTelling = true;
        }

        while (TryTake(out var change, out var isBehind))
        {
            Tell(change, isBehind);
        }
    }

    private bool TryTake(out RoomChange change, out bool isBehind)
    {
        lock (_lock)
        {
            isBehind = _isBehind;
            _isBehind = false;
            if (_queue.TryDequeue(out change))
            {
                return true;
            }

            _hasAny = false;
            _isTelling = false;
            return false;
        }
    }

    private void Tell(in RoomChange change, bool isBehind)
    {
        var thread = HookThread.Current;
        var began = thread.EnterSection();
        try
        {
            foreach (ref readonly var entry in server.Hooks.Rooms.AsSpan())
            {
                if (isBehind)
                {
                    entry.Guard.Failed(HookPass.Normal, HookFault.Behind);
                }

                SyncHook.Call(server, entry.Guard, thread, (entry.Hook, change), static call => call.Hook.OnRoom(call.change));
            }
        }
        finally
        {
            thread.LeaveSection(began);
        }
    }
}
