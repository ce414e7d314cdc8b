using Sockeye.Abstractions.Sockets;

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
        Invoker.IsConcurrent = true;
        return this;
    }

    /// <summary>Removes the handler with the first event that it gets: on a namespace the first of any socket. To be called before events can come.</summary>
    /// <returns>This registration.</returns>
    /// <exception cref="InvalidOperationException">It is not the handler of an event.</exception>
    public EventRegistration Once()
    {
        Invoker.Once = this;
        return this;
    }

    /// <summary>Removes the handler.</summary>
    public void Dispose() => TryRemove();

    internal bool TryRemove()
    {
        var owner = Interlocked.Exchange(ref _owner, null);
        owner?.Remove(_handler);
        return owner is not null;
    }

    private EventInvoker Invoker => _handler as EventInvoker ?? throw new InvalidOperationException("Only handlers of events can be concurrent, or called once.");
}
