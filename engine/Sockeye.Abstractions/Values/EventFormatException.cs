using System.Reflection;

namespace Sockeye;

/// <summary>An argument of an event is missing or not of the type that the handler reads.</summary>
public sealed class EventFormatException : Exception
{
    internal EventFormatException(string message, MethodInfo? handler = null, Exception? innerException = null)
        : base(message, innerException) => Handler = handler;

    /// <summary>The handler that was not called; null: there is none, or it reads the event itself.</summary>
    internal MethodInfo? Handler { get; }
}
