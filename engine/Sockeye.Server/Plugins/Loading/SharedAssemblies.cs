using System.Reflection;
using System.Runtime.Loader;
using Sockeye.Plugins;

namespace Sockeye.Server.Plugins;

/// <summary>The assemblies that a plugin has in common with the program: the contract with what it is written in, and the runtime's. Any thread.</summary>
internal static class SharedAssemblies
{
    /// <summary>The contract, and what stands in its signatures and theirs.</summary>
    private static readonly HashSet<string> s_shared = new(StringComparer.OrdinalIgnoreCase)
    {
        ManifestReader.Contract,
        "Microsoft.Extensions.Configuration.Abstractions",
        "Microsoft.Extensions.DependencyInjection.Abstractions",
        "Microsoft.Extensions.Logging.Abstractions",
        "Microsoft.Extensions.Primitives",
    };

    /// <summary>Where the contract itself was loaded.</summary>
    private static AssemblyLoadContext Program => AssemblyLoadContext.GetLoadContext(typeof(ISockeyePlugin).Assembly) ?? AssemblyLoadContext.Default;

    public static bool IsShared(string name) => s_shared.Contains(name);

    /// <summary>Whether an assembly is of the runtime by its name, so that the runtime's comes before one in the plugin's folder, unless that is newer.</summary>
    public static bool IsRuntime(string name) =>
        name.StartsWith("System.", StringComparison.Ordinal) || name is "System" or "netstandard" or "mscorlib" or "WindowsBase" or "Microsoft.CSharp"
        || name.StartsWith("Microsoft.Win32.", StringComparison.Ordinal) || name.StartsWith("Microsoft.VisualBasic", StringComparison.Ordinal);

    /// <summary>The program's own assembly of a name, of whatever version; null: it has none.</summary>
    public static Assembly? Find(AssemblyName name)
    {
        try
        {
            return Program.LoadFromAssemblyName(new AssemblyName(name.Name!));
        }
        catch (Exception fault) when (fault is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
    }
}
