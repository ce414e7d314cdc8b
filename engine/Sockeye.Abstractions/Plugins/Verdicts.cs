namespace Sockeye.Plugins;

/// <summary>What an <see cref="IHandshakeHook"/> decides.</summary>
public readonly struct HandshakeVerdict
{
    private HandshakeVerdict(string message, int status)
    {
        Message = message;
        Status = status;
    }

    /// <summary>The next hook is asked, then the engine.</summary>
    public static HandshakeVerdict Continue => default;

    /// <summary>Why it was refused; null: it goes on.</summary>
    public string? Message { get; }

    /// <summary>The status of the HTTP answer.</summary>
    public int Status { get; }

    /// <summary>The request is answered with an error and no session begins.</summary>
    /// <param name="message">Why, for the client.</param>
    /// <param name="status">The status of the HTTP answer, 400 to 599.</param>
    /// <exception cref="ArgumentOutOfRangeException">The status is no error.</exception>
    public static HandshakeVerdict Refuse(string message, int status = 403)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 400);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 599);
        return new HandshakeVerdict(message, status);
    }
}

/// <summary>What an <see cref="IEventGate"/> decides.</summary>
public readonly struct GateVerdict
{
    private GateVerdict(bool stops, EventRefusal? refusal, EventReplacement? replacement)
    {
        Stops = stops;
        Refusal = refusal;
        Replacement = replacement;
    }

    /// <summary>The event goes on to the next gate, then to the application.</summary>
    public static GateVerdict Continue => default;

    /// <summary>The event ends here: its client is told nothing, unless the gate has answered it.</summary>
    public static GateVerdict Stop => new(true, null, null);

    /// <summary>Whether the event ends here.</summary>
    public bool Stops { get; }

    /// <summary>Why it is refused; null: it is not.</summary>
    public EventRefusal? Refusal { get; }

    /// <summary>What goes on in its place; null: it stays as it is.</summary>
    public EventReplacement? Replacement { get; }

    /// <summary>The event ends here, and its client hears of it as the plugin's <see cref="RefusalAnswer"/> says.</summary>
    /// <param name="reason">Why, for people.</param>
    /// <param name="code">Which kind it is, for programs.</param>
    public static GateVerdict Refuse(string reason, string code = RefusalCode.Refused) => new(true, new EventRefusal(reason, code), null);

    /// <inheritdoc cref="Refuse(string, string)" />
    /// <param name="refusal">Why; one object may be used for any number of events.</param>
    public static GateVerdict Refuse(EventRefusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return new GateVerdict(true, refusal, null);
    }

    /// <summary>The next gate and the application see another event in its place, with the same socket and the same acknowledgement.</summary>
    /// <param name="replacement">The event.</param>
    public static GateVerdict Replace(EventReplacement replacement)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        return new GateVerdict(false, null, replacement);
    }
}

/// <summary>What an <see cref="IOutgoingHook"/> decides.</summary>
public readonly struct OutgoingVerdict
{
    private OutgoingVerdict(bool drops, EventReplacement? replacement)
    {
        Drops = drops;
        Replacement = replacement;
    }

    /// <summary>The emit goes on.</summary>
    public static OutgoingVerdict Continue => default;

    /// <summary>The emit goes to nobody; its result is <see cref="EmitResult.Dropped"/>.</summary>
    public static OutgoingVerdict Drop => new(true, null);

    /// <summary>Whether it goes to nobody.</summary>
    public bool Drops { get; }

    /// <summary>What goes in its place; null: it stays as it is.</summary>
    public EventReplacement? Replacement { get; }

    /// <summary>Another event goes to the same receivers.</summary>
    /// <param name="replacement">The event.</param>
    public static OutgoingVerdict Replace(EventReplacement replacement)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        return new OutgoingVerdict(false, replacement);
    }
}
