namespace Sockeye.Shared;

/// <summary>The working copy that a test runs in, found from the folder of its own assembly upwards. A path that the compiler writes down would
/// not do: deterministic builds shorten it.</summary>
internal static class WorkingCopy
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>What a project of the same configuration and framework as this assembly builds.</summary>
    /// <param name="folder">The project's top-level folder.</param>
    /// <param name="project">Its name.</param>
    /// <param name="file">The file in its output.</param>
    public static string Built(string folder, string project, string file)
    {
        // .../bin/CONFIGURATION/FRAMEWORK/
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(Root, folder, project, "bin", framework.Parent!.Name, framework.Name, file);
    }

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sockeye.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Sockeye.slnx.");
    }
}
