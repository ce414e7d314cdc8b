using System.Text;
using System.Text.Json.Serialization;
using BenchmarkDotNet.Attributes;
using Sockeye.Protocol.WebSockets;
using Sockeye.Testing;

namespace Sockeye.Benchmarks;

/// <summary>
/// The whole server between a memory channel's input and output: per message, sixteen in one read. The bytes that the memory channel itself
/// keeps for the test's end count as allocated; the engine's own stand in the allocation tests.
/// </summary>
public partial class ServerBenchmarks
{
    private const int Messages = 16;

    private SockeyeTestServer? _server;
    private SockeyeTestClient? _client;
    private byte[] _numbers = [], _state = [], _ack = [], _unknown = [];
    private long _sum;

    /// <summary>A server with one client.</summary>
    [GlobalSetup]
    public void Start()
    {
        _server = new SockeyeTestServer(
            server =>
            {
                server.On("move", (SockeyeSocket socket, int x, double y) => { _sum += x; });
                server.On("state", (SockeyeSocket socket, GameState state) => { _sum += state.Tick; });
                server.OnWithAck("add", (int a, int b) => a + b);
            },
            builder => builder.Json.TypeInfoResolverChain.Insert(0, Contracts.Default));
        _client = _server.Connect();
        _numbers = Frames("42[\"move\",7,1.5]");
        _state = Frames("42[\"state\",{\"tick\":1234,\"id\":\"player-17\",\"x\":12.5,\"y\":-3.25,\"z\":0.5,\"yaw\":1.57,\"health\":87,\"team\":\"red\",\"jumping\":false}]");
        _ack = Frames("421[\"add\",1,2]");
        _unknown = Frames("42[\"nobody\",7,1.5]");
    }

    /// <summary>An event for a typed handler of two numbers.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public long TypedNumbers() => Send(_numbers);

    /// <summary>The state of a player as JSON for a handler with a record, by a source-generated contract.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public long GameSizedJson() => Send(_state);

    /// <summary>An event that is answered with a number.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public long Acknowledged() => Send(_ack);

    /// <summary>An event that nobody handles: found by its bytes, never parsed.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public long Unhandled() => Send(_unknown);

    internal static byte[] Frames(string packet)
    {
        var payload = Encoding.UTF8.GetBytes(packet);
        var header = new byte[WebSocketFrames.MaxHeaderBytes];
        byte[] frame = [.. header.AsSpan(0, WebSocketFrames.WriteHeader(header, WebSocketFrames.Text, payload.Length, mask: 0)), .. payload];
        return [.. Enumerable.Repeat(frame, Messages).SelectMany(bytes => bytes)];
    }

    private long Send(byte[] frames)
    {
        _client!.Peer.Send(frames);
        _server!.Transport.RunUntilIdle();
        return _sum + _client.Peer.Receive().Length;
    }

    internal sealed record GameState(int Tick, string Id, double X, double Y, double Z, double Yaw, int Health, string Team, bool Jumping);

    [JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(GameState))]
    private sealed partial class Contracts : JsonSerializerContext;
}
