namespace Sockeye.Abstractions.Sockets;

/// <summary>One registered handler of an event: reads the arguments and calls it.</summary>
internal abstract class EventInvoker
{
    /// <summary>Whether the next event may start at this handler's first await.</summary>
    public bool IsConcurrent { get; set; }

    /// <summary>Its registration, if it is to be called only once.</summary>
    public EventRegistration? Once { get; set; }

    /// <summary>Whether it may be called: false if it was to be called once and has been.</summary>
    public bool Begin() => Once is not { } registration || registration.TryRemove();

    /// <summary>Calls the handler. Arguments that cannot be read give a failed task with an <see cref="EventFormatException"/>; what the handler throws before its first await is thrown.</summary>
    /// <returns>Null: completed.</returns>
    public abstract Task? Invoke(in EventReader e);
}
