using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text.Json.Serialization.Metadata;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>How the arguments of events become bytes and come back: one codec for each type, found by one array access.</summary>
/// <remarks><para><b>Threads.</b> All members may be called from any thread.</para>
/// <para><b>Lifetime.</b> One object for a server. The codec of a type is made on first use, for handlers when they are registered,
/// so that a type that cannot be serialised fails there and not when the first client sends it.</para></remarks>
public abstract class PayloadCodec
{
    /// <summary>Most attachments of what is sent, unless the server says otherwise: as many as JavaScript clients take.</summary>
    internal const int DefaultMaxAttachments = 10;

    private readonly Lock _lock = new();
    private object?[] _codecs = new object?[64];

    /// <summary>Most attachments of what is sent.</summary>
    internal int MaxAttachments { get; set; } = DefaultMaxAttachments;

    /// <summary>The codec of a type.</summary>
    /// <typeparam name="T">The type of an argument.</typeparam>
    /// <exception cref="NotSupportedException">The type cannot be an argument.</exception>
    public ValueCodec<T> Get<T>()
    {
        var codecs = _codecs;
        var index = TypeIndex<T>.Value;
        return (uint)index < (uint)codecs.Length && Volatile.Read(ref codecs[index]) is { } codec ? Unsafe.As<ValueCodec<T>>(codec) : Make<T>();
    }

    /// <summary>Makes sure that a type can be the parameter of a handler or an awaited answer, before the first one comes.</summary>
    internal void Prepare<T>()
    {
        if (typeof(T) != typeof(SockeyeSocket) && typeof(T) != typeof(EventContext)
            && typeof(T) != typeof(CancellationToken) && typeof(T) != typeof(EventMessage))
        {
            Get<T>().CheckReadable();
        }
    }

    /// <summary>Replaces the codec of a type.</summary>
    internal void Set<T>(ValueCodec<T> codec)
    {
        if (typeof(T).IsCollectible)
        {
            BesideType<T>.Set(this, codec);
            return;
        }

        lock (_lock)
        {
            Slot(TypeIndex<T>.Value) = codec;
        }
    }

    /// <summary>Hears of each type that can be unloaded and is served by reflection, which may keep it in memory; null: nobody.</summary>
    internal virtual Action<Type>? Reflected { get; set; }

    /// <summary>Adds what is known about the types of a plugin, until it is disposed; an application's own codec has no use for it.</summary>
    /// <param name="resolver">Metadata of types, from a source-generated context.</param>
    /// <param name="context">Where the plugin's code is, if that can be unloaded: the resolver may be a class of .NET that leads there.</param>
    internal virtual IDisposable? AddTypes(IJsonTypeInfoResolver resolver, AssemblyLoadContext? context) => null;

    /// <summary>Makes the codec of a type; called once for each type.</summary>
    /// <typeparam name="T">The type of an argument.</typeparam>
    /// <exception cref="NotSupportedException">The type cannot be an argument.</exception>
    protected abstract ValueCodec<T> Create<T>();

    private ValueCodec<T> Make<T>()
    {
        if (typeof(T).IsCollectible)
        {
            return (ValueCodec<T>)(BesideType<T>.Find(this) ?? BesideType<T>.Add(this, Create<T>()));
        }

        var made = Create<T>();
        lock (_lock)
        {
            ref var slot = ref Slot(TypeIndex<T>.Value);
            if (slot is ValueCodec<T> first)
            {
                return first;
            }

            Volatile.Write(ref slot, made);
            return made;
        }
    }

    private ref object? Slot(int index)
    {
        if (index >= _codecs.Length)
        {
            var larger = new object?[Math.Max(index + 1, _codecs.Length * 2)];
            _codecs.CopyTo(larger, 0);
            _codecs = larger;
        }

        return ref _codecs[index];
    }

    private static class TypeIndex
    {
        private static int _last = -1;

        public static int Next() => Interlocked.Increment(ref _last);
    }

    private static class TypeIndex<T>
    {
        /// <summary>No place for a type that can be unloaded: places are never given back.</summary>
        public static readonly int Value = typeof(T).IsCollectible ? -1 : TypeIndex.Next();
    }
}
