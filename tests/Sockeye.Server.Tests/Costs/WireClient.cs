using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sockeye.Protocol.WebSockets;
using Xunit;

namespace Sockeye.Server.Tests.Costs;

/// <summary>A client on a socket of its own that blocks: what it sends with one call arrives with one read.</summary>
internal sealed class WireClient : IDisposable
{
    private const int PatienceMilliseconds = 60_000;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _input = new byte[1 << 17];
    private int _start, _end;

    public WireClient(EndPoint server, int? receiveBuffer = null)
    {
        _socket.ReceiveTimeout = _socket.SendTimeout = PatienceMilliseconds;
        if (receiveBuffer is { } size)
        {
            _socket.ReceiveBufferSize = size;
        }

        _socket.Connect(server);
        _socket.Send("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"u8);
        int head;
        while ((head = _input.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            Receive();
        }

        _start += head + 4;
        Read(); // open
        Send(Frames("40"));
        Read(); // connected
    }

    /// <summary>Text messages as the frames of one send. The masking key is zero, so the same bytes can be sent again.</summary>
    public static byte[] Frames(params IEnumerable<string> packets)
    {
        var all = new List<byte>();
        var header = new byte[WebSocketFrames.MaxHeaderBytes];
        foreach (var packet in packets)
        {
            var payload = Encoding.UTF8.GetBytes(packet);
            all.AddRange(header.AsSpan(0, WebSocketFrames.WriteHeader(header, WebSocketFrames.Text, payload.Length, mask: 0)));
            all.AddRange(payload);
        }

        return [.. all];
    }

    public void Send(byte[] frames) => Assert.Equal(frames.Length, _socket.Send(frames));

    /// <summary>The next message.</summary>
    public string Read()
    {
        var (offset, length) = Next();
        return Encoding.UTF8.GetString(_input, offset, length);
    }

    public void Skip(int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            Next();
        }
    }

    public void Dispose() => _socket.Dispose();

    private (int Offset, int Length) Next()
    {
        Need(2);
        int length = _input[_start + 1];
        var header = 2;
        if (length == 126)
        {
            Need(header = 4);
            length = BinaryPrimitives.ReadUInt16BigEndian(_input.AsSpan(_start + 2));
        }

        Need(header + length);
        var offset = _start + header;
        _start = offset + length;
        return (offset, length);
    }

    private void Need(int bytes)
    {
        while (_end - _start < bytes)
        {
            Receive();
        }
    }

    private void Receive()
    {
        if (_start > 0)
        {
            _input.AsSpan(_start, _end - _start).CopyTo(_input);
            (_start, _end) = (0, _end - _start);
        }

        var received = _socket.Receive(_input.AsSpan(_end));
        Assert.NotEqual(0, received);
        _end += received;
    }
}
