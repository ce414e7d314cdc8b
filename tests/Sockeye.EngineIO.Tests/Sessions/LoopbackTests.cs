using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>The whole engine over real sockets, with the clients of .NET as peers that know nothing of it.</summary>
public sealed class LoopbackTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _end = new(Patience);
    private readonly HttpServer _server = new(new HttpServerOptions { Transport = new TransportOptions { LoopCount = OperatingSystem.IsLinux() ? 4 : 1 } });
    private readonly Echo _echo = new();
    private readonly HttpClient _http = new();
    private EngineServer _engine = null!;
    private string _root = "";

    public async ValueTask InitializeAsync()
    {
        _engine = new EngineServer(new EngineOptions(), _echo);
        _engine.Attach(_server);
        await _server.StartAsync("http://127.0.0.1:0");
        _root = $"127.0.0.1:{_server.Endpoints[0].Port}/engine.io/?EIO=4";
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _engine.CloseAsync();
        await _server.DisposeAsync();
        _end.Dispose();
        Assert.Equal(0, _engine.SessionCount);
        Assert.Equal(0, _engine.HeldSessions);
    }

    [Fact]
    public async Task HttpClient_polls_and_posts()
    {
        var target = await OpenAsync();
        var poll = _http.GetStringAsync(new Uri(target), _end.Token);
        Assert.Equal("ok", await PostAsync(target, "4hello\u001ebAQID"));
        var answer = await poll;
        if (!answer.Contains('\u001e', StringComparison.Ordinal))
        {
            answer += "\u001e" + await _http.GetStringAsync(new Uri(target), _end.Token);
        }

        Assert.Equal("4hello\u001ebAQID", answer);
    }

    [Fact]
    public async Task ClientWebSocket_talks_at_once()
    {
        using var socket = await ConnectAsync("");
        Assert.StartsWith("0{", await ReceiveAsync(socket), StringComparison.Ordinal);
        await socket.SendAsync(Encoding.UTF8.GetBytes("4привет"), WebSocketMessageType.Text, true, _end.Token);
        Assert.Equal("4привет", await ReceiveAsync(socket));
        var large = new byte[500_000];
        Random.Shared.NextBytes(large);
        await socket.SendAsync(large, WebSocketMessageType.Binary, true, _end.Token);
        Assert.Equal(Convert.ToHexString(large), await ReceiveAsync(socket));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", _end.Token);
        Assert.Equal("transport close", await _echo.Closed.Task.WaitAsync(_end.Token));
    }

    [Fact]
    public async Task Numbered_messages_both_ways_survive_an_upgrade_over_four_loops()
    {
        const int Count = 2000;
        var target = await OpenAsync();
        var session = await _echo.Opened.Reader.ReadAsync(_end.Token);       // the answer may be here before the handler has heard of it
        Assert.EndsWith(session.Id, target, StringComparison.Ordinal);
        var received = new List<string>();
        var pump = Task.Run(() =>
        {
            for (var i = 0; i < Count; i++)
            {
                session.SendText(Encoding.ASCII.GetBytes($"s{i}"));
            }
        });
        var next = 0;
        for (; next < Count / 2; next += 100)
        {
            await PostAsync(target, string.Join('\u001e', Enumerable.Range(next, 100).Select(i => $"4c{i}")));
            received.AddRange((await _http.GetStringAsync(new Uri(target), _end.Token)).Split('\u001e'));
        }

        using var socket = await ConnectAsync("&sid=" + session.Id);
        await SendAsync(socket, "2probe");
        Assert.Equal("3probe", await ReceiveAsync(socket));
        await SendAsync(socket, "5");
        for (; next < Count; next++)
        {
            await SendAsync(socket, $"4c{next}");
        }

        while (received.Count(m => m != "6") < 2 * Count)
        {
            received.Add(await ReceiveAsync(socket));
        }

        await pump;
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"4c{i}"), received.Where(m => m.StartsWith("4c", StringComparison.Ordinal)));
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"4s{i}"), received.Where(m => m.StartsWith("4s", StringComparison.Ordinal)));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", _end.Token);
    }

    [Fact]
    public async Task Two_hundred_clients_upgrade_at_once()
    {
        async Task OneAsync(int number)
        {
            var target = await OpenAsync();
            using var socket = await ConnectAsync("&sid=" + target[^20..]);
            await SendAsync(socket, "2probe");
            Assert.Equal("3probe", await ReceiveAsync(socket));
            await SendAsync(socket, "5");
            await SendAsync(socket, $"4{number}");
            Assert.Equal($"4{number}", await ReceiveAsync(socket));
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", _end.Token);
        }

        await Task.WhenAll(Enumerable.Range(0, 200).Select(OneAsync));
    }

    [Fact]
    public async Task A_poll_whose_client_goes_away_ends_the_session()
    {
        var target = await OpenAsync();
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync("127.0.0.1", _server.Endpoints[0].Port, _end.Token);
        await client.GetStream().WriteAsync(HttpPeer.Request("GET", target[target.IndexOf("/engine.io", StringComparison.Ordinal)..]), _end.Token);
        client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.Equal("transport error", await _echo.Closed.Task.WaitAsync(_end.Token));
    }

    private async Task<string> OpenAsync()
    {
        var open = await _http.GetStringAsync(new Uri("http://" + _root + "&transport=polling"), _end.Token);
        return "http://" + _root + "&transport=polling&sid=" + EngineHarness.Sid(open);
    }

    private async Task<string> PostAsync(string target, string body)
    {
        using var content = new StringContent(body);
        using var response = await _http.PostAsync(new Uri(target), content, _end.Token);
        return await response.Content.ReadAsStringAsync(_end.Token);
    }

    private async Task<ClientWebSocket> ConnectAsync(string query)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri("ws://" + _root + "&transport=websocket" + query), _end.Token);
        return socket;
    }

    private Task SendAsync(ClientWebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, _end.Token);

    private async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[600_000];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), _end.Token);
            length += part.Count;
            if (part.EndOfMessage)
            {
                return part.MessageType == WebSocketMessageType.Binary ? Convert.ToHexString(buffer.AsSpan(0, length)) : Encoding.UTF8.GetString(buffer, 0, length);
            }
        }
    }

    private sealed class Echo : IEngineHandler
    {
        public Channel<EngineSession> Opened { get; } = Channel.CreateUnbounded<EngineSession>();

        public TaskCompletionSource<string> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnOpen(EngineSession session) => Opened.Writer.TryWrite(session);

        public void OnMessage(EngineSession session, ReadOnlySpan<byte> data, bool isBinary)
        {
            _ = isBinary ? session.SendBinary(data) : session.SendText(data);
        }

        public void OnClose(EngineSession session, DisconnectReason reason, string? detail) => Closed.TrySetResult(reason.Text());
    }
}
