using System.Runtime.InteropServices;

namespace Sockeye.Interop;

/// <summary>Where things are that the tests start: found from the folder of the test's own assembly upwards.</summary>
internal static class Repository
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The scripts that run the published JavaScript clients.</summary>
    public static string NodeFolder { get; } = Path.Combine(Root, "tests", "Sockeye.Interop", "node");

    /// <summary>The scripts that run the published Python client.</summary>
    public static string PythonFolder { get; } = Path.Combine(Root, "tests", "Sockeye.Interop", "python");

    /// <summary>The executable of the conformance app, of the same configuration as the tests.</summary>
    public static string ConformanceApp { get; } = FindBuilt("tests", "Sockeye.Conformance");

    /// <summary>The standalone host, of the same configuration as the tests.</summary>
    public static string Host { get; } = FindBuilt("host", "Sockeye.Host");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Sockeye.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Sockeye.slnx.");
    }

    private static string FindBuilt(string folder, string project)
    {
        // .../Sockeye.Interop/bin/CONFIGURATION/FRAMEWORK/
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var name = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? project + ".exe" : project;
        return Path.Combine(Root, folder, project, "bin", framework.Parent!.Name, framework.Name, name);
    }
}
