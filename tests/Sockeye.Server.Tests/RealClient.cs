using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Sockeye.Server.Tests;

/// <summary>A client over a real socket, in one namespace. It answers pings; what it receives waits in order.</summary>
internal sealed class RealClient : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>();
    private readonly string _prefix;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;

    private RealClient(string nsp) => _prefix = nsp == "/" ? "" : nsp + ",";

    public string Id { get; private set; } = "";

    /// <summary>Completes when the server has put it out of its namespace, or closed the connection.</summary>
    public Task Left => _left.Task.WaitAsync(Patience);

    public static Task<RealClient> ConnectAsync(SockeyeServer server, string nsp = "/", string query = "") =>
        ConnectAsync(new Uri($"http://{(IPEndPoint)server.Endpoints[0]}"), nsp, query);

    /// <param name="server">Where the server is.</param>
    /// <param name="nsp">The namespace.</param>
    /// <param name="query">More of the query.</param>
    /// <param name="auth">What it brings to be let in, as JSON.</param>
    /// <exception cref="InvalidOperationException">It was refused; the message is what the server said.</exception>
    public static async Task<RealClient> ConnectAsync(Uri server, string nsp = "/", string query = "", string auth = "")
    {
        var client = new RealClient(nsp);
        try
        {
            await client.JoinAsync(server, query, auth);
            return client;
        }
        catch
        {
            // Left to the collector its connection would stay open, and a server that stops would wait for it.
            await client.DisposeAsync();
            throw;
        }
    }

    public Task EmitAsync(string array) => SendAsync($"42{_prefix}{array}");

    /// <summary>Leaves its namespace.</summary>
    public Task LeaveAsync() => SendAsync("41" + _prefix);

    /// <summary>Closes the connection in order, once all that was sent before has left.</summary>
    public async Task CloseAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        await _reading.WaitAsync(patience.Token);
    }

    /// <summary>Kills the connection.</summary>
    public void Abort() => _socket.Abort();

    /// <summary>The next event, as the array with its name.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return await _events.Reader.ReadAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task JoinAsync(Uri server, string query, string auth)
    {
        using var patience = new CancellationTokenSource(Patience);
        await _socket.ConnectAsync(new Uri($"ws://{server.Authority}/socket.io/?EIO=4&transport=websocket{query}"), patience.Token);
        await ReceiveAsync(patience.Token);
        await SendAsync("40" + _prefix + auth);
        var joined = await ReceiveAsync(patience.Token);
        if (!joined.StartsWith("40", StringComparison.Ordinal))
        {
            throw new InvalidOperationException(joined);
        }

        Id = JsonElement.Parse(joined.AsSpan(2 + _prefix.Length)).GetProperty("sid").GetString()!;
        _reading = ReadAsync();
    }

    private async Task SendAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        await _sending.WaitAsync(patience.Token);
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, patience.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await ReceiveAsync(CancellationToken.None) is { Length: > 0 } text)
            {
                if (text == "2")
                {
                    await SendAsync("3");
                }
                else if (text.StartsWith("42", StringComparison.Ordinal))
                {
                    _events.Writer.TryWrite(JsonElement.Parse(text.AsSpan(text.IndexOf('[', StringComparison.Ordinal))));
                }
                else if (text.StartsWith("41", StringComparison.Ordinal))
                {
                    _left.TrySetResult();
                }
            }

            if (_socket.State == WebSocketState.CloseReceived)
            {
                // A server that has said farewell waits for the answer.
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection has ended, which the test wanted or will miss an event by.
        }

        _left.TrySetResult();
        _events.Writer.TryComplete();
    }

    private async Task<string> ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var text = new StringBuilder();
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, cancellationToken);
            text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
            if (part.EndOfMessage)
            {
                return part.MessageType == WebSocketMessageType.Close ? "" : text.ToString();
            }
        }
    }
}
