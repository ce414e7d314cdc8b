using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Sockeye.Packages.Tests.Feed;

namespace Sockeye.Packages.Tests.Pages;

/// <summary>A program of a page that runs: it listens, answers a client and ends when it is told to, or it ends by itself. Killed when disposed.</summary>
internal sealed partial class SampleProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static int s_lastPort = Random.Shared.Next(12_000);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private SampleProcess(Process process) => _process = process;

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

    /// <summary>A port that is free at the moment, below those that the system gives to outgoing connections, and that nobody here has been given before.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = 20_000 + (Interlocked.Increment(ref s_lastPort) % 12_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
    }

    /// <summary>The text with another port than the one that all pages use.</summary>
    public static string OnPort(string source, int port) => Address().Replace(source, $"$1:{port}");

    /// <summary>Starts a program, waits until it listens or has ended, asks it for a handshake and tells it to end. What is wrong is an exception with its output.</summary>
    /// <param name="start">The program.</param>
    /// <param name="port">The port at which it listens if it does.</param>
    /// <param name="path">What is asked for, and answered with 200.</param>
    /// <returns>What was answered; empty: it ended without listening.</returns>
    public static async Task<string> RunAsync(ProcessStartInfo start, int port, string path = "/socket.io/?EIO=4&transport=polling")
    {
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0"; // the port of a web application beside the server
        start.Environment["Sockeye__Urls"] = $"http://127.0.0.1:{port}";
        using var sample = new SampleProcess(new Process { StartInfo = start });
        sample.Begin();
        var answer = "";
        if (await sample.ListensAsync(port))
        {
            answer = await sample.AskAsync(new Uri($"http://127.0.0.1:{port}{path}"));
            using var signal = Process.Start("kill", ["-TERM", sample._process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await signal.WaitForExitAsync();
        }

        await sample._process.WaitForExitAsync().WaitAsync(Patience);
        return sample._process.ExitCode == 0 ? answer : throw new InvalidOperationException($"The program ended with {sample._process.ExitCode}:\n{sample.Output}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void Begin()
    {
        _process.OutputDataReceived += OnLine;
        _process.ErrorDataReceived += OnLine;
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    // A program does not say when it listens, so it is asked until it answers or has ended.
    private async Task<bool> ListensAsync(int port)
    {
        for (var started = Stopwatch.StartNew(); started.Elapsed < Patience; await Task.Delay(20))
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                if (_process.HasExited)
                {
                    return false;
                }
            }
        }

        throw new TimeoutException($"The program neither listens at port {port} nor ends:\n{Output}");
    }

    private async Task<string> AskAsync(Uri address)
    {
        using var client = new HttpClient { Timeout = Patience };
        using var response = await client.GetAsync(address);
        var body = await response.Content.ReadAsStringAsync();
        return response.StatusCode == HttpStatusCode.OK ? body : throw new InvalidOperationException($"{address} was answered with {(int)response.StatusCode} {body}:\n{Output}");
    }

    private void OnLine(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }

    [GeneratedRegex(@"(127\.0\.0\.1|localhost):3000")]
    private static partial Regex Address();
}
