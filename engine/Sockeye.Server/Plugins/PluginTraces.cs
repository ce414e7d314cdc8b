using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;
using Sockeye.Abstractions.Sockets;
using Sockeye.Server.Sockets;

namespace Sockeye.Server.Plugins;

/// <summary>Finds, among what is registered on single sockets, what belongs to a load context: the delegate that a plugin has handed over, behind what the engine has put around it.</summary>
/// <remarks>It remembers what it has found out about types, since many sockets have the same; it is made for one pass over the sockets, on one thread, and not kept: it would keep the context.</remarks>
/// <param name="context">The load context.</param>
internal sealed class PluginTraces(AssemblyLoadContext context)
{
    private const int MaxDepth = 6; // an invoker, its body, the closure around the handler, the handler

    private static readonly Assembly s_engine = typeof(SocketHandlers).Assembly;

    /// <summary>What of the engine's own closures and invokers may lead on.</summary>
    private readonly Dictionary<Type, FieldInfo[]> _fields = [];

    private readonly Dictionary<Type, bool> _known = [];

    /// <summary>Lets go of what sockets have of it: what was registered on them, and their states.</summary>
    public void Forget(IEnumerable<ServerSocket> sockets)
    {
        Predicate<object> leads = Leads;
        Predicate<Type> belongs = Belongs;
        foreach (var socket in sockets)
        {
            socket.Handlers?.RemoveAll(leads);
            socket.ForgetStates(belongs);
        }
    }

    /// <summary>Drops what its code has posted to sockets and what has not had its turn.</summary>
    public void DropPosted(IEnumerable<ServerSocket> sockets)
    {
        Predicate<HandlerJob> isMeant = job => job is PostedJob posted && Leads(posted.Work);
        foreach (var socket in sockets)
        {
            socket.DropPosted(isMeant);
        }
    }

    /// <summary>Whether a handler leads to code or objects of the context.</summary>
    private bool Leads(object? handler) => Leads(handler, 0);

    /// <summary>Whether a type, or one that it is made of, is of the context.</summary>
    private bool Belongs(Type type)
    {
        if (!type.IsCollectible)
        {
            return false;
        }

        if (!_known.TryGetValue(type, out var belongs))
        {
            _known[type] = belongs = AssemblyLoadContext.GetLoadContext(type.Assembly) == context
                || (type.GetElementType() is { } element && Belongs(element))
                || (type.IsGenericType && type.GenericTypeArguments.Any(Belongs));
        }

        return belongs;
    }

    private bool Leads(object? handler, int depth)
    {
        if (handler is null || depth > MaxDepth)
        {
            return false;
        }

        var type = handler.GetType();
        if (Belongs(type))
        {
            return true;
        }

        if (handler is Delegate call)
        {
            return call.HasSingleTarget
                ? Leads(call.Target, depth + 1) || (call.Method.DeclaringType is { } owner && Belongs(owner))
                : AnyLeads(call.GetInvocationList(), depth + 1);
        }

        if (type.Assembly != s_engine || handler is SockeyeSocket or BroadcastTarget or PayloadCodec)
        {
            return false;
        }

        foreach (var field in FieldsOf(type))
        {
            if (Leads(field.GetValue(handler), depth + 1))
            {
                return true;
            }
        }

        return false;
    }

    private bool AnyLeads(Delegate[] calls, int depth)
    {
        foreach (var call in calls)
        {
            if (Leads(call, depth))
            {
                return true;
            }
        }

        return false;
    }

    private FieldInfo[] FieldsOf(Type type)
    {
        if (!_fields.TryGetValue(type, out var fields))
        {
            _fields[type] = fields = ReadFields(type);
        }

        return fields;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Fields of the engine's own closures and invokers, in a program that loads plugins of folders.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "As above.")]
    private static FieldInfo[] ReadFields(Type type)
    {
        List<FieldInfo> fields = [];
        for (var level = type; level is not null && level.Assembly == s_engine; level = level.BaseType)
        {
            fields.AddRange(level.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .Where(static field => !field.FieldType.IsValueType && field.FieldType != typeof(string)));
        }

        return [.. fields];
    }
}
