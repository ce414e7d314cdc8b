using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;

namespace Sockeye.Server.Namespaces;

/// <summary>What one generation of a plugin has registered on namespaces: a set of handlers for each name, pattern and predicate that it has used.</summary>
/// <remarks>It owns the sets; they are in force from <see cref="NamespaceRegistry.Replace"/> on until the next one without it. Guarded by the registry's lock. Lives as long as its generation.</remarks>
/// <param name="plugin">The id of the plugin, which its generations have in common.</param>
/// <param name="calls">Counts its calls that await.</param>
internal sealed class PluginSets(string plugin, CallCount calls)
{
    public CallCount Calls => calls;

    public string Plugin => plugin;

    /// <summary>Whether clients meet it. Registry lock.</summary>
    public bool IsInForce { get; set; }

    /// <summary>Its generation has ended: it takes nothing any more. Registry lock.</summary>
    public bool IsOver { get; set; }

    /// <summary>What is registered, by the key of the namespace, pattern or predicate. Registry lock.</summary>
    public Dictionary<string, NamespaceHandlers> ByKey { get; } = new(StringComparer.Ordinal);

    /// <summary>Its predicates, in the order in which they came. Registry lock.</summary>
    public List<Func<string, AuthPayload, bool>> Predicates { get; } = [];

    /// <summary>The key of a predicate, which no name is: those of two generations that came in the same place have one, so that the sockets of the one are the sockets of the other.</summary>
    public string KeyOf(int predicate) => $"\0{plugin}\0{predicate}";
}
