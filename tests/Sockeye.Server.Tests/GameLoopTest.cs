using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>A server with a game loop, and what was called on it.</summary>
public abstract class GameLoopTest : ServerTest
{
    private protected readonly List<string> _calls = [];
    private protected GameLoop _loop = null!;

    private protected SockeyeNamespace OnLoop(SockeyeServer server)
    {
        _loop = server.CreateLoop("arena", 20);
        var arena = server.Of("/arena");
        arena.RunHandlersOn(_loop);
        return arena;
    }

    private protected static void End(SockeyeTestServer app, GameLoop loop)
    {
        var end = loop.DisposeAsync().AsTask();
        Assert.True(app.RunUntil(() => end.IsCompleted));
    }

    private protected void Note(string call) => _calls.Add($"{call} {_loop.IsCurrent}");
}
