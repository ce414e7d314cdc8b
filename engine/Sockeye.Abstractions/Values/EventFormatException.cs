namespace Sockeye;

/// <summary>An argument of an event is missing or not of the type that the handler reads.</summary>
public sealed class EventFormatException : Exception
{
    internal EventFormatException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>An <see cref="EventFilter"/> rejected an event.</summary>
public sealed class EventRejectedException : Exception
{
    internal EventRejectedException(string reason)
        : base(LogText.Clean(reason))
    {
    }
}
