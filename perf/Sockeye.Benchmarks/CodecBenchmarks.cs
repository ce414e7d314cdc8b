using System.Text;
using BenchmarkDotNet.Attributes;
using Sockeye.Protocol;
using Sockeye.Protocol.EngineIO;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.SocketIO;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Benchmarks;

/// <summary>Bytes to packets and back: what each layer of the wire costs alone.</summary>
public class CodecBenchmarks
{
    /// <summary>Messages in one read, as a client sends them that does not wait for answers.</summary>
    private const int Messages = 16;

    private static readonly byte[] s_head = Encoding.ASCII.GetBytes(
        "GET /socket.io/?EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: game.example.org\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n" +
        "Accept-Encoding: gzip, deflate\r\nOrigin: https://game.example.org\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

    private static readonly byte[] s_event = "2[\"move\",7,1.5,\"left\"]"u8.ToArray();
    private static readonly byte[] s_payload = Encoding.UTF8.GetBytes(string.Join('\x1e', Enumerable.Repeat("42[\"move\",7,1.5,\"left\"]", Messages)));

    private readonly HttpHeadReader _heads = new(new HttpLimits());
    private readonly WebSocketDecoder _decoder = new(WebSocketRole.Server, new WebSocketLimits());
    private readonly SocketPacketLimits _limits = new();
    private readonly byte[] _frames = Frames();
    private readonly byte[] _input = new byte[Frames().Length];
    private readonly byte[] _output = new byte[4096];

    /// <summary>The head of an upgrade request with eight fields.</summary>
    [Benchmark]
    public HttpReadStatus HttpHeadRead()
    {
        var status = _heads.Read(s_head, out _);
        _heads.Reset();
        return status;
    }

    /// <summary>One masked text frame of 23 bytes, its copy into the read buffer included.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public int WebSocketDecode()
    {
        _frames.CopyTo(_input, 0);
        Span<byte> rest = _input;
        var messages = 0;
        while (_decoder.Read(ref rest, out _) == WebSocketReadStatus.Message)
        {
            messages++;
        }

        return messages;
    }

    /// <summary>The header of one frame and the copy of its payload.</summary>
    [Benchmark]
    public int WebSocketEncode()
    {
        var length = WebSocketFrames.WriteHeader(_output, WebSocketFrames.Text, s_event.Length);
        s_event.CopyTo(_output, length);
        return length;
    }

    /// <summary>One packet of a POST body with sixteen.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public int EnginePayloadRead()
    {
        var reader = new EnginePayloadReader(s_payload);
        var packets = 0;
        while (reader.TryRead(out _))
        {
            packets++;
        }

        return packets;
    }

    /// <summary>One packet of a poll answer.</summary>
    [Benchmark]
    public int EnginePayloadWrite() => EnginePayloadWriter.WritePacket(_output, EnginePacketType.Message, s_event, isBinary: false);

    /// <summary>An event with three arguments, which are found and not parsed.</summary>
    [Benchmark]
    public ProtocolError SocketPacketRead() => SocketPacketReader.TryRead(s_event, _limits, out _);

    /// <summary>The header of an acknowledgement in a namespace.</summary>
    [Benchmark]
    public int SocketPacketWrite() => SocketPacketWriter.WriteHeader(_output, SocketPacketType.Ack, 0, "/game"u8, 12_345);

    private static byte[] Frames()
    {
        byte[] message = [(byte)'4', .. s_event];
        var frames = new List<byte>();
        var header = new byte[WebSocketFrames.MaxHeaderBytes];
        for (var i = 0; i < Messages; i++)
        {
            var key = 0x9E3779B9u * (uint)(i + 1);
            byte[] masked = [.. message];
            WebSocketFrames.Mask(masked, key);
            frames.AddRange(header.AsSpan(0, WebSocketFrames.WriteHeader(header, WebSocketFrames.Text, masked.Length, mask: key)));
            frames.AddRange(masked);
        }

        return [.. frames];
    }
}
