namespace Sockeye;

/// <summary>An event is refused, and its client is told why: thrown by a handler or a filter, its reason and code are the acknowledgement, whatever <c>AckErrors</c> says, if one was asked for and none was given.
/// All other exceptions keep their text to themselves.</summary>
/// <remarks>It is told to <see cref="BroadcastTarget.OnHandlerError(Action{HandlerError})"/> and logged as a warning; the connection stays. A filter that rejects is told the same way.</remarks>
public sealed class EventRefusedException : Exception
{
    /// <summary>A refusal with its reason and code.</summary>
    /// <param name="reason">Why, for people. The client sees it.</param>
    /// <param name="code">Which kind it is, for programs.</param>
    /// <param name="innerException">What caused it; the client does not see it.</param>
    /// <exception cref="ArgumentException">The code is empty.</exception>
    public EventRefusedException(string reason, string code = RefusalCode.Refused, Exception? innerException = null)
        : this(new EventRefusal(reason, code), innerException)
    {
    }

    /// <summary>A refusal that exists.</summary>
    /// <param name="refusal">What the client is told.</param>
    /// <param name="innerException">What caused it; the client does not see it.</param>
    public EventRefusedException(EventRefusal refusal, Exception? innerException = null)
        : base(LogText.Clean((refusal ?? throw new ArgumentNullException(nameof(refusal))).Reason), innerException) => Refusal = refusal;

    /// <summary>What the client is told.</summary>
    public EventRefusal Refusal { get; }

    /// <summary>Which kind of refusal it is, for programs: the code of <see cref="Refusal"/>.</summary>
    public string Code => Refusal.Code;
}
