using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Sockeye.Load;

/// <summary>Asks the conformance app something over a connection of its own.</summary>
internal static class Question
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The acknowledgement of an event without arguments.</summary>
    /// <exception cref="IOException">No answer came.</exception>
    public static T Ask<T>(Target target, string name)
    {
        try
        {
            return AskAsync<T>(target, name).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            throw new IOException($"{target.Name} did not answer '{name}': {e.Message}", e);
        }
    }

    private static async Task<T> AskAsync<T>(Target target, string name)
    {
        using var late = new CancellationTokenSource(Patience);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{target.Port}/socket.io/?EIO=4&transport=websocket"), late.Token).ConfigureAwait(false);
        await SendAsync(socket, "40", late.Token).ConfigureAwait(false);
        await SendAsync(socket, $"421[\"{name}\"]", late.Token).ConfigureAwait(false);
        var buffer = new byte[16 * 1024];
        for (; ; )
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), late.Token).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                throw new IOException($"{target.Name} closed the connection that asked for '{name}'.");
            }

            var text = Encoding.UTF8.GetString(buffer, 0, received.Count);
            if (text.StartsWith("431[", StringComparison.Ordinal))
            {
                return JsonSerializer.Deserialize<T[]>(text.AsSpan(3), Json)![0];
            }
        }
    }

    private static ValueTask SendAsync(ClientWebSocket socket, string text, CancellationToken late) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, late);
}
