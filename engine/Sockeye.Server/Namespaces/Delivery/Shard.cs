using Sockeye.Server.Common;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Namespaces;

/// <summary>One namespace on one event loop: the members there, and what the namespace's order has in store for them.</summary>
/// <remarks>It owns the list of its members. Belongs to its loop, apart from <see cref="SocketShard.Queue"/> and <see cref="Ordered"/>, which the order lock guards.
/// Rooms and members change only while an entry is applied, one entry at a time, so whoever walks over them sees them stand still.</remarks>
internal sealed class Shard(DeliveryOrder order, ITransportLoop loop) : SocketShard, ILoopWork, IHeldBack
{
    private List<ServerSocket> _selected = [];
    private ServerSocket[] _members = [];
    private int _count;
    private long _mark;
    private int _tooLate;

    public ITransportLoop Loop { get; } = loop;

    /// <summary>Members by the namespace's order. Order lock.</summary>
    public int Ordered { get; set; }

    public ReadOnlySpan<ServerSocket> Members => _members.AsSpan(0, _count);

    /// <summary>A number that no member carries.</summary>
    public long NextMark() => ++_mark;

    void ILoopWork.Run() => Drain();

    /// <summary>The loop has ended, and nobody applies anything on it any more. What came too late for it meets sockets that are closed: frames are given back, and who waits is told.</summary>
    void ILoopWork.Dropped()
    {
        // Posts of several threads may be dropped at one time, each on its own: the first thread applies what all of them have brought. No lock, since what is applied may
        // come upon the shard of another loop that has ended.
        if (Interlocked.Increment(ref _tooLate) > 1)
        {
            return;
        }

        int seen;
        do
        {
            seen = Volatile.Read(ref _tooLate);
            Drain();
        }
        while (Interlocked.Add(ref _tooLate, -seen) > 0);
    }

    /// <summary>Applies an entry that needed no queueing, then what was queued meanwhile.</summary>
    public EmitResult ApplyNow(in ShardItem item)
    {
        IsBusy = true;
        var result = TryApply(item);
        IsBusy = false;
        DrainWaiting();
        return result;
    }

    /// <summary>A game loop's turn has ended: what it held back may go.</summary>
    void IHeldBack.Release(ServerGameLoop holder) => order.Release(this, holder);

    /// <inheritdoc />
    public override void Drain()
    {
        if (IsBusy)
        {
            return;
        }

        IsBusy = true;
        for (var items = order.TakeQueue(this); items.Count > 0; items = order.TakeQueue(this))
        {
            var array = items.Array!;
            for (var i = 0; i < items.Count; i++)
            {
                TryApply(array[i]);
                array[i] = default;
            }

            order.ReturnQueue(this, array);
        }

        IsBusy = false;
    }

    /// <summary>Handlers of the application are guarded one by one further down; what arrives here is a fault of the engine, and must not stop the loop's deliveries.</summary>
    private EmitResult TryApply(in ShardItem item)
    {
        try
        {
            return Apply(item);
        }
#pragma warning disable CA1031 // The queue has to go on; the fault is logged and counted.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            order.ReportFault(fault);
            return EmitResult.Dropped;
        }
    }

    private EmitResult Apply(in ShardItem item)
    {
        switch (item.Kind)
        {
            case ShardItemKind.Broadcast:
                return Deliver((Broadcast)item.Subject!);
            case ShardItemKind.Emit:
                return item.Subject is PendingAck ack
                    ? item.Socket!.SendForAckNow(item.Frame!, item.Options, ack)
                    : item.Socket!.SendNow(item.Frame!, item.Options);
            case ShardItemKind.Join:
                var joined = (Membership)item.Subject!;
                joined.Room.Part(Loop.Index)!.Add(joined);
                break;
            case ShardItemKind.Leave:
                var left = (Membership)item.Subject!;
                left.Room.Part(Loop.Index)!.Remove(left);
                break;
            case ShardItemKind.Enter:
                Enter(item.Socket!);
                break;
            case ShardItemKind.Exit:
                Exit(item.Socket!, (List<Membership>)item.Subject!);
                break;
            case ShardItemKind.Task:
                ((OrderedTask)item.Subject!).Run();
                break;
            case ShardItemKind.Look:
                ((AwaitedBroadcast)item.Subject!).Look(this);
                break;
        }

        return EmitResult.Accepted;
    }

    private EmitResult Deliver(Broadcast broadcast)
    {
        try
        {
            broadcast.Scope.Select(this, _selected);
            return broadcast.Deliver(_selected);
        }
        finally
        {
            broadcast.Release();
            ForgetSelected();
        }
    }

    private void ForgetSelected()
    {
        if (_selected.Capacity > 64 && _selected.Capacity / 4 > _count)
        {
            _selected = [];
        }
        else
        {
            _selected.Clear();
        }
    }

    private void Enter(ServerSocket socket)
    {
        if (_count == _members.Length)
        {
            Array.Resize(ref _members, Math.Max(4, _count * 2));
        }

        socket.MemberSlot = _count;
        _members[_count++] = socket;
    }

    private void Exit(ServerSocket socket, List<Membership> memberships)
    {
        foreach (var membership in memberships)
        {
            membership.Room.Part(Loop.Index)!.Remove(membership);
        }

        var last = _members[--_count];
        _members[_count] = null!;
        if (last != socket)
        {
            _members[socket.MemberSlot] = last;
            last.MemberSlot = socket.MemberSlot;
        }

        if (_members.Length > 64 && _count < _members.Length / 4)
        {
            Array.Resize(ref _members, _members.Length / 2);
        }
    }
}
