using System.Text;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

/// <summary>The client's side of a WebSocket over a memory peer: frames by hand, so that wrong ones can be sent too.</summary>
internal sealed class WebSocketTestClient
{
    public const string Request = "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    public const string Response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nCache-Control: no-store\r\n\r\n";

    /// <summary>For tests in which nothing but the messages shall happen.</summary>
    public static readonly WebSocketEndpointOptions WithoutHeartbeat = new() { PingInterval = Timeout.InfiniteTimeSpan, IdleTimeout = Timeout.InfiniteTimeSpan };

    private readonly HttpTestServer _server;
    private readonly List<byte> _received = [];

    public WebSocketTestClient(HttpTestServer server, int loop = 0)
    {
        _server = server;
        Peer = server.Connect(loop);
        Assert.Equal(Response, server.Exchange(Peer, Request));
    }

    public MemoryPeer Peer { get; }

    public static byte[] Frame(byte opcode, ReadOnlySpan<byte> payload, bool fin = true, uint? mask = 0x11223344)
    {
        var frame = new byte[WebSocketFrames.MaxHeaderBytes + payload.Length];
        var header = WebSocketFrames.WriteHeader(frame, opcode, payload.Length, fin, mask);
        payload.CopyTo(frame.AsSpan(header));
        if (mask is { } key)
        {
            WebSocketFrames.Mask(frame.AsSpan(header, payload.Length), key);
        }

        return frame[..(header + payload.Length)];
    }

    public static byte[] Text(string text, bool fin = true) => Frame(WebSocketFrames.Text, Encoding.UTF8.GetBytes(text), fin);

    public static byte[] Close(ushort code, string reason = "")
        => Frame(WebSocketFrames.Close, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);

    /// <summary>Sends, runs the server, and reads the frames that came: "t:hello", "b:0102", "pong:..", "close:1000:reason".</summary>
    public string Exchange(params byte[][] frames)
    {
        foreach (var frame in frames)
        {
            Peer.Send(frame);
        }

        return Receive();
    }

    public string Receive()
    {
        _server.Run();
        _received.AddRange(Peer.Receive());
        var texts = new List<string>();
        while (TryRead(out var text))
        {
            texts.Add(text);
        }

        return string.Join(' ', texts);
    }

    private bool TryRead(out string text)
    {
        text = "";
        if (_received.Count < 2)
        {
            return false;
        }

        var at = 2;
        long length = _received[1];
        Assert.True(length < 128, "a server does not mask");
        for (int bytes = length == 126 ? 2 : length == 127 ? 8 : 0, i = 0; i < bytes; i++)
        {
            if (_received.Count <= at)
            {
                return false;
            }

            length = i == 0 ? _received[at] : (length << 8) | _received[at];
            at++;
        }

        if (_received.Count < at + length)
        {
            return false;
        }

        byte[] payload = [.. _received.GetRange(at, (int)length)];
        Assert.True((_received[0] & 0x80) != 0, "a server does not fragment");
        text = (_received[0] & 0x7f) switch
        {
            1 => "t:" + Encoding.UTF8.GetString(payload),
            2 => "b:" + Convert.ToHexString(payload),
            8 => payload.Length == 0 ? "close" : $"close:{(payload[0] << 8) | payload[1]}:{Encoding.UTF8.GetString(payload.AsSpan(2))}",
            9 => "ping:" + Encoding.UTF8.GetString(payload),
            10 => "pong:" + Encoding.UTF8.GetString(payload),
            _ => "unknown",
        };
        _received.RemoveRange(0, at + (int)length);
        return true;
    }
}
