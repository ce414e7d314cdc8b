using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Sockeye.Interop;

/// <summary>A server without loggers, as a process: what it writes to standard error, and what becomes of it if that takes nothing.</summary>
public sealed partial class ConsoleLogTests : IDisposable
{
    private readonly CancellationTokenSource _late = new(TimeSpan.FromMinutes(3));
    private readonly TaskCompletionSource<int> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-console").FullName;
    private readonly List<string> _output = [];
    private ChildProcess? _process;

    public void Dispose()
    {
        _process?.Dispose();
        _late.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_goes_wrong_is_told_on_standard_error_line_by_line_with_the_place_in_the_source()
    {
        await RunAsync("exec \"$0\" \"$@\"");
        var lines = _process!.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.EndsWith("Ctrl+C stops the server.", StringComparison.Ordinal) && line.Contains("Listening on http://127.0.0.1:", StringComparison.Ordinal));
        Assert.Contains(lines, line => FailedHandler().IsMatch(line));
        Assert.All(lines, line => Assert.Matches(Line(), line));
    }

    [Fact]
    public Task With_its_standard_error_closed_it_serves_and_ends() => RunAsync("exec \"$0\" \"$@\" 2>&-");

    [Fact]
    public async Task With_a_standard_error_that_takes_nothing_it_serves_and_ends()
    {
        // A pipe that nobody reads, filled before it begins.
        await RunAsync($"mkfifo {_folder}/pipe; exec 3<>{_folder}/pipe; dd if=/dev/zero of=/dev/fd/3 bs=4096 count=4096 oflag=nonblock 2>/dev/null; exec \"$0\" \"$@\" 2>&3");
    }

    [GeneratedRegex("""^\d\d:\d\d:\d\d\.\d\d\d error Sockeye\.Server: .*throw.*: System\.InvalidOperationException: handler at a lambda of Program\.Main in Program\.cs:\d+$""")]
    private static partial Regex FailedHandler();

    [GeneratedRegex("""^\d\d:\d\d:\d\d\.\d\d\d (info|warn|error) Sockeye\.\w+: """)]
    private static partial Regex Line();

    /// <summary>Lets handlers, routes and ticks fail, sees that a good client is served, and ends it.</summary>
    private async Task RunAsync(string shell)
    {
        _process = ChildProcess.Start("/bin/sh", ["-c", shell, Repository.Wrongdoer, "loop", "Native", "console"], _folder, line =>
        {
            lock (_output)
            {
                _output.Add(line);
            }

            if (line.StartsWith("ready ", StringComparison.Ordinal))
            {
                _ready.TrySetResult(int.Parse(line.AsSpan(6), System.Globalization.CultureInfo.InvariantCulture));
            }
        });
        var port = await _ready.Task.WaitAsync(_late.Token);
        foreach (var wrong in (string[])["throw", "fail", "post", "leave"])
        {
            using var bad = await ConnectAsync(port, "");
            await SendAsync(bad, $"42[\"{wrong}\"]");
            using var good = await ConnectAsync(port, "/good,");
            await SendAsync(good, $"42/good,1[\"echo\",\"{wrong}\"]");
            Assert.Equal($"43/good,1[\"{wrong}\"]", await ReceiveAsync(good));
        }

        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync(_late.Token);
        Assert.Equal(0, await _process.WaitAsync(_late.Token));
        lock (_output)
        {
            // Nothing of it goes to standard output.
            Assert.Equal(["ended"], _output.Where(line => !line.StartsWith("ready ", StringComparison.Ordinal)));
        }
    }

    private async Task<ClientWebSocket> ConnectAsync(int port, string nsp)
    {
        var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"), _late.Token);
        Assert.StartsWith("0", await ReceiveAsync(client), StringComparison.Ordinal);
        await SendAsync(client, "40" + nsp);
        Assert.StartsWith("40" + nsp, await ReceiveAsync(client), StringComparison.Ordinal);
        return client;
    }

    private Task SendAsync(ClientWebSocket client, string text) =>
        client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, _late.Token);

    private async Task<string> ReceiveAsync(ClientWebSocket client)
    {
        var buffer = new byte[4096];
        var got = await client.ReceiveAsync(buffer, _late.Token);
        return Encoding.UTF8.GetString(buffer, 0, got.Count);
    }
}
