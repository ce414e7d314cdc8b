using System.Runtime.ExceptionServices;

namespace Sockeye.Abstractions.Sockets;

/// <summary>The acknowledgements of one broadcast while they come in, from any loop.</summary>
/// <remarks>The engine calls <see cref="Begin"/> for each namespace with the number of loops that will select members, <see cref="Expect"/> for each member,
/// and <see cref="PartDone"/> when a loop has selected all of its members. A member that does not answer in time fails, as the acknowledgement of a single socket does.
/// It is complete when all loops are done and each member has answered or failed. Who begins several namespaces begins one part more and ends it last.</remarks>
internal abstract class BroadcastAckCollector
{
    /// <summary>Says how many more loops will call <see cref="PartDone"/>; 0 completes at once if no other is awaited.</summary>
    public abstract void Begin(int parts);

    /// <summary>A member was selected; the callback waits for its answer.</summary>
    public abstract AckCallback Expect(string socketId);

    /// <summary>A loop has selected all of its members.</summary>
    public abstract void PartDone();

    /// <summary>A loop had no room for the broadcast: its members, whoever they are, do not answer.</summary>
    public abstract void PartLost();

    /// <summary>A server of the cluster did not answer: its members, whoever they are, are missing.</summary>
    public abstract void NodeMissing(string node);
}

/// <inheritdoc />
internal sealed class BroadcastAckCollector<T> : BroadcastAckCollector, ILoopPromise<BroadcastAck<T>>
{
    private readonly Lock _lock = new();
    private readonly BroadcastTarget _target;
    private readonly List<Member> _members = [];
    private readonly List<AckFrom<T>> _answers = [];
    private readonly MissingNodeList _missingNodes = new();
    private int _parts;
    private int _open;
    private bool _isPartial;
    private bool _isSettled;
    private BroadcastAck<T>? _result;
    private Exception? _failure;

    public BroadcastAckCollector(BroadcastTarget target, CancellationToken cancellationToken)
    {
        _target = target;
        Task = LoopPromises.Make(this, cancellationToken);
    }

    public Task<BroadcastAck<T>> Task { get; }

    /// <inheritdoc />
    public bool NeedsThisThread => _target.IsOnLoop;

    /// <inheritdoc />
    public bool TryRefuse() => TryEnd(LoopPromises.Refusal());

    /// <inheritdoc />
    public bool TryCancel() => TryEnd(null);

    /// <inheritdoc />
    public BroadcastAck<T> Outcome()
    {
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }

        return _result!;
    }

    public override void Begin(int parts)
    {
        lock (_lock)
        {
            _parts += parts;
            CompleteIfDone();
        }
    }

    public override AckCallback Expect(string socketId)
    {
        var member = new Member(this, socketId);
        lock (_lock)
        {
            _members.Add(member);
            _open++;
        }

        return member;
    }

    public override void PartDone()
    {
        lock (_lock)
        {
            _parts--;
            CompleteIfDone();
        }
    }

    public override void PartLost()
    {
        lock (_lock)
        {
            _isPartial = true;
        }
    }

    public override void NodeMissing(string node)
    {
        lock (_lock)
        {
            _missingNodes.Add(node);
        }
    }

    private bool TryEnd(Exception? failure)
    {
        lock (_lock)
        {
            if (_isSettled)
            {
                return false;
            }

            _isSettled = true;
            _failure = failure;
            return true;
        }
    }

    private void Settle(Member member, bool answered, T? value)
    {
        lock (_lock)
        {
            if (member.IsSettled)
            {
                return;
            }

            member.IsSettled = true;
            member.HasAnswered = answered;
            if (answered)
            {
                _answers.Add(new AckFrom<T>(member.SocketId, value));
            }

            _open--;
            CompleteIfDone();
        }
    }

    private void CompleteIfDone()
    {
        if (_parts > 0 || _open > 0 || _isSettled)
        {
            return;
        }

        var missing = new List<string>();
        foreach (var member in _members)
        {
            if (!member.HasAnswered)
            {
                missing.Add(member.SocketId);
            }
        }

        _isSettled = true;
        _result = new BroadcastAck<T>(_answers.ToArray(), missing, _missingNodes.ToList(), _isPartial);
        LoopPromises.Complete(Task);
    }

    private sealed class Member(BroadcastAckCollector<T> collector, string socketId) : AckCallback
    {
        public string SocketId { get; } = socketId;

        public bool IsSettled { get; set; }

        public bool HasAnswered { get; set; }

        public override void Answer(EventReader answer)
        {
            try
            {
                var isRead = answer.TryReadArgument<T>(out var value);
                collector.Settle(this, isRead, value);
            }
            catch (Exception exception)
            {
                // A converter of the application failed: that belongs to whoever awaits, not to the loop.
                if (collector.TryEnd(exception))
                {
                    LoopPromises.Complete(collector.Task);
                }
            }
        }

        public override void Fail(AckStatus status) => collector.Settle(this, false, default);
    }
}
