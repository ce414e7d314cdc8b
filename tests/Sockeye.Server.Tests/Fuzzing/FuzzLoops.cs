namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>Game loops that sockets of a fuzzed server move between; they end while sockets are on them, and others take their place. Any thread.</summary>
internal sealed class FuzzLoops(SockeyeServer server)
{
    /// <summary>Fewer than a server may have; those that have not ended yet count too.</summary>
    private const int MaxMade = 20;

    private readonly Lock _lock = new();
    private readonly GameLoop[] _loops = [server.CreateLoop("match-0", 20), server.CreateLoop("match-1", 50)];
    private int _made = 2;
    private int _moves;

    /// <summary>Puts the socket on the next loop, or where its namespace belongs.</summary>
    public void Move(SockeyeSocket socket)
    {
        lock (_lock)
        {
            var next = _moves++ % (_loops.Length + 1);
            socket.RunOn(next == _loops.Length ? null : _loops[next]);
        }
    }

    /// <summary>Ends a loop, without waiting for it.</summary>
    public void Retire()
    {
        lock (_lock)
        {
            if (_made < MaxMade)
            {
                var place = _made % _loops.Length;
                _ = _loops[place].DisposeAsync().AsTask();
                _loops[place] = server.CreateLoop($"match-{_made++}", 20);
            }
        }
    }
}
