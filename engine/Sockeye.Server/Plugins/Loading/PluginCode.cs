using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Sockeye.Server.Plugins;

/// <summary>Compiles the code of a plugin before it is in force: otherwise each event loop would compile, in front of its clients, what it calls of a new generation.</summary>
/// <remarks>
/// <para>Nothing of the plugin is called. What is generic is left out, since nobody knows yet for which types, and what cannot be compiled fails when it is called, as before.</para>
/// <para>Any thread but an event loop. <b>Limit.</b> <see cref="MaxMethods"/> of the assembly that has the plugin; of those beside it nothing, which may be whole libraries.</para>
/// </remarks>
internal static class PluginCode
{
    /// <summary>Methods that are compiled: 2,000 (own; at 0.3 ms each, the order of what one takes, a start is longer by 0.6 s at most).</summary>
    internal const int MaxMethods = 2000;

    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <param name="plugin">An object of the plugin's own type.</param>
    /// <param name="most">How many methods at most.</param>
    /// <returns>How many it was.</returns>
    public static int Compile(object plugin, int most = MaxMethods)
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled)
        {
            return 0;
        }

        var compiled = 0;
        foreach (var method in TypesOf(plugin.GetType().Assembly).SelectMany(MethodsOf).Where(HasCode).Take(most))
        {
            TryCompile(method);
            compiled++;
        }

        return compiled;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "An application that is trimmed has no folders of plugins: docs/plugins.md. Under Native AOT they are refused.")]
    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException some)
        {
            return some.Types.OfType<Type>();
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "As above.")]
    private static IEnumerable<MethodBase> MethodsOf(Type type) => [.. type.GetMethods(All), .. type.GetConstructors(All)];

    private static bool HasCode(MethodBase method) => method is { IsAbstract: false, ContainsGenericParameters: false, DeclaringType.ContainsGenericParameters: false }
        && (method.Attributes & MethodAttributes.PinvokeImpl) == 0
        && (method.MethodImplementationFlags & (MethodImplAttributes.InternalCall | MethodImplAttributes.Runtime)) == 0;

    private static void TryCompile(MethodBase method)
    {
        try
        {
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
        }
#pragma warning disable CA1031 // What is wrong with the code of a plugin, such as a library that is not there, is told when that code is called, if it ever is.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
