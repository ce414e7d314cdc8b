using BenchmarkDotNet.Attributes;
using Sockeye.Testing;

namespace Sockeye.Benchmarks;

/// <summary>A broadcast to a room, from the call to the bytes in each member's channel; per delivery.</summary>
public class FanOutBenchmarks
{
    private const int Members = 1000;

    private SockeyeTestServer? _server;
    private SockeyeTestClient[] _members = [];
    private Publish? _publish;

    /// <summary>A room with a thousand members.</summary>
    [GlobalSetup]
    public void Start()
    {
        _server = new SockeyeTestServer(server => server.OnConnection(socket => socket.Join("room")));
        _members = [.. Enumerable.Range(0, Members).Select(_ => _server.Connect())];
        _publish = new Publish(_server.Server);
    }

    /// <summary>One broadcast.</summary>
    [Benchmark(OperationsPerInvoke = Members)]
    public int OneBroadcast() => Run(1);

    /// <summary>Eight broadcasts of one turn, which leave together; still per member.</summary>
    [Benchmark(OperationsPerInvoke = Members)]
    public int EightBroadcasts() => Run(8);

    private int Run(int broadcasts)
    {
        for (var i = 0; i < broadcasts; i++)
        {
            _server!.Transport.Loops[0].Post(_publish!);
        }

        _server!.Transport.RunUntilIdle();
        var bytes = 0;
        foreach (var member in _members)
        {
            bytes += member.Peer.Receive().Length;
        }

        return bytes;
    }

    private sealed class Publish(SockeyeServer server) : Transport.ILoopWork
    {
        public void Run() => server.To("room").Emit("pos", 1, 2.5);
    }
}
