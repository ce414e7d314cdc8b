using System.Diagnostics;
using System.Text;

namespace Sockeye.Packages.Tests.Feed;

/// <summary>Runs a program to its end and gives its output back.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>What every child gets: nothing of what it starts outlives it, and it is no part of this run of tests.</summary>
    private static readonly (string Name, string? Value)[] Environment =
    [
        ("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0"), ("UseSharedCompilation", "false"),
        ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"), ("DOTNET_NOLOGO", "1"), ("DOTNET_CLI_UI_LANGUAGE", "en"), ("CI", null),
        ("TESTINGPLATFORM_TELEMETRY_OPTOUT", "1"), ("DOTNET_ENVIRONMENT", null), ("ASPNETCORE_ENVIRONMENT", null),
    ];

    /// <summary>Makes the start of a process with its output redirected.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments, each as it is.</param>
    public static ProcessStartInfo Start(string folder, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        return start;
    }

    /// <summary>Runs to the end; an exit code other than 0 is an exception with the output.</summary>
    public static async Task<string> RunAsync(ProcessStartInfo start)
    {
        var (code, output) = await TryAsync(start);
        return code == 0 ? output : throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} ended with {code}:\n{output}");
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<(int Code, string Output)> TryAsync(ProcessStartInfo start)
    {
        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        void Add(object sender, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        }

        process.OutputDataReceived += Add;
        process.ErrorDataReceived += Add;
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{start.FileName} {string.Join(' ', start.ArgumentList)} did not end:\n{output}");
        }

        return (process.ExitCode, output.ToString().Trim());
    }
}
