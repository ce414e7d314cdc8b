using System.Diagnostics;
using System.Text;

namespace Sockeye.Interop;

/// <summary>A program that the tests start: its lines are handed on as they come, its errors are kept for the message of a failure.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int KeptErrorCharacters = 20_000;

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has written to standard error, the first of it.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts it.</summary>
    /// <param name="program">A path, or a name that is looked for in PATH.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <param name="folder">Its working folder.</param>
    /// <param name="onLine">Called for each line of standard output.</param>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, string folder, Action<string> onLine)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        var child = new ChildProcess(process);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                onLine(text);
            }
        };
        process.ErrorDataReceived += (_, line) => child.KeepError(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code and everything it wrote.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken)
    {
        var output = new StringBuilder();
        using var child = Start(program, arguments, folder, line => output.AppendLine(line));
        var exitCode = await child.WaitAsync(cancellationToken);
        return (exitCode, output + child.Errors);
    }

    /// <summary>Waits for its end, all lines handed on; kills it when the token fires.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw;
        }

        return _process.ExitCode;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void KeepError(string? line)
    {
        lock (_errors)
        {
            if (line is not null && _errors.Length < KeptErrorCharacters)
            {
                _errors.AppendLine(line);
            }
        }
    }
}
