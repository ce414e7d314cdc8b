using System.Diagnostics;
using System.Text;

namespace Sockeye.Hosting.Tests;

/// <summary>The standalone host as a process: its output, its address, its end. Killed when disposed.</summary>
internal sealed class HostProcess : IDisposable
{
    /// <summary>Held while a program is written and while a process starts: one that has just been forked has the file open for a moment, and the system starts no program that is open for writing.</summary>
    internal static readonly Lock Forking = new();

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly List<string> _standard = [];
    private readonly List<(string Beginning, TaskCompletionSource Seen)> _awaited = [];
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HostProcess(Process process) => _process = process;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>The lines of standard output alone.</summary>
    public IReadOnlyList<string> StandardOutput
    {
        get
        {
            lock (_output)
            {
                return [.. _standard];
            }
        }
    }

    public int ProcessId => _process.Id;

    /// <summary>Completes with the url that the host prints; fails with its output if it ends before.</summary>
    public Task<string> AddressAsync => _address.Task.WaitAsync(Patience);

    public static HostProcess Start(string arguments, params (string Name, string Value)[] environment) => Start(new ProcessStartInfo("dotnet", CommandLine(arguments)), environment);

    /// <summary>In a folder of its own.</summary>
    public static HostProcess StartIn(string folder, string arguments) => Start(new ProcessStartInfo("dotnet", CommandLine(arguments)) { WorkingDirectory = folder }, []);

    public static HostProcess StartWithOpenFiles(int limit, string arguments) => Start(new ProcessStartInfo("sh", ["-c", $"ulimit -n {limit}; exec dotnet {CommandLine(arguments)}"]), []);

    /// <summary>With listening sockets as systemd hands them over: from descriptor 3 on, with names.</summary>
    /// <param name="sockets">Not closed when a program is started.</param>
    /// <param name="arguments">Of the host.</param>
    public static HostProcess StartOn(IReadOnlyList<(string Name, int Descriptor)> sockets, string arguments)
    {
        var taken = string.Join(' ', sockets.Select(static (socket, place) => $"{3 + place}<&{socket.Descriptor}"));
        var names = string.Join(':', sockets.Select(static socket => socket.Name));
        return Start(new ProcessStartInfo("bash", ["-c", $"LISTEN_PID=$$ LISTEN_FDS={sockets.Count} LISTEN_FDNAMES={names} exec dotnet {CommandLine(arguments)} {taken}"]), []);
    }

    /// <summary>With arguments of the runtime's host in front.</summary>
    public static HostProcess StartWith(string runtime, string arguments) => Start(new ProcessStartInfo("dotnet", CommandLine(arguments, runtime + " ")), []);

    private static string CommandLine(string arguments, string runtime = "") => $"exec {runtime}\"{WorkingCopy.Built("host", "Sockeye.Host", "Sockeye.Host.dll")}\" {arguments}";

    private static HostProcess Start(ProcessStartInfo start, (string Name, string Value)[] environment)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.WorkingDirectory = start.WorkingDirectory.Length > 0 ? start.WorkingDirectory : Path.GetTempPath();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var host = new HostProcess(process);
        process.OutputDataReceived += (_, e) => host.OnLine(e.Data, isStandard: true);
        process.ErrorDataReceived += (_, e) => host.OnLine(e.Data);
        process.Exited += (_, _) => host._address.TrySetException(new InvalidOperationException("The host ended: " + host.Output));
        lock (Forking)
        {
            process.Start();
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return host;
    }

    /// <summary>The url that the host prints for a listener, once it has written all of them.</summary>
    /// <param name="listener">Its name.</param>
    public async Task<string> LinkAsync(string listener)
    {
        await AddressAsync;
        await LineAsync("The playground page is ");
        var line = Output.Split('\n').First(line => line.StartsWith("Sockeye listens on ", StringComparison.Ordinal) && line.Contains($" ({listener}", StringComparison.Ordinal));
        return line["Sockeye listens on ".Length..line.IndexOf(" (", StringComparison.Ordinal)];
    }

    /// <summary>Completes when the host has written a line that begins so.</summary>
    public Task LineAsync(string beginning)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
        {
            if (("\n" + _output).Contains("\n" + beginning, StringComparison.Ordinal))
            {
                return Task.CompletedTask;
            }

            _awaited.Add((beginning, seen));
        }

        return seen.Task.WaitAsync(Patience);
    }

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.WaitForExit(); // the output that is still on its way
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void OnLine(string? line, bool isStandard = false)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
            if (isStandard)
            {
                _standard.Add(line);
            }

            foreach (var (beginning, seen) in _awaited)
            {
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                {
                    seen.TrySetResult();
                }
            }
        }

        var url = line.IndexOf("http://", StringComparison.Ordinal);
        if (line.StartsWith("Sockeye listens on ", StringComparison.Ordinal) && url > 0)
        {
            _address.TrySetResult(line[url..]);
        }
    }
}
