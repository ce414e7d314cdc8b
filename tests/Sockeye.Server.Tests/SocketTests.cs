using System.Net;
using System.Net.WebSockets;
using System.Text;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>The server on real sockets and real loops: few tests, since the others hold for them as well.</summary>
public class SocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Clients_on_real_sockets_talk_through_a_room_and_the_server_stops_in_order(int loops)
    {
        var left = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.Options.EventLoops = loops);
        server.OnConnection(socket => socket.Join("lobby"));
        server.On("chat", (SockeyeSocket socket, string text) => socket.To("lobby").Emit("chat", text));
        server.OnDisconnect((socket, why) => left.TrySetResult(why.Text));
        await server.StartAsync();
        var port = ((IPEndPoint)server.Endpoints[0]).Port;
        using var ann = await ConnectAsync(port);
        using var bob = await ConnectAsync(port);
        await SendAsync(ann, "42[\"chat\",\"hi\"]");
        Assert.Equal("42[\"chat\",\"hi\"]", await ReceiveAsync(bob));
        Assert.Equal(2, server.Of("/").LocalCount);
        var stop = server.StopAsync();
        Assert.Null(await ReceiveAsync(bob));
        Assert.Null(await ReceiveAsync(ann));
        await bob.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await ann.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await stop.WaitAsync(Patience);
        Assert.Equal("server shutting down", await left.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task RunAsync_ends_when_its_token_fires()
    {
        using var end = new CancellationTokenSource();
        await using var server = SockeyeServer.Create("http://127.0.0.1:0");
        var run = server.RunAsync(end.Token);
        end.Cancel();
        await run.WaitAsync(Patience);
        Assert.True(run.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_a_clear_error()
    {
        await using var first = SockeyeServer.Create("http://127.0.0.1:0");
        await first.StartAsync();
        var url = "http://" + first.Endpoints[0];
        await using var second = SockeyeServer.Create(url);
        var failure = await Assert.ThrowsAnyAsync<IOException>(() => second.StartAsync());
        Assert.Contains(first.Endpoints[0].ToString()!, failure.Message, StringComparison.Ordinal);
    }

    private static async Task<ClientWebSocket> ConnectAsync(int port)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"), CancellationToken.None);
        Assert.StartsWith("0{", await ReceiveAsync(socket), StringComparison.Ordinal);
        await SendAsync(socket, "40");
        Assert.StartsWith("40{\"sid\":\"", await ReceiveAsync(socket), StringComparison.Ordinal);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    /// <returns>Null: the server closed.</returns>
    private static async Task<string?> ReceiveAsync(ClientWebSocket socket)
    {
        using var impatience = new CancellationTokenSource(Patience);
        var buffer = new byte[4096];
        var result = await socket.ReceiveAsync(buffer, impatience.Token);
        return result.MessageType == WebSocketMessageType.Close ? null : Encoding.UTF8.GetString(buffer, 0, result.Count);
    }
}
