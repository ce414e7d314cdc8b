using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Server.Plugins;

/// <summary>What stood in the folder of a plugin at one moment: read as a whole, so that a generation is of one piece whatever becomes of the files. Immutable.</summary>
internal sealed class PluginFolder
{
    /// <summary>Bytes of all files that are read (own): they stay in memory while the generation does.</summary>
    public const long MaxBytes = 256 * 1024 * 1024;

    /// <summary>Files and folders within (own).</summary>
    public const int MaxEntries = 4096;

    private const int MaxDepth = 8; // own; runtimes/<rid>/lib/<framework> has four

    private PluginFolder(string path, string stamp, AssemblyFacts main, PluginFiles files)
    {
        Path = path;
        Stamp = stamp;
        Main = main;
        Files = files;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Two that are equal have the same files.</summary>
    public string Stamp { get; }

    /// <summary>The assembly with the plugin's class.</summary>
    public AssemblyFacts Main { get; }

    public PluginManifest Manifest => Main.Manifest!;

    public PluginFiles Files { get; }

    /// <summary>The folders of plugins below one that the operator has named, in the order of their names; hidden ones are not looked at.</summary>
    /// <exception cref="PluginFault">It is not there, cannot be read, or others may write to it.</exception>
    public static IReadOnlyList<string> In(string root)
    {
        var path = System.IO.Path.GetFullPath(root);
        if (!Directory.Exists(path))
        {
            throw new PluginFault($"The folder of plugins {path} does not exist.");
        }

        FolderTrust.Check(path);
        try
        {
            return [.. Directory.EnumerateDirectories(path).Where(static folder => !System.IO.Path.GetFileName(folder).StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PluginFault($"{path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>What is wrong with an assembly that lies in the folder of all plugins itself; null: there is none. It keeps no folder from being read.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static PluginFault? StrayIn(string root) => Directory.EnumerateFiles(System.IO.Path.GetFullPath(root), "*.dll").FirstOrDefault() is { } stray
        ? new PluginFault($"{stray} lies in the folder of all plugins, where nothing is loaded from: each has a folder of its own below it.")
        : null;

    /// <summary>Reads the folder of one plugin.</summary>
    /// <exception cref="PluginFault">There is none in it that can be loaded here; the sentence says why.</exception>
    public static PluginFolder Read(string path)
    {
        FolderTrust.Check(path);
        SortedDictionary<string, byte[]> all;
        try
        {
            all = ReadAll(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PluginFault($"{path} cannot be read: {fault.Message}", fault);
        }

        List<AssemblyFacts> assemblies = [];
        List<PluginFault> unreadable = [];
        foreach (var (name, bytes) in all)
        {
            if (!name.Contains('/', StringComparison.Ordinal) && name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
            {
                try
                {
                    assemblies.Add(ManifestReader.Read(System.IO.Path.Combine(path, name), bytes));
                }
                catch (PluginFault fault)
                {
                    unreadable.Add(fault);
                }
            }
        }

        var main = FindMain(path, assemblies, unreadable);
        var files = new PluginFiles(path, all, assemblies);
        CheckReferences(main, files);
        return new PluginFolder(path, StampOf(all), main, files);
    }

    private static AssemblyFacts FindMain(string path, List<AssemblyFacts> assemblies, List<PluginFault> unreadable)
    {
        var plugins = assemblies.Where(static assembly => assembly.Manifest is not null).ToArray();
        if (plugins.Length == 1)
        {
            return plugins[0];
        }

        if (plugins.Length > 1)
        {
            throw new PluginFault($"{path} has a plugin in {string.Join(" and in ", plugins.Select(static plugin => System.IO.Path.GetFileName(plugin.Path)))}: a folder has one.");
        }

        // What cannot be read is the likelier culprit than what is there to be used by it.
        if (unreadable.Count > 0)
        {
            throw unreadable[0];
        }

        var managed = assemblies.Where(static assembly => assembly.Name is { Name: not ManifestReader.Contract }).ToArray();
        throw new PluginFault(
            managed.Length > 0 ? $"{path} has no plugin: no class in {string.Join(", ", managed.Select(static assembly => System.IO.Path.GetFileName(assembly.Path)))} is marked with [SockeyePlugin]."
            : assemblies.FirstOrDefault(static assembly => assembly.Name is null) is { } native ? $"{native.Path} is a native library and no .NET assembly: the folder has no plugin."
            : $"{path} is empty, or has no .dll: the files that the build of a plugin has written belong there.");
    }

    private static void CheckReferences(AssemblyFacts main, PluginFiles files)
    {
        foreach (var reference in main.References)
        {
            if (files.Has(reference.Name!) && !SharedAssemblies.IsShared(reference.Name!))
            {
                continue;
            }

            if (reference.Name!.StartsWith("Sockeye.", StringComparison.Ordinal) && reference.Name != ManifestReader.Contract)
            {
                throw new PluginFault($"{main.Path} uses {reference.Name}: of Sockeye a plugin has {ManifestReader.Contract} alone.");
            }

            if (SharedAssemblies.Find(reference) is not { } found)
            {
                throw new PluginFault($"{main.Path} needs {reference.Name} {reference.Version}, which is not in its folder: <EnableDynamicLoading>true</EnableDynamicLoading> in its project puts it there.");
            }

            if (SharedAssemblies.IsShared(reference.Name!) && reference.Name != ManifestReader.Contract && found.GetName().Version is { } has && reference.Version > has)
            {
                throw new PluginFault($"{main.Path} needs {reference.Name} {reference.Version}, and shares that of this program, which is {has}: build it against this one.");
            }
        }
    }

    private static SortedDictionary<string, byte[]> ReadAll(string path)
    {
        var all = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        long bytes = 0;
        var entries = 0;
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = MaxDepth, AttributesToSkip = 0, IgnoreInaccessible = false };
        foreach (var entry in new DirectoryInfo(path).EnumerateFileSystemInfos("*", options))
        {
            if (++entries > MaxEntries)
            {
                throw new PluginFault($"{path} has more than {MaxEntries} files and folders.");
            }

            if (entry is not FileInfo file || !IsRead(file.Name))
            {
                continue;
            }

            FolderTrust.Check(file.FullName);
            using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            if ((bytes += stream.Length) > MaxBytes)
            {
                throw new PluginFault($"{path} has more than {MaxBytes / 1024 / 1024} MiB of assemblies and libraries.");
            }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            all[System.IO.Path.GetRelativePath(path, file.FullName).Replace('\\', '/')] = content;
        }

        return all;
    }

    private static bool IsRead(string name) =>
        name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".pdb", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".deps.json", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".dylib", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".so", StringComparison.OrdinalIgnoreCase) || name.Contains(".so.", StringComparison.OrdinalIgnoreCase);

    private static string StampOf(SortedDictionary<string, byte[]> all)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, bytes) in all)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{bytes.Length}\n"));
            hash.AppendData(bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
