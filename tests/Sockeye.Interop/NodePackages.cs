using System.ComponentModel;

namespace Sockeye.Interop;

/// <summary>The npm packages that the scripts stand on, installed once from the lock file when they are missing.</summary>
internal static class NodePackages
{
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>Completes when Node and the packages are there; fails with a sentence that says what to do otherwise.</summary>
    public static Task EnsureAsync() => Installed.Value;

    private static async Task InstallAsync()
    {
        await CheckAsync("node", "Node 18 or later");
        if (IsComplete())
        {
            return;
        }

        await CheckAsync("npm", "npm");
        var (exitCode, output) = await ChildProcess.RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], Repository.NodeFolder, default);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"npm ci in {Repository.NodeFolder} ended with exit code {exitCode}:\n{output}");
        }
    }

    // npm writes the file inside node_modules last; one that is older than the list of what is wanted tells of other packages.
    private static bool IsComplete()
    {
        var installed = new FileInfo(Path.Combine(Repository.NodeFolder, "node_modules", ".package-lock.json"));
        return installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(Repository.NodeFolder, "package-lock.json"));
    }

    private static async Task CheckAsync(string program, string name)
    {
        try
        {
            await ChildProcess.RunAsync(program, ["--version"], Repository.NodeFolder, default);
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException($"The tests from outside need {name}, and there is no '{program}' in PATH. './build.ps1 test' installs it.");
        }
    }
}
