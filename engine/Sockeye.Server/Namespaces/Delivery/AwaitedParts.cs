using Sockeye.Abstractions.Sockets;
using Sockeye.Server.Sockets;

namespace Sockeye.Server.Namespaces;

/// <summary>A broadcast to the namespaces of a pattern, each of which waits for room: the worst of their results, when all have one.</summary>
/// <remarks>It owns the count of its parts and the worst result. Any thread. It lives until the last of its parts is over. A loop that blocks for it is told so, as for each of the parts.</remarks>
internal sealed class AwaitedParts : ILoopPromise<EmitResult>
{
    private readonly BroadcastTarget _target;
    private readonly Task<EmitResult>[] _parts;
    private bool _isRefused;
    private int _open;
    private int _taken;

    private AwaitedParts(BroadcastTarget target, Task<EmitResult>[] parts, CancellationToken cancellationToken)
    {
        _target = target;
        _parts = parts;
        _open = parts.Length;
        Task = LoopPromises.Make(this, cancellationToken);
    }

    private Task<EmitResult> Task { get; }

    /// <inheritdoc />
    public bool NeedsThisThread => _target.IsOnLoop;

    public static Task<EmitResult> Await(BroadcastTarget target, Task<EmitResult>[] parts, CancellationToken cancellationToken)
    {
        if (parts.Length == 0)
        {
            return EmitResults.Finished(EmitResult.Accepted);
        }

        var all = new AwaitedParts(target, parts, cancellationToken);
        foreach (var part in parts)
        {
            part.ContinueWith(static (_, all) => ((AwaitedParts)all!).PartDone(), all, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return all.Task;
    }

    /// <inheritdoc />
    public bool TryRefuse() => _isRefused = TryCancel();

    /// <inheritdoc />
    public bool TryCancel() => Interlocked.Exchange(ref _taken, 1) == 0;

    /// <inheritdoc />
    public EmitResult Outcome() => _isRefused ? throw LoopPromises.Refusal() : _parts.Max(static part => part.GetAwaiter().GetResult());

    private void PartDone()
    {
        if (Interlocked.Decrement(ref _open) == 0 && TryCancel())
        {
            LoopPromises.Complete(Task);
        }
    }
}
