using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace Sockeye.Interop;

/// <summary>An application that does everything wrong serves its other clients, and ends when it is asked to.</summary>
public sealed class WrongdoerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly StringBuilder _output = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _late = new(Patience);
    private readonly List<ClientWebSocket> _clients = [];
    private ChildProcess? _process;

    public static TheoryData<string, string> Settings => new()
    {
        { "loop", "Native" }, { "pool", "Native" }, { "game", "Native" }, { "loop", "Portable" }, { "pool", "Portable" },
    };

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _process?.Dispose();
        _late.Dispose();
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task What_it_throws_and_begins_and_disposes_ends_neither_it_nor_its_other_clients_and_one_SIGTERM_ends_it(string place, string transport)
    {
        var port = await StartAsync(place, transport);
        var good = await ConnectAsync(port, "/good,");
        string[] wrongs = ["fail", "post", "throw", "unknown", "leave"];
        foreach (var wrong in wrongs)
        {
            var bad = await ConnectAsync(port, "");
            await SendAsync(bad, $"42[\"{wrong}\"]");
            await EchoAsync(good, wrong);
        }

        if (place == "loop")
        {
            // Elsewhere the handler may block: its event loop brings the answer.
            var asking = await ConnectAsync(port, "");
            await SendAsync(asking, "42[\"ask\"]");
            await LineAsync("Use 'await' in an async handler");
            await EchoAsync(good, "ask");
        }

        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/fails"), _late.Token)).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/forgets"), _late.Token)).StatusCode);
        await EchoAsync(good, "after all");
        var last = await ConnectAsync(port, "");
        await SendAsync(last, "42[\"dispose\"]");
        await ReadToEndAsync(last);
        await SignalAsync();
        await EndAsync();
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Handlers_that_block_for_ever_are_named_and_a_second_SIGTERM_ends_it(string place, string transport)
    {
        var port = await StartAsync(place, transport);
        var bad = await ConnectAsync(port, "");
        var good = await ConnectAsync(port, "/good,");
        await SendAsync(bad, "42[\"block\"]");
        if (place != "loop" || transport == "Native")
        {
            await EchoAsync(good, "beside it");
        }

        if (place != "pool")
        {
            await LineAsync("has been held");
            Assert.Contains("\"block\" of socket", Output, StringComparison.Ordinal);
        }

        await SignalAsync();
        await SignalAsync();
        await EndAsync();
    }

    private string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    private async Task<int> StartAsync(string place, string transport)
    {
        _process = ChildProcess.Start(Repository.Wrongdoer, [place, transport], Repository.Root, line =>
        {
            lock (_output)
            {
                _output.AppendLine(line);
                _more.TrySetResult();
                _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            if (line.StartsWith("ready ", StringComparison.Ordinal))
            {
                _ready.TrySetResult(int.Parse(line.AsSpan(6), System.Globalization.CultureInfo.InvariantCulture));
            }
        });
        return await _ready.Task.WaitAsync(_late.Token);
    }

    private async Task LineAsync(string text)
    {
        while (true)
        {
            Task more;
            lock (_output)
            {
                if (_output.ToString().Contains(text, StringComparison.Ordinal))
                {
                    return;
                }

                more = _more.Task;
            }

            await more.WaitAsync(_late.Token);
        }
    }

    private async Task<ClientWebSocket> ConnectAsync(int port, string nsp)
    {
        var client = new ClientWebSocket();
        _clients.Add(client);
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"), _late.Token);
        Assert.StartsWith("0", await ReceiveAsync(client), StringComparison.Ordinal);
        await SendAsync(client, "40" + nsp);
        Assert.StartsWith("40" + nsp, await ReceiveAsync(client), StringComparison.Ordinal);
        return client;
    }

    private async Task EchoAsync(ClientWebSocket client, string text)
    {
        await SendAsync(client, $"42/good,1[\"echo\",\"{text}\"]");
        Assert.Equal($"43/good,1[\"{text}\"]", await ReceiveAsync(client));
    }

    private Task SendAsync(ClientWebSocket client, string text) =>
        client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, _late.Token);

    private async Task<string> ReceiveAsync(ClientWebSocket client)
    {
        var buffer = new byte[4096];
        while (true)
        {
            var got = await client.ReceiveAsync(buffer, _late.Token);
            var text = Encoding.UTF8.GetString(buffer, 0, got.Count);
            if (text != "2")
            {
                return text;
            }

            await SendAsync(client, "3");
        }
    }

    private async Task ReadToEndAsync(ClientWebSocket client)
    {
        var buffer = new byte[4096];
        try
        {
            while ((await client.ReceiveAsync(buffer, _late.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (WebSocketException)
        {
            // Cut off is an end as well.
        }
    }

    private async Task SignalAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process!.Id}"]);
        await kill.WaitForExitAsync(_late.Token);
    }

    private async Task EndAsync()
    {
        var code = await _process!.WaitAsync(_late.Token);
        Assert.True(code == 0 && Output.Contains("ended", StringComparison.Ordinal) && !Output.Contains("unhandled", StringComparison.Ordinal), $"{code}: {Output}\n{_process.Errors}");
    }
}
