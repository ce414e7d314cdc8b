using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;

namespace Sockeye.Peers.AspNet;

/// <summary>
/// Text messages whose first character says what to do: <c>e</c> comes back, <c>j</c> joins the one room, <c>p</c> goes to its members,
/// <c>f</c>COUNT,SIZE floods them.
/// One send at a time is all that a WebSocket allows, so each has a lock.
/// </summary>
#pragma warning disable CA1001 // a semaphore whose wait handle nobody asked for holds nothing to dispose of, and a broadcast may still wait on it
internal sealed class RawWebSockets
#pragma warning restore CA1001
{
    private static readonly ConcurrentDictionary<RawWebSockets, bool> Members = new();

    private readonly WebSocket _socket;
    private readonly SemaphoreSlim _sending = new(1);

    private RawWebSockets(WebSocket socket) => _socket = socket;

    public static async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var connection = new RawWebSockets(socket);
        try
        {
            await connection.ReadAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The generator resets its connections at the end of a run.
        }
        finally
        {
            Members.TryRemove(connection, out _);
        }
    }

    private async Task ReadAsync(CancellationToken aborted)
    {
        var buffer = new byte[4096];
        for (; ; )
        {
            var received = await _socket.ReceiveAsync(buffer.AsMemory(), aborted);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return;
            }

            switch (buffer[0])
            {
                case (byte)'e':
                    await SendAsync(buffer.AsMemory(0, received.Count));
                    break;
                case (byte)'j':
                    Members[this] = true;
                    break;
                case (byte)'p':
                    Publish(buffer[..received.Count]);
                    break;
                case (byte)'f':
                    int[] numbers = [.. Encoding.ASCII.GetString(buffer, 1, received.Count - 1).Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
                    for (var i = 0; i < numbers[0]; i++)
                    {
                        Publish(new byte[numbers[1]]);
                    }

                    break;
            }
        }
    }

    private static void Publish(byte[] message)
    {
        foreach (var member in Members)
        {
            _ = member.Key.SendAsync(message); // a broadcast does not wait for its slowest member
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> message)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The reading side sees the end of the connection and leaves the room.
        }
        finally
        {
            _sending.Release();
        }
    }
}
