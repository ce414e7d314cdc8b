using System.Diagnostics;

namespace Sockeye.Shared;

/// <summary>A pipe with a name, which looks like a file and holds whoever opens it until somebody else does. On Linux.</summary>
internal static class NamedPipe
{
    /// <summary>Makes one, and says where it is.</summary>
    /// <param name="folder">The folder, which takes it along.</param>
    /// <param name="name">Its name.</param>
    public static string Make(string folder, string name = "pipe")
    {
        var path = Path.Combine(folder, name);
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        return made.ExitCode == 0 ? path : throw new InvalidOperationException($"mkfifo {path} ended with {made.ExitCode}.");
    }
}
