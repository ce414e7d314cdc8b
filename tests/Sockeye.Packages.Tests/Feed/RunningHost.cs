using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sockeye.Packages.Tests.Feed;

/// <summary>A server that runs as a process, whose output is waited for and which is sent signals. Killed when disposed.</summary>
internal sealed class RunningHost : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    public RunningHost(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += OnLine;
        _process.ErrorDataReceived += OnLine;
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until it has written a text, since it started.</summary>
    public async Task SaysAsync(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
        {
            _awaited.Add((text, seen));
            Look();
        }

        try
        {
            await seen.Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            lock (_output)
            {
                throw new TimeoutException($"The host does not say \"{text}\":\n{_output}");
            }
        }
    }

    /// <summary>Sends it a signal by its name.</summary>
    public async Task SignalAsync(string name)
    {
        using var signal = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await signal.WaitForExitAsync();
    }

    /// <summary>Waits until it has ended.</summary>
    public async Task<int> EndsAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void OnLine(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
            Look();
        }
    }

    private void Look()
    {
        var output = _output.ToString();
        foreach (var (_, seen) in _awaited.Where(awaited => output.Contains(awaited.Text, StringComparison.Ordinal)))
        {
            seen.TrySetResult();
        }
    }
}

/// <summary>A client that speaks Socket.IO over HTTP polling, by hand, and stays connected as long as it is asked.</summary>
internal sealed class PollingClient : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly string _address;
    private int _acknowledgement;

    private PollingClient(string address) => _address = address;

    /// <summary>Connects to the main namespace.</summary>
    public static async Task<PollingClient> ConnectAsync(string address)
    {
        using var first = new HttpClient();
        var opened = await first.GetStringAsync(new Uri($"{address}/socket.io/?EIO=4&transport=polling"));
        var session = JsonDocument.Parse(opened[1..]).RootElement.GetProperty("sid").GetString();
        var client = new PollingClient($"{address}/socket.io/?EIO=4&transport=polling&sid={session}");
        await client.SendAsync("40");
        Assert.StartsWith("40{", await client.NextAsync(), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Emits and returns the answer, as JSON.</summary>
    public async Task<string> AskAsync(string arguments)
    {
        var id = (_acknowledgement++).ToString(CultureInfo.InvariantCulture);
        await SendAsync($"42{id}{arguments}");
        var answer = await NextAsync();
        Assert.StartsWith($"43{id}", answer, StringComparison.Ordinal);
        return answer[(2 + id.Length)..];
    }

    /// <summary>The next packet that is no ping.</summary>
    public async Task<string> NextAsync()
    {
        for (; ; )
        {
            var packet = await _http.GetStringAsync(new Uri(_address));
            if (packet != "2")
            {
                return packet;
            }

            await SendAsync("3");
        }
    }

    /// <summary>Waits for a packet that begins so, whatever comes before it.</summary>
    public async Task UntilAsync(string beginning)
    {
        while (!(await NextAsync()).Split('\u001e').Any(packet => packet.StartsWith(beginning, StringComparison.Ordinal)))
        {
        }
    }

    public async Task SendAsync(string packet)
    {
        using var response = await _http.PostAsync(new Uri(_address), new StringContent(packet));
        response.EnsureSuccessStatusCode();
    }

    public void Dispose() => _http.Dispose();
}
