using System.Collections.Concurrent;
using Sockeye.Transport;

namespace Sockeye.Server.Cluster;

/// <summary>Items that are done on the thread pool, one after the other and in the order in which they were added.</summary>
/// <remarks>
/// <para>It owns what waits, without a limit: who adds sees to it by <see cref="Count"/>. Any thread, also under a lock, as nothing is done on the thread of who adds. One run at a time, with the pool's context current; it ends when nothing is left,
/// and what is added in that moment is done at once. What the work throws is told, and the next item comes.</para>
/// <para>Lives as long as its owner; what was added is done also after that.</para>
/// </remarks>
/// <typeparam name="T">An item.</typeparam>
/// <param name="pool">Runs the work.</param>
/// <param name="work">Does one item.</param>
/// <param name="failed">Told what that has thrown; it must not throw.</param>
internal sealed class PoolQueue<T>(PoolContext pool, Action<T> work, Action<Exception> failed) : IThreadPoolWorkItem, ILoopWork
{
    private readonly ConcurrentQueue<T> _items = new();
    private int _count;

    /// <summary>Items that are not done yet, with the one that is being done.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds an item. In the order of the calls.</summary>
    public void Add(T item)
    {
        _items.Enqueue(item);

        // The count alone says whether somebody works: whoever takes it from 0 begins, and who works goes until it is 0.
        if (Interlocked.Increment(ref _count) == 1)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => pool.Run(this);

    void ILoopWork.Run()
    {
        do
        {
            // What is counted is there: it was put in before.
            _items.TryDequeue(out var item);
            try
            {
                work(item!);
            }
#pragma warning disable CA1031 // On the thread pool nobody else would hear of it, and the process would end.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                failed(fault);
            }
        }
        while (Interlocked.Decrement(ref _count) > 0);
    }
}
