namespace Sockeye;

/// <summary>A handler that was registered. Disposing removes it; an event that is being handled at that moment is still handled.</summary>
/// <remarks>May be used from any thread. Not disposing it is fine: the handler then lives as long as what it is registered on.</remarks>
public sealed class EventRegistration : IDisposable
{
    private readonly object _handler;
    private IHandlerOwner? _owner;

    internal EventRegistration(IHandlerOwner owner, object handler)
    {
        _owner = owner;
        _handler = handler;
    }

    /// <summary>Lets the next event of the socket start when this handler reaches its first await, instead of when it has completed.</summary>
    /// <returns>This registration.</returns>
    /// <exception cref="InvalidOperationException">It is not the handler of an event.</exception>
    public EventRegistration Concurrent()
    {
        if (_handler is not EventInvoker invoker)
        {
            throw new InvalidOperationException("Only handlers of events can be concurrent.");
        }

        invoker.IsConcurrent = true;
        return this;
    }

    /// <summary>Removes the handler.</summary>
    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Remove(_handler);
}

/// <summary>What a registration removes its handler from.</summary>
internal interface IHandlerOwner
{
    void Remove(object handler);
}
