using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;
using Sockeye.Plugins;

namespace Sockeye.Server.Plugins;

/// <summary>The load context of one generation of a plugin. Its assemblies are loaded from memory, since a file that is mapped and overwritten ends a process on Linux; native libraries from a copy of their own.</summary>
/// <remarks>It owns that copy, which <see cref="DeleteCopies"/> removes. The runtime calls it from any thread. Collected when nothing of the generation is left, after <see cref="AssemblyLoadContext.Unload"/>.</remarks>
internal sealed class PluginAssemblies : AssemblyLoadContext
{
    private readonly PluginFolder _folder;
    private readonly Lock _lock = new();
    private string? _copies;

    private PluginAssemblies(PluginFolder folder)
        : base($"plugin {folder.Manifest.Id} {folder.Manifest.Version}", isCollectible: true) => _folder = folder;

    /// <summary>Loads the code of a plugin and makes its object, which keeps its context in memory.</summary>
    /// <exception cref="PluginFault">It cannot be loaded, or its constructor throws.</exception>
    [RequiresUnreferencedCode("Plugins of folders are code that no trimmer has seen.")]
    public static ISockeyePlugin Load(PluginFolder folder)
    {
        var context = new PluginAssemblies(folder);
        try
        {
            var type = context.LoadFromAssemblyName(new AssemblyName(folder.Main.Name!.Name!)).GetType(folder.Manifest.TypeName, throwOnError: true)!;
            return Activator.CreateInstance(type, BindingFlags.DoNotWrapExceptions | BindingFlags.Public | BindingFlags.Instance, null, null, null) as ISockeyePlugin
                ?? throw new PluginFault($"{folder.Main.Path}: {folder.Manifest.TypeName} does not implement the ISockeyePlugin of this program.");
        }
#pragma warning disable CA1031 // Code of a plugin: whatever it throws is told in a sentence.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            var fault = failure as PluginFault ?? new PluginFault(SentenceOf(folder, failure)) { Trace = failure.ToString() };
            context.DeleteCopies();
            context.Unload();
            throw fault;
        }
    }

    /// <summary>The files are gone, of which nothing may be loaded any more.</summary>
    public void DeleteCopies()
    {
        lock (_lock)
        {
            try
            {
                if (_copies is not null)
                {
                    Directory.Delete(_copies, recursive: true);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // Windows keeps a library that is still loaded; it lies among temporary files.
            }
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Whoever makes the context has been told.")]
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var name = assemblyName.Name!;
        if (SharedAssemblies.IsShared(name) && SharedAssemblies.Find(assemblyName) is { } shared)
        {
            return shared;
        }

        if (_folder.Files.Find(name, assemblyName.CultureName) is not { } found)
        {
            return null; // the runtime's, or nobody's
        }

        if (SharedAssemblies.IsRuntime(name) && SharedAssemblies.Find(assemblyName) is { } known && known.GetName().Version >= assemblyName.Version)
        {
            return known;
        }

        using var assembly = new MemoryStream(found.Assembly, writable: false);
        using var symbols = found.Symbols is null ? null : new MemoryStream(found.Symbols, writable: false);
        return LoadFromStream(assembly, symbols);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        foreach (var file in NamesOf(unmanagedDllName))
        {
            if (_folder.Files.HasNative(file))
            {
                return LoadUnmanagedDllFromPath(Path.Combine(Copy(), file));
            }
        }

        return 0;
    }

    // The exception itself is not kept: it may be of a type of the plugin, and would hold its code in memory.
    private static string SentenceOf(PluginFolder folder, Exception failure)
    {
        var inner = failure is TypeInitializationException { InnerException: { } first } ? first : failure;
        return inner switch
        {
            FileNotFoundException { FileName: { } missing } => $"{folder.Main.Path} needs {missing.Split(',')[0]}, which is not in its folder.",
            BadImageFormatException or FileLoadException or TypeLoadException or MissingMethodException => $"{folder.Main.Path} cannot be loaded: {inner.Message}",
            _ => $"{folder.Main.Path}: the constructor of {folder.Manifest.TypeName} failed: {inner.GetType().Name}: {LogText.Escape(inner.Message)}",
        };
    }

    private static IEnumerable<string> NamesOf(string name)
    {
        var end = OperatingSystem.IsWindows() ? ".dll" : OperatingSystem.IsMacOS() ? ".dylib" : ".so";
        return [name, name + end, "lib" + name + end, "lib" + name];
    }

    /// <summary>All of them, since one may look for another beside itself. The folder is the process's user's alone.</summary>
    private string Copy()
    {
        lock (_lock)
        {
            if (_copies is null)
            {
                var made = Directory.CreateTempSubdirectory("sockeye-").FullName;
                foreach (var (file, bytes) in _folder.Files.Native)
                {
                    File.WriteAllBytes(Path.Combine(made, file), bytes);
                }

                _copies = made;
            }

            return _copies;
        }
    }
}
