using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>What lives on the heap for one idle connection, counted over loopback with clients that have no objects here.</summary>
[CollectionDefinition(nameof(MemoryPerConnectionTests), DisableParallelization = true)]
[Collection(nameof(MemoryPerConnectionTests))]
public partial class MemoryPerConnectionTests
{
    private const int Connections = 1_000;

    /// <summary>Bytes that live for a connection: today's figure and a little. Raise it only with a reason that is worth it a hundred thousand times.</summary>
    private const int Limit = 1_220;

    private static readonly byte[] s_hello =
    [
        .. "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"u8,
        0x81, 0x82, 0, 0, 0, 0, (byte)'4', (byte)'0',
    ];

    [Fact]
    public async Task An_idle_connection_in_the_main_namespace_keeps_little_on_the_heap()
    {
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", static builder =>
        {
            builder.Options.EventLoops = 1;
            builder.Options.IdleTrim = TimeSpan.Zero;
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        var endPoint = (IPEndPoint)server.Endpoints[0];
        Open(endPoint, 100).ForEach(Close);

        var least = int.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = Live();
            var clients = Open(endPoint, Connections);
            least = Math.Min(least, (int)((Live() - before) / Connections));
            clients.ForEach(Close);
            await Gone(server);
        }

        Assert.InRange(least, 1, Limit);
    }

    private static long Live()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static List<int> Open(IPEndPoint endPoint, int count)
    {
        var clients = new List<int>(count);
        var answer = new byte[4096];
        for (var i = 0; i < count; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
            socket.Connect(endPoint);
            socket.Send(s_hello);
            var received = 0;
            while (answer.AsSpan(0, received).IndexOf("40{\"sid\""u8) < 0)
            {
                var more = socket.Receive(answer, received, answer.Length - received, SocketFlags.None);
                Assert.True(more > 0, "the server has closed: " + Encoding.ASCII.GetString(answer, 0, received));
                received += more;
            }

            // The descriptor without the object.
            clients.Add(dup((int)socket.Handle));
        }

        return clients;
    }

    private static async Task Gone(SockeyeServer server)
    {
        using var late = new CancellationTokenSource(RealClient.Patience);
        while ((await server.CountAsync(late.Token)).Count > 0)
        {
            await Task.Yield();
        }
    }

    private static void Close(int descriptor) => Assert.Equal(0, close(descriptor));

    [DllImport("libc")]
    private static extern int dup(int descriptor);

    [DllImport("libc")]
    private static extern int close(int descriptor);
}
