using Sockeye.Protocol.WebSockets;

namespace Sockeye.EngineIO.Tests;

public sealed class WebSocketAllocationTests
{
    [Fact]
    public void An_echoed_message_costs_no_allocation()
    {
        const int messages = 500;
        var handler = new RecordingHandler();
        using var server = new HttpTestServer(s => s.MapWebSocket("/ws", handler));
        var client = new WebSocketTestClient(server);
        byte[] frames = [.. Enumerable.Repeat(WebSocketTestClient.Frame(WebSocketFrames.Binary, new byte[32]), messages).SelectMany(f => f)];
        var input = new byte[frames.Length];
        long received = 0;
        var allocated = long.MaxValue;
        for (var round = 0; round < 20; round++)
        {
            server.Transport.Loops[0].Post(_ =>
            {
                frames.CopyTo(input, 0);        // frames are unmasked in place
                var before = GC.GetAllocatedBytesForCurrentThread();
                handler.Session!.WebSocket.Receive(input);
                allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            }, null);
            server.Run();
            received += client.Peer.Receive().Length;
        }

        Assert.Equal(20L * messages * 34, received);
        Assert.InRange(allocated, 0, messages);     // less than one byte a message
    }
}
