using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Namespaces;

/// <summary>A broadcast that waits until every member of its target has room.</summary>
/// <remarks>It owns its frame until it is sent or over. Any thread. When its turn has come in its lane, each loop that has members looks at them, at one point of the namespace's order;
/// those without room are awaited; when none is left it is sent. <see cref="AwaitedBroadcasts"/> bounds how many wait.</remarks>
internal sealed class AwaitedBroadcast : ISpaceWaiter, ILoopPromise<EmitResult>
{
    private readonly AwaitedBroadcasts _owner;
    private readonly Frame _frame;
    private readonly EmitOptions _options;
    private EmitResult _result;
    private bool _isRefused;
    private int _open;
    private int _taken;

    public AwaitedBroadcast(AwaitedBroadcasts owner, Frame frame, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken)
    {
        _owner = owner;
        _frame = frame;
        _options = options;
        Scope = scope;
        Bytes = frame.TotalLength;
        Task = LoopPromises.Make(this, cancellationToken);
    }

    public Task<EmitResult> Task { get; }

    /// <inheritdoc />
    public bool NeedsThisThread => _owner.IsOnLoop;

    public BroadcastScope Scope { get; }

    /// <summary>The scope as it was when its turn came.</summary>
    public ResolvedScope Members { get; } = new();

    public int Bytes { get; }

    /// <summary>Its place in its lane; null: in none. Guarded by the owner.</summary>
    public LinkedListNode<AwaitedBroadcast>? Node { get; set; }

    /// <summary>Where it waits. Guarded by the owner.</summary>
    public AwaitedBroadcasts.Lane? Lane { get; set; }

    /// <summary>Whether its turn has come. Guarded by the owner.</summary>
    public bool HasBegun { get; set; }

    /// <inheritdoc />
    public bool IsOver => Volatile.Read(ref _taken) != 0;

    /// <summary>Its turn has come.</summary>
    public void Begin()
    {
        if (IsOver)
        {
            _owner.Leave(this);
            return;
        }

        _owner.Groups.LookAtMembers(this);
        Tick();
    }

    /// <summary>Says how many loops are going to look at their members; the call itself counts as one more. Order lock.</summary>
    public void Expect(int loops) => _open = loops + 1;

    /// <summary>Awaits those members on one loop that have no room. On that loop.</summary>
    public void Look(Shard shard)
    {
        if (!IsOver)
        {
            List<ServerSocket> members = [];
            Members.Select(shard, members);
            foreach (var member in members)
            {
                if (!member.HasRoom)
                {
                    Interlocked.Increment(ref _open);
                    member.AwaitRoom(this);
                }
            }
        }

        Tick();
    }

    /// <inheritdoc />
    public void OnSpace() => Tick();

    /// <inheritdoc />
    public void OnGone() => Tick();

    /// <summary>All members have got it.</summary>
    public void Complete(EmitResult worst)
    {
        _result = worst;
        LoopPromises.Complete(Task);
        _owner.Leave(this);
    }

    /// <summary>It is not sent.</summary>
    public void Abandon(EmitResult result)
    {
        if (TryTake())
        {
            _frame.Release();
            _result = result;
            LoopPromises.Complete(Task);
        }
    }

    /// <inheritdoc />
    public EmitResult Outcome() => _isRefused ? throw LoopPromises.Refusal() : _result;

    /// <inheritdoc />
    public bool TryRefuse() => _isRefused = TryCancel();

    /// <inheritdoc />
    public bool TryCancel()
    {
        if (!TryTake())
        {
            return false;
        }

        _frame.Release();
        _owner.Leave(this);
        return true;
    }

    private void Tick()
    {
        if (Interlocked.Decrement(ref _open) == 0 && TryTake())
        {
            _owner.Groups.Send(_frame, Scope, _options, awaited: this);
        }
    }

    private bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;
}
