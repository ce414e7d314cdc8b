namespace Sockeye;

/// <summary>An acknowledgement that was awaited did not come.</summary>
public sealed class AckException : Exception
{
    internal AckException(AckStatus status)
        : base(Describe(status)) => Status = status;

    /// <summary>Why.</summary>
    public AckStatus Status { get; }

    private static string Describe(AckStatus status) => status switch
    {
        AckStatus.TimedOut => "The client did not acknowledge the event in time.",
        AckStatus.Disconnected => "The client went away before it acknowledged the event.",
        AckStatus.Dropped => "The event was not sent: the outbox refused it, or too many acknowledgements are open on this socket.",
        _ => "The acknowledgement is not of the awaited type.",
    };
}
