using System.Diagnostics.CodeAnalysis;
using Sockeye.Transport.Common;

namespace Sockeye.Transport;

/// <summary>Objects of one type that are used over and over, taken on one thread and given back on any other without allocating in the long run.</summary>
/// <remarks>It owns what waits for its next use; whoever gives one back has emptied it. Any thread, each with a store of its own as long as it lives. Each keeps up to 256; behind them all threads share 1,024 more.</remarks>
/// <typeparam name="T">The objects.</typeparam>
[SuppressMessage("Design", "CA1000", Justification = "One store for each type is the point.")]
public static class Recycler<T>
    where T : class
{
    private const int KeptByThread = 256;

    private static readonly Depot<T> s_depot = new(4 * KeptByThread);

    [ThreadStatic]
    private static LocalStore<T>? t_store;

    private static LocalStore<T> Store => t_store ??= new LocalStore<T>(s_depot, KeptByThread);

    /// <summary>One that was given back, or null.</summary>
    public static T? Take() => Store.Take();

    /// <summary>Keeps an object for its next use.</summary>
    /// <param name="item">Nobody else refers to it.</param>
    public static void Give(T item) => Store.Give(item);
}
