using System.Runtime.Loader;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Json;

/// <summary>What plugins know about types: their source-generated contexts, each until it is disposed. Any thread.</summary>
/// <remarks>The options of a server's codec keep what they have been told for ever, so that what belongs to a plugin that can be unloaded answers there for nothing, whatever class it is of; it is asked through <see cref="For"/>, by options that go with it,
/// and by those of no other plugin or generation: metadata of a type that both have, such as <c>int</c>, leads back to the context that made it.</remarks>
internal sealed class PluginTypes : IJsonTypeInfoResolver
{
    private readonly Lock _lock = new();
    private Entry[] _entries = [];

    /// <inheritdoc cref="PayloadCodec.Reflected" />
    public Action<Type>? Reflected { get; set; }

    /// <summary>For the options of a type that can be unloaded.</summary>
    public IJsonTypeInfoResolver For(Type type) => new Beside(this, BesideType.ContextOf(type));

    /// <summary>Adds what a plugin knows.</summary>
    /// <param name="resolver">What it knows.</param>
    /// <param name="context">Where its code is; null: it is not known, or cannot be unloaded.</param>
    public IDisposable Add(IJsonTypeInfoResolver resolver, AssemblyLoadContext? context)
    {
        var entry = new Entry(this, resolver, context ?? BesideType.ContextOf(resolver.GetType()));
        lock (_lock)
        {
            _entries = [.. _entries, entry];
        }

        return entry;
    }

    public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) => Find(type, options, null);

    /// <summary>Says so of a type that can be unloaded, if reflection serves it.</summary>
    public void Tell(JsonTypeInfo info)
    {
        if (info.Type.IsCollectible && info.OriginatingResolver is DefaultJsonTypeInfoResolver)
        {
            Reflected?.Invoke(info.Type);
        }
    }

    private JsonTypeInfo? Find(Type type, JsonSerializerOptions options, AssemblyLoadContext? context)
    {
        foreach (var entry in Volatile.Read(ref _entries))
        {
            if ((entry.Context is null || entry.Context == context) && entry.Resolver.GetTypeInfo(type, options) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private sealed class Beside(PluginTypes types, AssemblyLoadContext? context) : IJsonTypeInfoResolver
    {
        public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) => types.Find(type, options, context);
    }

    /// <summary>What a plugin knows; disposed, it answers no more.</summary>
    private sealed class Entry(PluginTypes types, IJsonTypeInfoResolver resolver, AssemblyLoadContext? context) : IDisposable
    {
        public IJsonTypeInfoResolver Resolver => resolver;

        public AssemblyLoadContext? Context => context;

        public void Dispose()
        {
            lock (types._lock)
            {
                types._entries = [.. types._entries.Where(other => other != this)];
            }
        }
    }
}
