using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Sockeye.Load;

/// <summary>What the collector of a server under test has done since its start, asked for with its event <c>runtime</c>.</summary>
/// <param name="Collections">Collections of all generations.</param>
/// <param name="PauseMilliseconds">All pauses together.</param>
/// <param name="AllocatedBytes">Bytes allocated.</param>
internal sealed record CollectorFigures(long Collections, double PauseMilliseconds, long AllocatedBytes)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static CollectorFigures Read(Target target)
    {
        try
        {
            return ReadAsync(target).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            throw new IOException($"{target.Name} did not tell what its collector did: {e.Message}", e);
        }
    }

    public CollectorFigures Since(CollectorFigures before) =>
        new(Collections - before.Collections, PauseMilliseconds - before.PauseMilliseconds, AllocatedBytes - before.AllocatedBytes);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Collections} collections, {PauseMilliseconds:0.0} ms of pauses in all, {AllocatedBytes / 1024.0:#,0} KiB allocated");

    private static async Task<CollectorFigures> ReadAsync(Target target)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{target.Port}/socket.io/?EIO=4&transport=websocket"), late.Token).ConfigureAwait(false);
        await SendAsync(socket, "40", late.Token).ConfigureAwait(false);
        await SendAsync(socket, "421[\"runtime\"]", late.Token).ConfigureAwait(false);
        byte[] buffer = new byte[4096];
        for (; ; )
        {
            ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), late.Token).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                throw new IOException($"{target.Name} closed the connection that asked for its collector.");
            }

            string text = Encoding.UTF8.GetString(buffer, 0, received.Count);
            if (text.StartsWith("431[", StringComparison.Ordinal))
            {
                return JsonSerializer.Deserialize<CollectorFigures[]>(text.AsSpan(3), Json)![0];
            }
        }
    }

    private static ValueTask SendAsync(ClientWebSocket socket, string text, CancellationToken late) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, late);
}
