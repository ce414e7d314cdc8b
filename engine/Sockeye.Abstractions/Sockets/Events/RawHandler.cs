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
    private EventVerdict(bool stops, string? reason)
    {
        Stops = stops;
        Reason = reason;
    }

    /// <summary>The event goes on to the next filter and then to its handlers.</summary>
    public static EventVerdict Continue => default;

    /// <summary>The event ends here, silently.</summary>
    public static EventVerdict Stop => new(true, null);

    /// <summary>Whether the event ends here.</summary>
    public bool Stops { get; }

    /// <summary>Why it was rejected; null if it was not.</summary>
    public string? Reason { get; }

    /// <summary>The event ends here, and <see cref="BroadcastTarget.OnHandlerError(Action{HandlerError})"/> hears of it as an <see cref="EventRejectedException"/>.</summary>
    /// <param name="reason">Why, for logs. The client is not told.</param>
    public static EventVerdict Reject(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new EventVerdict(true, reason);
    }
}
