using System.Runtime.InteropServices;

namespace Sockeye.Interop;

/// <summary>Where things are that the tests start.</summary>
internal static class Repository
{
    /// <summary>The folder with the solution.</summary>
    public static string Root => WorkingCopy.Root;

    /// <summary>The scripts that run the published JavaScript clients.</summary>
    public static string NodeFolder { get; } = Path.Combine(Root, "tests", "Sockeye.Interop", "node");

    /// <summary>The scripts that run the published Python client.</summary>
    public static string PythonFolder { get; } = Path.Combine(Root, "tests", "Sockeye.Interop", "python");

    /// <summary>The executable of the conformance app, of the same configuration as the tests.</summary>
    public static string ConformanceApp { get; } = WorkingCopy.Built("tests", "Sockeye.Conformance", Executable("Sockeye.Conformance"));

    /// <summary>The application that does everything wrong, of the same configuration as the tests.</summary>
    public static string Wrongdoer { get; } = WorkingCopy.Built("tests", "Sockeye.Wrongdoer", Executable("Sockeye.Wrongdoer"));

    /// <summary>The standalone host, of the same configuration as the tests.</summary>
    public static string Host { get; } = WorkingCopy.Built("host", "Sockeye.Host", Executable("Sockeye.Host"));

    private static string Executable(string name) => RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? name + ".exe" : name;
}
