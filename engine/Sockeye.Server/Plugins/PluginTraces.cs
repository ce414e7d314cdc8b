using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Server.Plugins;

/// <summary>Finds, among what is registered on a single socket, what belongs to a load context: the delegate that a plugin has handed over, behind what the engine has put around it.</summary>
internal static class PluginTraces
{
    private const int MaxDepth = 6; // an invoker, its body, the closure around the handler, the handler

    private static readonly Assembly s_engine = typeof(SocketHandlers).Assembly;

    /// <summary>Whether a handler leads to code or objects of a context.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Fields of the engine's own closures and invokers, in a program that loads plugins of folders.")]
    public static bool Leads(object? handler, AssemblyLoadContext context, int depth = 0)
    {
        if (handler is null || depth > MaxDepth)
        {
            return false;
        }

        var type = handler.GetType();
        if (Belongs(type, context))
        {
            return true;
        }

        if (handler is Delegate call)
        {
            return call.HasSingleTarget
                ? (call.Method.DeclaringType is { } owner && Belongs(owner, context)) || Leads(call.Target, context, depth + 1)
                : call.GetInvocationList().Any(single => Leads(single, context, depth + 1));
        }

        if (type.Assembly != s_engine || handler is SockeyeSocket or BroadcastTarget or PayloadCodec)
        {
            return false;
        }

        for (var level = type; level is not null && level.Assembly == s_engine; level = level.BaseType)
        {
            foreach (var field in level.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                if (!field.FieldType.IsValueType && field.FieldType != typeof(string) && Leads(field.GetValue(handler), context, depth + 1))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether a type, or one that it is made of, is of a context.</summary>
    public static bool Belongs(Type type, AssemblyLoadContext context) => type.IsCollectible
        && (AssemblyLoadContext.GetLoadContext(type.Assembly) == context
            || (type.GetElementType() is { } element && Belongs(element, context))
            || (type.IsGenericType && type.GenericTypeArguments.Any(argument => Belongs(argument, context))));
}
