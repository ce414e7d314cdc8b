using System.Text;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.Testing;

/// <summary>The wire of a test client: a WebSocket over a peer in memory, in real bytes.</summary>
internal sealed class TestLink
{
    private readonly WebSocketDecoder _decoder = new(WebSocketRole.Client, new WebSocketLimits { MaxMessageBytes = Array.MaxLength, MaxFragments = 1 << 30 });
    private byte[] _head = [];
    private bool _isUpgraded;

    public TestLink(MemoryPeer peer, string target, IReadOnlyDictionary<string, string>? headers = null)
    {
        Peer = peer;
        var more = "";
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            if (name.Length == 0 || (name + value).AsSpan().ContainsAny('\r', '\n', '\0'))
            {
                throw new ArgumentException("A header has a line break or NUL in it, or no name.", nameof(headers));
            }

            more += $"{name}: {value}\r\n";
        }

        peer.Send(Encoding.ASCII.GetBytes(
            $"GET {target} HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"));
    }

    public MemoryPeer Peer { get; }

    /// <summary>Nothing goes or comes any more, and the server is not told.</summary>
    public bool IsCut { get; set; }

    /// <summary>Close code of the server; null: it has not closed, or without a close frame.</summary>
    public ushort? CloseCode { get; private set; }

    /// <summary>Answer of a server that refused the upgrade; null: it did not.</summary>
    public string? RefusedWith { get; private set; }

    public bool IsClosed => Peer.IsClosed || CloseCode is not null || RefusedWith is not null;

    public delegate void Receiver(ReadOnlySpan<byte> message, bool isBinary);

    public void Send(ReadOnlySpan<byte> payload, bool isBinary)
    {
        if (!IsCut && !Peer.IsClosed)
        {
            SendFrame(payload, isBinary ? WebSocketFrames.Binary : WebSocketFrames.Text);
        }
    }

    /// <summary>Takes what has arrived.</summary>
    /// <returns>Whether anything had.</returns>
    public bool Pump(Receiver receiver)
    {
        if (IsCut || Peer.StopReading || Peer.Receive() is not { Length: > 0 } bytes)
        {
            return false;
        }

        Span<byte> input = bytes;
        if (!_isUpgraded)
        {
            _head = [.. _head, .. bytes];
            var end = _head.AsSpan().IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                return true;
            }

            if (!_head.AsSpan().StartsWith("HTTP/1.1 101 "u8))
            {
                RefusedWith = Encoding.UTF8.GetString(_head);
                return true;
            }

            _isUpgraded = true;
            input = _head.AsSpan(end + 4);
        }

        while (_decoder.Read(ref input, out var message) == WebSocketReadStatus.Message)
        {
            switch (message.Kind)
            {
                case WebSocketMessageKind.Text:
                case WebSocketMessageKind.Binary:
                    receiver(message.Payload, message.Kind == WebSocketMessageKind.Binary);
                    break;
                case WebSocketMessageKind.Close:
                    CloseCode = message.CloseCode;
                    SendFrame([], WebSocketFrames.Close);
                    break;
            }
        }

        return true;
    }

    private void SendFrame(ReadOnlySpan<byte> payload, byte opcode)
    {
        const uint Mask = 0x1234_5678;
        var frame = new byte[WebSocketFrames.MaxHeaderBytes + payload.Length];
        var header = WebSocketFrames.WriteHeader(frame, opcode, payload.Length, fin: true, Mask);
        payload.CopyTo(frame.AsSpan(header));
        WebSocketFrames.Mask(frame.AsSpan(header, payload.Length), Mask);
        Peer.Send(frame.AsSpan(0, header + payload.Length));
    }
}
