using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Sockeye.Hosting.Tests;

/// <summary>A copy of build.ps1 in a folder whose name is a trial, with the programs of a machine that a test makes up. Killed and deleted when disposed.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class BuildScript : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] Utilities = ["sh", "bash", "dirname", "readlink", "sed", "grep", "tr", "cat", "sleep"];

    private readonly StringBuilder _output = new();
    private readonly Dictionary<string, string> _environment = [];
    private TaskCompletionSource<bool> _line = new();
    private Process? _process;
    private string _name = Path.Combine("..", "build.ps1");

    public BuildScript()
    {
        Root = Directory.CreateTempSubdirectory("it's a \"trial\" ").FullName;
        Programs = Directory.CreateDirectory(Path.Combine(Root, "programs")).FullName;
        Elsewhere = Directory.CreateDirectory(Path.Combine(Root, "else where")).FullName;
        Directory.CreateDirectory(Path.Combine(Root, ".build"));
        foreach (var file in new[] { "build.ps1", "global.json", Path.Combine(".build", "run.rsp") })
        {
            File.Copy(Path.Combine(WorkingCopy.Root, file), Path.Combine(Root, file));
        }

        foreach (var name in Utilities)
        {
            var path = new[] { "/usr/bin", "/bin" }.Select(folder => Path.Combine(folder, name)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(Programs, name), path);
        }
    }

    public string Root { get; }

    public string Programs { get; }

    /// <summary>A folder that is not the script's, from which it is called.</summary>
    public string Elsewhere { get; }

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

    public BuildScript With(string variable, string value)
    {
        _environment[variable] = value;
        return this;
    }

    /// <summary>Puts a program into PATH that does what these lines of sh say.</summary>
    public BuildScript WithProgram(string name, string lines)
    {
        var file = Path.Combine(Programs, name);
        lock (HostProcess.Forking)
        {
            File.WriteAllText(file, "#!/bin/sh\n" + lines + "\n");
        }

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return this;
    }

    /// <summary>The script is called by a link in <see cref="Elsewhere"/>.</summary>
    public BuildScript ByLink()
    {
        _name = "link";
        File.CreateSymbolicLink(Path.Combine(Elsewhere, _name), Path.Combine("..", "build.ps1"));
        return this;
    }

    public BuildScript Start(string shell, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Programs, shell))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Elsewhere,
        };
        start.ArgumentList.Add(_name);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        start.Environment["PATH"] = Programs;
        start.Environment["HOME"] = Root;
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => OnLine(e.Data);
        _process.ErrorDataReceived += (_, e) => OnLine(e.Data);
        lock (HostProcess.Forking)
        {
            _process.Start();
        }

        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        return this;
    }

    /// <summary>Completes when the script has ended and nobody holds its output any more: what it started has ended too.</summary>
    public async Task<int> ExitCodeAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process!.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async Task<string> LineAsync(string beginning)
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < Patience)
        {
            Task<bool> next;
            lock (_output)
            {
                if (_output.ToString().Split('\n').FirstOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal)) is { } line)
                {
                    return line;
                }

                next = (_line = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await next.WaitAsync(Patience);
        }

        throw new TimeoutException(Output);
    }

    public void Signal(int signal) => Assert.Equal(0, Kill(_process!.Id, signal));

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
        }

        _process?.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private void OnLine(string? line)
    {
        lock (_output)
        {
            if (line is not null)
            {
                _output.Append(line).Append('\n');
            }

            _line.TrySetResult(true);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int processId, int signal);
}
