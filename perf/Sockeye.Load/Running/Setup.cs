using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sockeye.Load;

/// <summary>Builds and installs what the suite starts, and names versions and machine.</summary>
internal static partial class Setup
{
    public static string Root { get; } = FindRoot();

    public static string FloorProgram { get; } = Path.Combine(Root, "artifacts/perf/floor");

    public static string NodePeer { get; } = Path.Combine(Root, "perf/peers/node");

    public static string AspNetPeer { get; } = Path.Combine(Root, "perf/peers/AspNet/bin/Release/net10.0/Sockeye.Peers.AspNet.dll");

    public static string ConformanceApp { get; } = Path.Combine(Root, "tests/Sockeye.Conformance/bin/Release/net10.0/Sockeye.Conformance.dll");

    public static string ReadyConformanceApp { get; } = Path.Combine(Root, "artifacts/perf/ready/Sockeye.Conformance.dll");

    public static string NativeConformanceApp { get; } = Path.Combine(Root, "artifacts/perf/native/Sockeye.Conformance");

    /// <summary>Another build of the conformance app, to be measured beside this one; empty: none.</summary>
    public static string BeforeConformanceApp { get; set; } = "";

    /// <summary>Where the figures of the last runs lie.</summary>
    public static string Figures(string name) => Path.Combine(Root, "artifacts/perf", name);

    public static void BuildFloor()
    {
        Directory.CreateDirectory(Path.Combine(Root, "artifacts/perf"));
        if (Run("cc", "-O2", "-o", FloorProgram, Path.Combine(Root, "perf/floor/floor.c")) is not { ExitCode: 0 })
        {
            throw new InvalidOperationException("The floor needs a C compiler (cc).");
        }
    }

    /// <summary>Makes a peer ready; a sentence why it cannot run, or null.</summary>
    public static string? Prepare(ServerKind kind)
    {
        if (kind.Dialect != Dialect.SocketIO)
        {
            return File.Exists(AspNetPeer) ? null : "perf/peers/AspNet was not built (no ASP.NET Core in this SDK)";
        }

        if (Run("node", "--version") is not { ExitCode: 0 })
        {
            return "Node is not installed";
        }

        var installed = Path.Combine(NodePeer, "node_modules/.package-lock.json");
        if (File.Exists(installed) && File.GetLastWriteTimeUtc(installed) >= File.GetLastWriteTimeUtc(Path.Combine(NodePeer, "package-lock.json")))
        {
            return null;
        }

        return Run("npm", "ci", "--prefix", NodePeer, "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1", "--fetch-timeout=30000") is { ExitCode: 0 } ? null : "npm could not install its packages";
    }

    public static Dictionary<string, string> Versions()
    {
        var versions = new Dictionary<string, string>
        {
            ["machine"] = $"{CpuModel()}, {File.ReadLines("/proc/cpuinfo").Count(line => line.StartsWith("processor", StringComparison.Ordinal))} processors",
            ["kernel"] = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            [".NET"] = RuntimeInformation.FrameworkDescription,
            ["Sockeye"] = FirstLine(Run("git", "-C", Root, "describe", "--always", "--dirty")?.Output) is { Length: > 0 } revision ? $"revision {revision}, native transport, JIT" : "without git",
            ["cc"] = FirstLine(Run("cc", "--version")?.Output) ?? "none",
        };
        if (Run("dotnet", "--list-runtimes")?.Output.Split('\n').LastOrDefault(line => line.StartsWith("Microsoft.AspNetCore.App 10.", StringComparison.Ordinal)) is { } runtime)
        {
            versions["ASP.NET Core"] = runtime.Split(' ')[1];
        }

        if (FirstLine(Run("node", "--version")?.Output) is { } node)
        {
            versions["Node"] = node;
        }

        var lockFile = Path.Combine(NodePeer, "package-lock.json");
        if (File.Exists(lockFile))
        {
            using var packages = JsonDocument.Parse(File.ReadAllText(lockFile));
            if (packages.RootElement.GetProperty("packages").TryGetProperty("node_modules/socket.io", out var package))
            {
                versions["socket.io"] = package.GetProperty("version").GetString()!;
            }
        }

        return versions;
    }

    private static (int ExitCode, string Output)? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, WorkingDirectory = Root })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // no such program
        }
    }

    private static string? FirstLine(string? text) => text?.Split('\n')[0].Trim();

    private static string CpuModel() =>
        File.ReadLines("/proc/cpuinfo").Select(line => Model().Match(line)).FirstOrDefault(match => match.Success)?.Groups[1].Value ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sockeye.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The suite runs from a build inside the repository.");
    }

    [GeneratedRegex(@"^model name\s*:\s*(.+)$")]
    private static partial Regex Model();
}
