namespace Sockeye;

/// <summary>Handles an event as bytes.</summary>
/// <param name="e">The event, valid during the call.</param>
public delegate void RawHandler(EventReader e);

/// <summary>Handles an event as bytes and goes on with what it has read or copied (<see cref="EventReader.Detach"/>).</summary>
/// <param name="e">The event, valid during the call; an <c>async</c> lambda cannot take it, but may be called with what was read of it.</param>
/// <returns>Null: completed.</returns>
public delegate Task? RawTaskHandler(EventReader e);

/// <summary>Decides about an event before its handlers see it.</summary>
/// <param name="e">The event, valid during the call.</param>
public delegate EventVerdict EventFilter(EventReader e);

/// <summary>What an <see cref="EventFilter"/> decides.</summary>
public readonly struct EventVerdict
{
    private EventVerdict(bool stops, EventRefusal? refusal)
    {
        Stops = stops;
        Refusal = refusal;
    }

    /// <summary>The event goes on to the next filter and then to its handlers.</summary>
    public static EventVerdict Continue => default;

    /// <summary>The event ends here, silently: its client is told nothing.</summary>
    public static EventVerdict Stop => new(true, null);

    /// <summary>Whether the event ends here.</summary>
    public bool Stops { get; }

    /// <summary>Why it was rejected; null if it was not.</summary>
    public EventRefusal? Refusal { get; }

    /// <summary>The event ends here, and <see cref="BroadcastTarget.OnHandlerError(Action{HandlerError})"/> hears of it as an <see cref="EventRefusedException"/>.</summary>
    /// <param name="reason">Why, for logs. The client is told where <c>AckErrors</c> is on, if it asked for an acknowledgement.</param>
    /// <param name="code">Which kind it is, for programs.</param>
    /// <exception cref="ArgumentException">The code is empty.</exception>
    public static EventVerdict Reject(string reason, string code = RefusalCode.Refused) => new(true, new EventRefusal(reason, code));
}
