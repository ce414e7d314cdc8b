using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Sockeye.Abstractions.Sockets;

/// <summary>What is known about a type that can be unloaded, kept in a static of a generic class with that type: it lives beside the type and goes with it. Kept anywhere else it would keep the type, and all of its plugin, in memory.</summary>
internal abstract class BesideType
{
    /// <summary>Of a type known at run time only.</summary>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only for types of an assembly that was loaded at run time, which Native AOT does not do.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "Nothing is asked of the type.")]
    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "The class stands here, with its constructor.")]
    public static BesideType Of(Type type) => RuntimeFeature.IsDynamicCodeSupported
        ? (BesideType)Activator.CreateInstance(typeof(BesideType<>).MakeGenericType(type))!
        : throw new NotSupportedException("Nothing can be unloaded here.");

    /// <summary>The load context with which a type goes: its own, or that of a type which it is made of; null: none that can be unloaded.</summary>
    public static AssemblyLoadContext? ContextOf(Type type) =>
        !type.IsCollectible ? null
        : AssemblyLoadContext.GetLoadContext(type.Assembly) is { IsCollectible: true } own ? own
        : type.GetElementType() is { } element ? ContextOf(element)
        : type.GenericTypeArguments.Select(ContextOf).FirstOrDefault(static context => context is not null);

    /// <summary>What an owner keeps here; null: nothing.</summary>
    public abstract object? FindFor(object owner);

    /// <summary>Keeps something for an owner, unless it does so already.</summary>
    /// <returns>What it keeps.</returns>
    public abstract object AddFor(object owner, object value);
}

/// <inheritdoc />
internal sealed class BesideType<T> : BesideType
{
    private static readonly Lock Guard = new();
    private static (object Owner, object Value)[] s_kept = [];

    public static object? Find(object owner)
    {
        foreach (var (known, value) in Volatile.Read(ref s_kept))
        {
            if (known == owner)
            {
                return value;
            }
        }

        return null;
    }

    public static object Add(object owner, object value)
    {
        lock (Guard)
        {
            if (Find(owner) is { } first)
            {
                return first;
            }

            Volatile.Write(ref s_kept, [.. s_kept, (owner, value)]);
            return value;
        }
    }

    public static void Set(object owner, object value)
    {
        lock (Guard)
        {
            Volatile.Write(ref s_kept, [.. s_kept.Where(kept => kept.Owner != owner), (owner, value)]);
        }
    }

    public override object? FindFor(object owner) => Find(owner);

    public override object AddFor(object owner, object value) => Add(owner, value);
}
