using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>An emit to one socket that waits for room.</summary>
/// <remarks>It owns its frame until that is sent, or let go, once; on the loop, unless the caller gives up. Any thread. <see cref="SpaceQueue"/> bounds how many wait.</remarks>
internal sealed class AwaitedEmit : OrderedTask, ISpaceWaiter, ILoopPromise<EmitResult>
{
    private readonly ServerSocket _socket;
    private readonly Frame _frame;
    private readonly EmitOptions _options;
    private readonly int _bytes;
    private EmitResult _result;
    private bool _isRefused;
    private int _taken;

    public AwaitedEmit(ServerSocket socket, Frame frame, in EmitOptions options, CancellationToken cancellationToken)
    {
        _socket = socket;
        _frame = frame;
        _options = options;
        _bytes = frame.TotalLength;
        Task = LoopPromises.Make(this, cancellationToken);
    }

    public Task<EmitResult> Task { get; }

    /// <inheritdoc />
    public bool NeedsThisThread => _socket.IsOnItsLoop;

    public bool IsOver => Volatile.Read(ref _taken) != 0;

    public override void Run() => _socket.AwaitRoom(this);

    public void OnSpace()
    {
        if (TryTake())
        {
            Complete(_socket.SendNow(_frame, _options));
        }
    }

    public void OnGone()
    {
        if (TryTake())
        {
            _frame.Release();
            Complete(EmitResult.Closed);
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
        return true;
    }

    private void Complete(EmitResult result)
    {
        _result = result;
        LoopPromises.Complete(Task);
    }

    private bool TryTake()
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0)
        {
            return false;
        }

        _socket.ReleaseAwaited(_bytes);
        return true;
    }
}
