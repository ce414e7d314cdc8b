namespace Sockeye.Server.Plugins;

/// <summary>What plugins keep beyond their generations, by plugin and key.</summary>
/// <remarks>It owns the objects, and disposes them with the server. Any thread; objects are made without a lock, so that of two made at once one is disposed again.</remarks>
internal sealed class KeptObjects
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Plugin, string Key), (Type Type, object Object)> _all = [];

    /// <exception cref="ArgumentException">The type can be unloaded, or another one has the key.</exception>
    /// <exception cref="InvalidOperationException">What was made is null, or of a type that can be unloaded.</exception>
    public object Get(string plugin, string key, Type type, Func<object> make)
    {
        // Of a generic type its arguments count too.
        if (type.IsCollectible)
        {
            throw new ArgumentException($"{type} belongs to the plugin and would keep its generation in memory: keep a type of .NET, without types of the plugin in it.", nameof(type));
        }

        if (Find(plugin, key, type) is { } there)
        {
            return there;
        }

        var made = make() ?? throw new InvalidOperationException($"What is to be kept as \"{key}\" is null.");
        if (made.GetType().IsCollectible)
        {
            Dispose(made);
            throw new InvalidOperationException($"{made.GetType()} belongs to the plugin and would keep its generation in memory.");
        }

        lock (_lock)
        {
            if (_all.TryAdd((plugin, key), (type, made)))
            {
                return made;
            }
        }

        Dispose(made);
        return Find(plugin, key, type)!;
    }

    /// <summary>All of them, which are not kept any more.</summary>
    public IReadOnlyList<(string Plugin, object Object)> TakeAll()
    {
        lock (_lock)
        {
            (string, object)[] all = [.. _all.Select(static kept => (kept.Key.Plugin, kept.Value.Object))];
            _all.Clear();
            return all;
        }
    }

    private object? Find(string plugin, string key, Type type)
    {
        lock (_lock)
        {
            return !_all.TryGetValue((plugin, key), out var kept) ? null
                : kept.Type == type ? kept.Object
                : throw new ArgumentException($"\"{key}\" is kept as {kept.Type}, not as {type}.", nameof(key));
        }
    }

    private static void Dispose(object made) => (made as IDisposable)?.Dispose();
}
