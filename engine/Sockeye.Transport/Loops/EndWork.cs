namespace Sockeye.Transport.Loops;

/// <summary>What runs when a loop ends: it owns the list.</summary>
/// <remarks>Any thread adds and takes back, the loop runs it. Lives as long as the loop. A few entries: one for each engine on it.</remarks>
internal sealed class EndWork
{
    private readonly Lock _lock = new();
    private ILoopWork[] _items = [];

    internal void Add(ILoopWork work)
    {
        lock (_lock)
        {
            _items = [.. _items, work];
        }
    }

    internal void Remove(ILoopWork work)
    {
        lock (_lock)
        {
            _items = Array.FindAll(_items, item => item != work);
        }
    }

    /// <summary>On the loop, once.</summary>
    internal void Run(ILoopFaults faults)
    {
        ILoopWork[] items;
        lock (_lock)
        {
            (items, _items) = (_items, []);
        }

        foreach (var work in items)
        {
            try
            {
                work.Run();
            }
            catch (Exception e)
            {
                faults.Report(e, work);
            }
        }
    }
}
