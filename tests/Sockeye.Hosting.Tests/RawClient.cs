using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Hosting.Tests;

/// <summary>A client on a connection of its own, as far as its namespace has let it in: a thousand of them cost next to nothing, and whatever is refused is seen. Closed with a disposal.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[4_096];
    private int _length;

    public async Task ConnectByWebSocketAsync(Uri address)
    {
        await _socket.ConnectAsync(address.Host, address.Port);
        await SendAsync(
            $"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        await UntilAsync("HTTP/1.1 101", "0{\"sid\"");
        await _socket.SendAsync(new byte[] { 0x81, 0x82, 0, 0, 0, 0, (byte)'4', (byte)'0' });
        await UntilAsync("HTTP/1.1 101", "40{\"sid\"");
    }

    public async Task ConnectByPollingAsync(Uri address)
    {
        await _socket.ConnectAsync(address.Host, address.Port);
        await SendAsync($"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        var opened = await UntilAsync("HTTP/1.1 200", "0{\"sid\":\"", "}");
        var sid = opened.Split("\"sid\":\"")[1].Split('"')[0];
        await SendAsync($"POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n40");
        await UntilAsync("HTTP/1.1 200", "ok");
        await SendAsync($"GET /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        await UntilAsync("HTTP/1.1 200", "40{\"sid\"", "}");
    }

    public void Dispose() => _socket.Dispose();

    private async Task SendAsync(string text)
    {
        _length = 0;
        await _socket.SendAsync(Encoding.ASCII.GetBytes(text));
    }

    /// <summary>Reads until all of that has come; an answer that begins otherwise, and an end, are refusals.</summary>
    private async Task<string> UntilAsync(string beginning, params string[] wanted)
    {
        while (true)
        {
            var text = Encoding.Latin1.GetString(_buffer, 0, _length);
            if (_length >= beginning.Length && !text.StartsWith(beginning, StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"refused with {text.Split('\r')[0]}");
            }

            if (wanted.All(part => text.Contains(part, StringComparison.Ordinal)))
            {
                return text;
            }

            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_length));
            if (read == 0)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"ended after {_length} bytes, before {wanted[0]}"));
            }

            _length += read;
        }
    }
}
