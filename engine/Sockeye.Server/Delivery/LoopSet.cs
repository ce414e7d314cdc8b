using Sockeye.Transport;

namespace Sockeye;

/// <summary>The event loops of one server, and which of them the caller runs on.</summary>
internal sealed class LoopSet(IReadOnlyList<ITransportLoop> loops)
{
    /// <summary>Loops of one server: they fit into one mask of 64 bits.</summary>
    public const int MaxLoops = 64;

    [ThreadStatic]
    private static SynchronizationContext? _lastContext;

    [ThreadStatic]
    private static LoopSet? _lastSet;

    [ThreadStatic]
    private static int _lastIndex;

    private readonly ITransportLoop[] _loops = [.. loops];

    public int Count => _loops.Length;

    public ITransportLoop this[int index] => _loops[index];

    /// <summary>Index of the loop whose turn the caller is in, or -1.</summary>
    public int Current()
    {
        var context = SynchronizationContext.Current;
        if (context is null)
        {
            return -1;
        }

        return ReferenceEquals(context, _lastContext) && ReferenceEquals(this, _lastSet) ? _lastIndex : Search(context);
    }

    private int Search(SynchronizationContext context)
    {
        _lastContext = context;
        _lastSet = this;
        _lastIndex = Array.FindIndex(_loops, loop => ReferenceEquals(loop.Context, context));
        return _lastIndex;
    }
}
