using Sockeye.Transport;

namespace Sockeye;

/// <summary>The event loops and game loops of one server, and which of them the caller runs on.</summary>
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

    [ThreadStatic]
    private static ServerGameLoop? _lastGameLoop;

    private readonly Lock _lock = new();
    private volatile ServerGameLoop[] _gameLoops = [];
    private readonly ITransportLoop[] _loops = [.. loops];

    public int Count => _loops.Length;

    /// <summary>Game loops that have not ended. Any thread.</summary>
    public int GameLoopCount => _gameLoops.Length;

    public ITransportLoop this[int index] => _loops[index];

    /// <summary>Index of the event loop whose turn the caller is in, or -1.</summary>
    public int Current()
    {
        var context = SynchronizationContext.Current;
        if (context is null)
        {
            return -1;
        }

        return ReferenceEquals(context, _lastContext) && ReferenceEquals(this, _lastSet) ? _lastIndex : Search(context);
    }

    /// <summary>The game loop whose turn the caller is in, or null.</summary>
    public ServerGameLoop? CurrentGameLoop() => Current() < 0 && SynchronizationContext.Current is not null ? _lastGameLoop : null;

    /// <summary>The event loops, and the game loops that have not ended.</summary>
    public IEnumerable<ITransportLoop> All() => _loops.Concat(_gameLoops.Select(static loop => loop.Loop));

    /// <summary>Before anything runs on the loop.</summary>
    public void Add(ServerGameLoop loop)
    {
        lock (_lock)
        {
            _gameLoops = [.. _gameLoops, loop];
        }
    }

    public void Remove(ServerGameLoop loop)
    {
        lock (_lock)
        {
            _gameLoops = [.. _gameLoops.Where(other => other != loop)];
        }
    }

    private int Search(SynchronizationContext context)
    {
        _lastContext = context;
        _lastSet = this;
        _lastIndex = Array.FindIndex(_loops, loop => ReferenceEquals(loop.Context, context));
        _lastGameLoop = _lastIndex < 0 ? Array.Find(_gameLoops, loop => ReferenceEquals(loop.Context, context)) : null;
        return _lastIndex;
    }
}
