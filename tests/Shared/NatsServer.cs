using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace Sockeye.Shared;

/// <summary>A nats-server of Debian on a free port of this machine, in a folder of its own.</summary>
/// <remarks>It owns the process, which ends with this one whatever happens: a shell waits for the end of its input and kills it. Any thread.</remarks>
internal sealed class NatsServer : IAsyncDisposable
{
    private const string Script = "nats-server \"$@\" & echo $!; cat > /dev/null; kill -9 $! 2> /dev/null; wait";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-nats-").FullName;
    private Process? _shell;

    private NatsServer(string config) => Config = config;

    /// <summary>Lines of its configuration beside the address, from its next start on.</summary>
    public string Config { get; set; }

    /// <summary>Where clients connect.</summary>
    public string Url => $"nats://127.0.0.1:{Port}";

    public int Port { get; private set; }

    /// <summary>Where other servers connect; 0: nowhere.</summary>
    public int ClusterPort { get; private set; }

    public int ProcessId { get; private set; }

    /// <param name="config">Lines of its configuration beside the address.</param>
    public static async Task<NatsServer> StartAsync(string config = "")
    {
        var server = new NatsServer(config);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Writes a file that the configuration may name.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Starts it, the second time on the port that it had.</summary>
    public async Task StartAgainAsync()
    {
        // An outgoing connection of this machine may have that port for a moment. Each try waits for a process to say so and end.
        for (var start = Stopwatch.GetTimestamp(); await TryStartAsync() is { } fault;)
        {
            await KillAsync();
            if (Port == 0 || !fault.Contains("address already in use", StringComparison.Ordinal) || Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new InvalidOperationException("nats-server has not started: " + fault);
            }
        }
    }

    /// <returns>What it has said, if it has ended instead; null: it runs.</returns>
    private async Task<string?> TryStartAsync()
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var port = (Port == 0 ? -1 : Port).ToString(CultureInfo.InvariantCulture);
        foreach (var argument in new[] { "-c", Script, "sh", "-a", "127.0.0.1", "-p", port, "-sd", _folder, "-c", Write("nats.conf", Config) })
        {
            start.ArgumentList.Add(argument);
        }

        _shell = Process.Start(start)!;
        ProcessId = int.Parse((await _shell.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var lines = Channel.CreateUnbounded<string>();
        _shell.ErrorDataReceived += (_, e) => _ = e.Data is { } line ? lines.Writer.TryWrite(line) : lines.Writer.TryComplete();
        _shell.BeginErrorReadLine();
        List<string> said = [];
        var (isReady, isClustered) = (false, !Config.Contains("cluster", StringComparison.Ordinal));
        using var patience = new CancellationTokenSource(Patience);
        await foreach (var line in lines.Reader.ReadAllAsync(patience.Token))
        {
            said.Add(line);
            if (line.Contains("Listening for client connections on", StringComparison.Ordinal))
            {
                Port = PortOf(line);
            }
            else if (line.Contains("Listening for route connections on", StringComparison.Ordinal))
            {
                ClusterPort = PortOf(line);
                isClustered = true;
            }
            else if (line.Contains("Server is ready", StringComparison.Ordinal))
            {
                isReady = true;
            }

            if (isReady && isClustered)
            {
                return null;
            }
        }

        return string.Join(Environment.NewLine, said);
    }

    /// <summary>Ends it at once, as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_shell is { } shell)
        {
            _shell = null;
            shell.StandardInput.Close();
            await shell.WaitForExitAsync();
            shell.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int PortOf(string line) => int.Parse(line.AsSpan(line.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
}
