using Sockeye.Abstractions;

namespace Sockeye;

/// <summary>What failed.</summary>
public enum HandlerKind : byte
{
    /// <summary>The handler of an event, or the reading of its arguments.</summary>
    Event,

    /// <summary>An <see cref="EventFilter"/>, by failing or by rejecting.</summary>
    Filter,

    /// <summary>A catch-all listener.</summary>
    CatchAll,

    /// <summary>Admission of a client.</summary>
    Admission,

    /// <summary>A handler of connections.</summary>
    Connection,

    /// <summary>A handler of disconnections.</summary>
    Disconnect,

    /// <summary>Posted work, or a listener of slow and writable sockets.</summary>
    Other,

    /// <summary>A tick of a game loop. Reported to the server, which is the main namespace.</summary>
    Tick,
}

/// <summary>A handler of the application failed. The connection stays; the error has been logged and counted.</summary>
/// <remarks>What fails on a <see cref="GameLoop"/> outside of any socket, a tick or posted work, has no <see cref="Socket"/>: it is null then.</remarks>
public sealed class HandlerError
{
    internal HandlerError(HandlerKind kind, EventContext context, Exception exception)
    {
        Kind = kind;
        Context = context;
        Exception = exception;
    }

    /// <summary>What failed.</summary>
    public HandlerKind Kind { get; }

    /// <summary>The socket, and for events the name and the way to answer.</summary>
    public EventContext Context { get; }

    /// <summary>The event; null: it was no handler, filter or listener of an event that failed.</summary>
    public EventName? Event => Kind is HandlerKind.Event or HandlerKind.Filter or HandlerKind.CatchAll ? Context.Name : default(EventName?);

    /// <summary>The socket.</summary>
    public SockeyeSocket Socket => Context.Socket;

    /// <summary>What was thrown; an <see cref="EventFormatException"/> if arguments were not of the handler's types.</summary>
    public Exception Exception { get; }

    /// <summary>One line: what failed, of which socket, and why. Texts of clients are escaped.</summary>
    public override string ToString() => LogText.Clean(
        $"{Describe(Kind, Context.Name)} failed{(Socket is null ? "" : $" in {LogText.Escape(Socket.Namespace.Name)} for socket {Socket.Id}")}: {Exception.GetType().Name}: {CleanException.MessageOf(Exception)}");

    /// <summary>What has failed, in words.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">The event, if it is the handler of one.</param>
    internal static string Describe(HandlerKind kind, EventName name) => kind switch
    {
        HandlerKind.Event => $"A handler of \"{LogText.Escape(name.ToString())}\"",
        HandlerKind.Filter => $"A filter of events, for \"{LogText.Escape(name.ToString())}\",",
        HandlerKind.CatchAll => $"A catch-all listener, for \"{LogText.Escape(name.ToString())}\",",
        HandlerKind.Admission => "Connection middleware",
        HandlerKind.Connection => "A handler of OnConnection",
        HandlerKind.Disconnect => "A handler of OnDisconnect",
        HandlerKind.Tick => "A handler of ticks",
        _ => "Posted work, code that nobody awaits, or a listener",
    };
}
