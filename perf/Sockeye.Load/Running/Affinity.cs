using System.Diagnostics;

namespace Sockeye.Load;

/// <summary>The generator on processor 0 and the servers on processor 1, where there are two and <c>taskset</c> is installed.</summary>
internal static class Affinity
{
    public const int ServerProcessor = 1;
    private const int GeneratorProcessor = 0;
    private const string Marker = "SOCKEYE_LOAD_PINNED";

    public static bool IsPossible { get; } = ProcessorsOfMachine() >= 2 && File.Exists("/usr/bin/taskset");

    /// <summary>What stands before a command to bind it to a processor; empty where that is not possible.</summary>
    public static string[] Of(int processor) => IsPossible ? ["/usr/bin/taskset", "-c", $"{processor}"] : [];

    /// <summary>Runs this program again on the generator's processor and returns its exit code; null if it is there already.</summary>
    public static int? RunPinned(string[] arguments)
    {
        if (!IsPossible || Environment.GetEnvironmentVariable(Marker) is not null)
        {
            return null;
        }

        string[] command = [.. Of(GeneratorProcessor), .. OwnCommand(), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]);
        start.Environment[Marker] = "1";
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>What starts this program once more, without arguments. As <c>dotnet Sockeye.Load.dll</c> the process is the dotnet host, which needs the assembly.</summary>
    public static string[] OwnCommand() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "Sockeye.Load.dll")] : [Environment.ProcessPath!];

    private static int ProcessorsOfMachine() => File.ReadLines("/proc/cpuinfo").Count(line => line.StartsWith("processor", StringComparison.Ordinal));
}
