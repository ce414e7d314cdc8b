using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>The event loops and game loops of one server, and which of them the caller runs on.</summary>
/// <remarks>It owns the list of game loops; the event loops belong to the transport. Any thread. Lives as long as the server. It asks the loops themselves (<see cref="ITransportLoop.Current"/>), never a synchronisation context, which the application may set where it likes.</remarks>
internal sealed class LoopSet(IReadOnlyList<ITransportLoop> loops)
{
    /// <summary>Loops of one server: they fit into one mask of 64 bits.</summary>
    public const int MaxLoops = 64;

    [ThreadStatic]
    private static ServerGameLoop? t_lastGameLoop;

    private readonly Lock _lock = new();
    private volatile ServerGameLoop[] _gameLoops = [];
    private readonly ITransportLoop[] _loops = [.. loops];

    public int Count => _loops.Length;

    /// <summary>Game loops that have not ended. Any thread.</summary>
    public int GameLoopCount => _gameLoops.Length;

    public ITransportLoop this[int index] => _loops[index];

    /// <summary>Index of the event loop whose turn the caller is in, or -1.</summary>
    public int Current() => ITransportLoop.Current is { } loop ? IndexOf(loop) : -1;

    /// <summary>The game loop whose turn the caller is in, or null.</summary>
    public ServerGameLoop? CurrentGameLoop()
    {
        if (ITransportLoop.Current is not { Index: < 0 } loop)
        {
            return null;
        }

        // A thread runs the turns of one game loop only, apart from tests.
        return t_lastGameLoop is { } last && last.Loop == loop && last.Owner == this ? last : Search(loop);
    }

    /// <summary>Whether the caller is in a turn of one of them, an event loop or a game loop.</summary>
    public bool IsInTurn => Current() >= 0 || CurrentGameLoop() is not null;

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

    private int IndexOf(ITransportLoop loop)
    {
        // One of another server may have the same index.
        var index = loop.Index;
        return (uint)index < (uint)_loops.Length && _loops[index] == loop ? index : -1;
    }

    private ServerGameLoop? Search(ITransportLoop loop)
    {
        foreach (var own in _gameLoops)
        {
            if (own.Loop == loop)
            {
                return t_lastGameLoop = own;
            }
        }

        return null;
    }
}
