using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

public abstract partial class BroadcastTarget
{
    /// <summary>Sends an event to the other servers of the cluster, not to their clients. A server that stands alone sends it to nobody.</summary>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments, read during the call.</param>
    /// <returns>Whether the bus has taken it.</returns>
    /// <exception cref="ArgumentException">An argument cannot be written.</exception>
    public EmitResult ServerSideEmit(EventName name, params ReadOnlySpan<object?> args)
    {
        var writer = Encoded.Args(Codec, name, args);
        var result = ServerSideEmitCore(writer);
        writer.Return();
        return result;
    }

    /// <summary>Sends an event to the other servers of the cluster, and collects what their handlers answer, for the acknowledgement timeout of the server at most.</summary>
    /// <typeparam name="T">The type of an answer.</typeparam>
    /// <param name="name">The event.</param>
    /// <param name="args">Its arguments, read during the call.</param>
    /// <returns>What came, and who is missing; it never fails because somebody is.</returns>
    /// <inheritdoc cref="ServerSideEmit" path="/exception" />
    public Task<ServerAck<T>> ServerSideEmitWithAckAsync<T>(EventName name, params ReadOnlySpan<object?> args)
    {
        var writer = Encoded.Args(Codec, name, args);
        var result = ServerSideEmitForAckCore<T>(writer);
        writer.Return();
        return result;
    }

    /// <summary>Called for each event of this name that another server of the cluster sends with <see cref="ServerSideEmit"/> on the same namespace.</summary>
    /// <param name="name">The event.</param>
    /// <param name="handler">Called on the thread pool, for one event after the other.</param>
    public EventRegistration OnServerSide(EventName name, Action<ServerSideEvent> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.ServerEvents.Add(new ServerSideHandler(name, e =>
        {
            handler(e);
            return null;
        }));
    }

    /// <inheritdoc cref="OnServerSide(EventName, Action{ServerSideEvent})" />
    public EventRegistration OnServerSide(EventName name, Func<ServerSideEvent, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.ServerEvents.Add(new ServerSideHandler(name, handler));
    }

    /// <inheritdoc cref="OnServerSide(EventName, Action{ServerSideEvent})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnServerSide(EventName name, Func<ServerSideEvent, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Handlers.ServerEvents.Add(new ServerSideHandler(name, e => HandlerTask.Of(handler(e))));
    }

    internal abstract EmitResult ServerSideEmitCore(EventWriter e);

    internal abstract Task<ServerAck<T>> ServerSideEmitForAckCore<T>(EventWriter e);
}
