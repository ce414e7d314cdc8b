namespace Sockeye.Abstractions.Sockets;

/// <summary>Calls of one generation of a plugin that have begun and not ended: those that await, and those whose end no turn of a loop tells.</summary>
/// <remarks>Any thread. Lives as long as its generation, and as the last of its calls.</remarks>
internal sealed class CallCount
{
    private readonly Action _end;
    private int _running;

    /// <param name="owner">Whose calls they are, for who tells what runs on a loop; null: nobody's.</param>
    public CallCount(object? owner = null)
    {
        Owner = owner;
        _end = End;
    }

    /// <summary>Whose calls they are.</summary>
    public object? Owner { get; }

    /// <summary>Whether none runs.</summary>
    public bool IsZero => Volatile.Read(ref _running) == 0;

    /// <summary>How many run.</summary>
    public int Running => Volatile.Read(ref _running);

    public void Begin() => Interlocked.Increment(ref _running);

    public void End() => Interlocked.Decrement(ref _running);

    /// <summary>A call has returned a task: it runs until that has ended.</summary>
    public void Add(Task task)
    {
        if (!task.IsCompleted)
        {
            Begin();
            task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_end);
        }
    }
}
