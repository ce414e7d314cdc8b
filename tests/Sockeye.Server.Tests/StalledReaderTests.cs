using System.Net;
using System.Net.Sockets;
using System.Text;
using Sockeye.EngineIO.Http;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>A client on a real socket that reads nothing, while 200 MiB are sent to it.</summary>
public class StalledReaderTests
{
    private const int Messages = 200;
    private static readonly string Text = new('x', 1 << 20);
    private static readonly int MessageBytes = Text.Length + 64;

    [Theory, InlineData(OutboxPolicy.Wait), InlineData(OutboxPolicy.DropNewest), InlineData(OutboxPolicy.DropOldest), InlineData(OutboxPolicy.KeepLatest), InlineData(OutboxPolicy.Disconnect)]
    public async Task Its_outbox_holds_at_most_the_hard_limit_and_one_message(OutboxPolicy policy)
    {
        var done = new TaskCompletionSource<SockeyeSocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = Server();
        server.On("go", (SockeyeSocket socket) =>
        {
            for (var i = 0; i < Messages; i++)
            {
                socket.WhenFull(policy).Emit("e", Text);
            }

            done.TrySetResult(socket);
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var reader = await StallAsync(server);
        var connection = (await done.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)).Connection;
        Assert.InRange(connection.OutboxPeakBytes, 1 << 20, new OutboxOptions().MaxBytes + MessageBytes);
        if (policy != OutboxPolicy.Disconnect)
        {
            Assert.InRange(connection.DroppedMessages, 1, Messages - 1);
        }
    }

    [Fact]
    public async Task The_sender_who_awaits_is_held_back_at_the_high_mark()
    {
        var sent = 0;
        var ended = new TaskCompletionSource<EmitResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource<SockeyeSocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = Server();
        server.On("go", async (SockeyeSocket socket) =>
        {
            begun.TrySetResult(socket);
            var result = EmitResult.Accepted;
            for (var i = 0; i < Messages && result != EmitResult.Closed; i++)
            {
                result = await socket.EmitAsync("e", Text);
                Interlocked.Increment(ref sent);
            }

            ended.TrySetResult(result);
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        ClientConnection connection;
        using (await StallAsync(server))
        {
            connection = (await begun.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)).Connection;
            // It ends with the connection, when nothing was taken for the time of a write stall.
            Assert.Equal(EmitResult.Closed, await ended.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        }

        Assert.InRange(Volatile.Read(ref sent), 1, Messages - 1);
        Assert.InRange(connection.OutboxPeakBytes, 1 << 20, new OutboxOptions().HighWatermarkBytes + MessageBytes);
        Assert.Equal(0, connection.DroppedMessages);
    }

    private static SockeyeServer Server() => SockeyeServer.Create("http://127.0.0.1:0", builder =>
    {
        builder.Options.EventLoops = 1;
        builder.Options.Http = new HttpOptions { WriteStallTimeout = TimeSpan.FromMilliseconds(200) };
    });

    /// <summary>Enters the main namespace, asks for the flood and reads nothing.</summary>
    private static async Task<Socket> StallAsync(SockeyeServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync((IPEndPoint)server.Endpoints[0]);
        byte[] wanted =
        [
            .. "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"u8,
            .. Frame("40"),
            .. Frame("42[\"go\"]"),
        ];
        await socket.SendAsync(wanted);
        return socket;
    }

    // Masked with zeros.
    private static byte[] Frame(string text) => [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)];
}
