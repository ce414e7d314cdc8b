namespace Sockeye.Abstractions.Sockets;

/// <summary>A handler of a class: finds or makes its object, and calls it as if it had been registered on its own.</summary>
/// <param name="of">From where the object comes.</param>
/// <param name="index">Its number within the class.</param>
/// <param name="register">Registers the method of an object, with all that <c>On</c> and <c>OnWithAck</c> do.</param>
internal sealed class ClassInvoker<T>(HandlerClass<T> of, int index, Action<IEventTarget, T> register) : EventInvoker
    where T : class
{
    public int Index => index;

    public override Task? Invoke(in EventReader e) => of.Invoke(this, e);

    /// <summary>The handler of one object.</summary>
    public EventInvoker Bind(T handlers, PayloadCodec codec)
    {
        var slot = new Slot(codec);
        register(slot, handlers);
        return slot.Invoker;
    }

    /// <summary>A target that keeps the one handler that is registered on it.</summary>
    private sealed class Slot(PayloadCodec codec) : EventTable, IEventTarget
    {
        private EventInvoker? _invoker;

        public EventInvoker Invoker => _invoker ?? throw new InvalidOperationException("No handler was registered.");

        public override EventRegistration Add(EventName name, EventInvoker invoker)
        {
            _invoker = invoker;
            return new EventRegistration(this, invoker);
        }

        EventTable IEventTarget.Events => this;

        PayloadCodec IEventTarget.Codec => codec;
    }
}
