using System.Text;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>One WebSocket client played by hand.</summary>
internal sealed class WebSocketPeer
{
    private readonly MemoryTransport _transport;
    private readonly HttpPeer _http;
    private readonly WebSocketDecoder _decoder = new(WebSocketRole.Client, new WebSocketLimits { MaxMessageBytes = 64 << 20 });
    private readonly Queue<string> _messages = new();

    public WebSocketPeer(MemoryTransport transport, string target, int loop = 0, params string[] headers)
    {
        _transport = transport;
        _http = new HttpPeer(transport, loop);
        _http.Send("GET", target, null, ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", .. headers]);
        Handshake = _http.Receive();
    }

    public Response Handshake { get; }

    public MemoryPeer Peer => _http.Peer;

    /// <summary>The code of the close frame that came, null if none did.</summary>
    public int? CloseCode { get; private set; }

    public string CloseReason { get; private set; } = "";

    /// <summary>All messages that came since the last call; binary ones as <c>b:</c> and hex.</summary>
    public string[] Take()
    {
        Pump();
        string[] all = [.. _messages];
        _messages.Clear();
        return all;
    }

    public string Next() => Take() is [var one] ? one : throw new InvalidOperationException("Not exactly one message.");

    public WebSocketPeer Send(string text)
    {
        Queue(WebSocketFrames.Text, Encoding.UTF8.GetBytes(text));
        _transport.RunUntilIdle();
        return this;
    }

    public WebSocketPeer SendBinary(byte[] data)
    {
        Queue(WebSocketFrames.Binary, data);
        _transport.RunUntilIdle();
        return this;
    }

    /// <summary>Sends several frames as one piece.</summary>
    public WebSocketPeer SendTogether(params string[] texts)
    {
        Peer.Send([.. texts.SelectMany(text => Frame(WebSocketFrames.Text, Encoding.UTF8.GetBytes(text)))]);
        _transport.RunUntilIdle();
        return this;
    }

    /// <summary>Sends a frame without running the loops.</summary>
    public void Queue(byte opcode, byte[] payload) => Peer.Send(Frame(opcode, payload));

    public void SendClose(ushort? code = null)
    {
        Queue(WebSocketFrames.Close, code is { } value ? [(byte)(value >> 8), (byte)value] : []);
        _transport.RunUntilIdle();
    }

    public void Reset() => _http.Reset();

    public void Close() => _http.Close();

    public static byte[] Frame(byte opcode, byte[] payload)
    {
        var frame = new byte[WebSocketFrames.MaxHeaderBytes + payload.Length];
        var header = WebSocketFrames.WriteHeader(frame, opcode, payload.Length, fin: true, mask: 0x01020304);
        payload.CopyTo(frame, header);
        WebSocketFrames.Mask(frame.AsSpan(header, payload.Length), 0x01020304);
        return frame[..(header + payload.Length)];
    }

    private void Pump()
    {
        Span<byte> input = _http.TakeRest();
        while (!input.IsEmpty)
        {
            var status = _decoder.Read(ref input, out var message);
            if (status == WebSocketReadStatus.Failed)
            {
                throw new InvalidOperationException($"The server sent a bad frame: {_decoder.Error}");
            }

            if (status == WebSocketReadStatus.NeedMore)
            {
                break;
            }

            switch (message.Kind)
            {
                case WebSocketMessageKind.Text:
                    _messages.Enqueue(Encoding.UTF8.GetString(message.Payload));
                    break;
                case WebSocketMessageKind.Binary:
                    _messages.Enqueue("b:" + Convert.ToHexString(message.Payload));
                    break;
                case WebSocketMessageKind.Close:
                    CloseCode = message.CloseCode;
                    CloseReason = Encoding.UTF8.GetString(message.Payload);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>The close code after reading all that came.</summary>
    public int? ReadClose()
    {
        Pump();
        return CloseCode;
    }
}
