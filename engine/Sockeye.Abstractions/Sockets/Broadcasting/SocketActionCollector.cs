namespace Sockeye.Abstractions.Sockets;

/// <summary>One action on the sockets of a scope for which somebody waits: where it has still to be applied, and to how many sockets it was.</summary>
/// <remarks>Any thread. The engine calls <see cref="Begin"/> with the number of parts (loops, namespaces, other servers) that will apply it, and <see cref="PartDone"/> for each.
/// It is complete when all parts are done; who begins several times begins one part more and ends it last.</remarks>
internal sealed class SocketActionCollector : ILoopPromise<SocketCount>
{
    private readonly Lock _lock = new();
    private readonly BroadcastTarget _target;
    private readonly MissingNodeList _missing = new();
    private int _parts;
    private int _count;
    private bool _isRefused;
    private bool _isSettled;

    public SocketActionCollector(BroadcastTarget target, CancellationToken cancellationToken)
    {
        _target = target;
        Task = LoopPromises.Make(this, cancellationToken);
    }

    public Task<SocketCount> Task { get; }

    /// <inheritdoc />
    public bool NeedsThisThread => _target.IsOnLoop;

    /// <summary>Says how many more parts will call <see cref="PartDone"/>; 0 completes at once if no other is awaited.</summary>
    public void Begin(int parts) => Change(parts, 0);

    /// <summary>A part has applied the action.</summary>
    /// <param name="sockets">To how many sockets, if they are not counted elsewhere.</param>
    public void PartDone(int sockets = 0) => Change(-1, sockets);

    /// <summary>A server of the cluster did not say in time what it did.</summary>
    public void NodeMissing(string node)
    {
        lock (_lock)
        {
            _missing.Add(node);
        }
    }

    /// <inheritdoc />
    public bool TryRefuse() => _isRefused = TrySettle();

    /// <inheritdoc />
    public bool TryCancel() => TrySettle();

    /// <inheritdoc />
    public SocketCount Outcome() => _isRefused ? throw LoopPromises.Refusal() : new SocketCount(_count, _missing.ToList());

    private void Change(int parts, int sockets)
    {
        lock (_lock)
        {
            _count += sockets;
            _parts += parts;
            if (_parts > 0 || _isSettled)
            {
                return;
            }

            _isSettled = true;
        }

        LoopPromises.Complete(Task);
    }

    private bool TrySettle()
    {
        lock (_lock)
        {
            var isFirst = !_isSettled;
            _isSettled = true;
            return isFirst;
        }
    }
}
