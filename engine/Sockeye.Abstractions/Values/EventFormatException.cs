namespace Sockeye;

/// <summary>An argument of an event is missing or not of the type that the handler reads.</summary>
public sealed class EventFormatException : Exception
{
    internal EventFormatException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
