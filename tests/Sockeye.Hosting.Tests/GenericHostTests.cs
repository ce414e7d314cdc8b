using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sockeye.Plugins;

namespace Sockeye.Hosting.Tests;

public sealed class GenericHostTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_server_starts_and_stops_with_the_host()
    {
        using var host = Host.CreateDefaultBuilder(["--Sockeye:Urls=http://127.0.0.1:0"])
            .UseSockeye(sockeye => sockeye.Map("/game", game => game.OnConnection(socket => socket.Join("lobby"))))
            .Build();
        await host.StartAsync();
        var server = host.Services.GetRequiredService<SockeyeServer>();
        var endPoint = (IPEndPoint)server.Endpoints[0];
        using (var socket = await ConnectAsync(endPoint))
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes("40/game,"), WebSocketMessageType.Text, true, CancellationToken.None);
            Assert.StartsWith("40/game,{\"sid\":", await ReceiveAsync(socket), StringComparison.Ordinal);
            var end = EndAsync(socket);
            await host.StopAsync();
            await end;
        }

        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(endPoint));
    }

    [Fact]
    public async Task A_host_that_is_asked_to_end_while_the_server_starts_ends_in_order()
    {
        using var host = Host.CreateDefaultBuilder(["--Sockeye:Urls=http://127.0.0.1:0"]).UseSockeye(sockeye => sockeye.AddPlugin<Waiting>()).Build();
        var run = host.RunAsync();
        await Waiting.Begun.Task.WaitAsync(Patience);
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await run.WaitAsync(Patience);
    }

    private static async Task<ClientWebSocket> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new ClientWebSocket();
        using var patience = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(new Uri($"ws://{endPoint}/socket.io/?EIO=4&transport=websocket"), patience.Token);
        Assert.StartsWith("0{\"sid\":", await ReceiveAsync(socket), StringComparison.Ordinal);
        return socket;
    }

    // Closes as every client does that is asked to: one that does not is waited for.
    private static async Task EndAsync(ClientWebSocket socket)
    {
        while (socket.State == WebSocketState.Open)
        {
            await ReceiveAsync(socket);
        }

        using var patience = new CancellationTokenSource(Patience);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(Patience);
        var result = await socket.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    /// <summary>Starts when it is given up.</summary>
    private sealed class Waiting : ISockeyePlugin
    {
        public static TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            Begun.SetResult();
            return new ValueTask(Task.Delay(Timeout.Infinite, cancellationToken));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
