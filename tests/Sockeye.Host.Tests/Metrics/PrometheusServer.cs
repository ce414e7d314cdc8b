using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;

namespace Sockeye.Host.Tests.Metrics;

/// <summary>Prometheus as Debian has it, on a free port of this machine, in a folder of its own; it scrapes and evaluates every second.</summary>
/// <remarks>It owns the process, which ends with this one whatever happens: a shell waits for the end of its input and kills it.</remarks>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private const string Script = "prometheus \"$@\" & cat > /dev/null; kill -9 $! 2> /dev/null; wait";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-prometheus-").FullName;
    private readonly HttpClient _http = new();
    private Process? _shell;
    private int _port;

    /// <summary>Starts one that scrapes a host.</summary>
    /// <param name="target">Where the host shows its metrics: <c>address:port</c>.</param>
    /// <param name="token">What it says to get them.</param>
    /// <param name="rules">A file with rules.</param>
    public static async Task<PrometheusServer> StartAsync(string target, string token, string rules)
    {
        var server = new PrometheusServer();
        await File.WriteAllTextAsync(Path.Combine(server._folder, "prometheus.yml"), $"""
            global: {"{"} scrape_interval: 1s, evaluation_interval: 1s {"}"}
            rule_files: [ "{rules}" ]
            scrape_configs:
            - job_name: sockeye
              authorization: {"{"} credentials: "{token}" {"}"}
              static_configs: [ {"{"} targets: [ "{target}" ] {"}"} ]
            """);

        // It does not say which port it has chosen, so one is chosen for it, which somebody else may take meanwhile.
        for (var start = Stopwatch.GetTimestamp(); await server.TryStartAsync() is { } fault;)
        {
            await server.KillAsync();
            if (!fault.Contains("address already in use", StringComparison.Ordinal) || Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new InvalidOperationException("prometheus has not started: " + fault);
            }
        }

        return server;
    }

    /// <summary>Asks its API.</summary>
    /// <param name="path">Behind <c>/api/v1/</c>.</param>
    /// <returns>What stands below <c>data</c>.</returns>
    /// <exception cref="InvalidOperationException">It says no, and why.</exception>
    public async Task<JsonElement> AskAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(FormattableString.Invariant($"http://127.0.0.1:{_port}/api/v1/{path}")));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("status").GetString() == "success"
            ? json.RootElement.GetProperty("data").Clone()
            : throw new InvalidOperationException($"{path}: {json.RootElement.GetProperty("error").GetString()}");
    }

    /// <summary>The values of an expression.</summary>
    public async Task<double[]> QueryAsync(string expression)
    {
        var data = await AskAsync("query?query=" + Uri.EscapeDataString(expression));
        return [.. data.GetProperty("result").EnumerateArray().Select(static series => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture))];
    }

    /// <summary>Asks again until what comes is as it should be.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isEnough)
    {
        for (var start = Stopwatch.GetTimestamp(); ; await Task.Delay(100))
        {
            var answer = await ask();
            if (isEnough(answer))
            {
                return answer;
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"This is still so after {Patience}: {JsonSerializer.Serialize(answer)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <returns>What it has said, if it has ended instead; null: it runs.</returns>
    private async Task<string?> TryStartAsync()
    {
        _port = FreePort();
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            "-c", Script, "sh", $"--config.file={Path.Combine(_folder, "prometheus.yml")}", $"--storage.tsdb.path={Path.Combine(_folder, "data")}",
            FormattableString.Invariant($"--web.listen-address=127.0.0.1:{_port}"),
        })
        {
            start.ArgumentList.Add(argument);
        }

        _shell = Process.Start(start)!;
        var lines = Channel.CreateUnbounded<string>();
        _shell.ErrorDataReceived += (_, e) => _ = e.Data is { } line ? lines.Writer.TryWrite(line) : lines.Writer.TryComplete();
        _shell.BeginErrorReadLine();
        List<string> said = [];
        using var patience = new CancellationTokenSource(Patience);
        await foreach (var line in lines.Reader.ReadAllAsync(patience.Token))
        {
            said.Add(line);
            if (line.Contains("Server is ready to receive web requests", StringComparison.Ordinal))
            {
                return null;
            }

            if (line.Contains("level=error", StringComparison.Ordinal))
            {
                break;
            }
        }

        return string.Join(Environment.NewLine, said);
    }

    private async Task KillAsync()
    {
        if (_shell is { } shell)
        {
            _shell = null;
            shell.StandardInput.Close();
            await shell.WaitForExitAsync();
            shell.Dispose();
        }
    }

    /// <summary>A port that nobody has at this moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
