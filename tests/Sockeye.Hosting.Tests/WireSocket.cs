using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace Sockeye.Hosting.Tests;

/// <summary>A client that speaks packets by hand over a real WebSocket.</summary>
internal sealed class WireSocket : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[4096];

    public static async Task<WireSocket> ConnectAsync(SockeyeServer server, string path = "/socket.io")
    {
        var wire = new WireSocket();
        using var patience = new CancellationTokenSource(Patience);
        await wire._socket.ConnectAsync(new Uri($"ws://{(IPEndPoint)server.Endpoints[0]}{path}/?EIO=4&transport=websocket"), patience.Token);
        Assert.StartsWith("0{\"sid\":", await wire.ReceiveAsync(), StringComparison.Ordinal);
        return wire;
    }

    public async Task JoinAsync(string nsp = "/")
    {
        var prefix = nsp == "/" ? "" : nsp + ",";
        await SendAsync("40" + prefix);
        Assert.StartsWith($"40{prefix}{{\"sid\":", await ReceiveAsync(), StringComparison.Ordinal);
    }

    public Task SendAsync(string packet) => _socket.SendAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text, true, CancellationToken.None);

    public async Task<string> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var result = await _socket.ReceiveAsync(_buffer, patience.Token);
        return Encoding.UTF8.GetString(_buffer, 0, result.Count);
    }

    public void Dispose() => _socket.Dispose();
}
