using System.Reflection;

namespace Sockeye.Abstractions.Sockets;

/// <summary>All that is registered on one namespace.</summary>
/// <param name="added">Hears of each handler of an event.</param>
/// <param name="calls">Counts what awaits of it; null: nobody asks, since it is the application's.</param>
internal sealed class NamespaceHandlers(Action<EventName, int>? added = null, CallCount? calls = null)
{
    /// <summary>What awaits of it, if that is counted.</summary>
    public CallCount? Calls => calls;

    /// <summary>Whether nothing is registered, or nothing any more.</summary>
    public bool IsEmpty => Events.Count
        + Admission.Items.Length + Connection.Items.Length + Disconnect.Items.Length + Filters.Items.Length + Any.Items.Length
        + AnyOutgoing.Items.Length + ServerEvents.Items.Length + Errors.Items.Length + Slow.Items.Length + Writable.Items.Length == 0;

    public EventTable Events { get; } = new() { Added = added };

    /// <summary>Admission of clients, in order; the first that rejects ends it.</summary>
    public HandlerList<AdmissionHandler> Admission { get; } = new();

    public HandlerList<Func<SockeyeSocket, Task?>> Connection { get; } = new();

    public HandlerList<Func<SockeyeSocket, Disconnection, Task?>> Disconnect { get; } = new();

    public HandlerList<EventFilter> Filters { get; } = new();

    public HandlerList<RawTaskHandler> Any { get; } = new();

    public HandlerList<RawTaskHandler> AnyOutgoing { get; } = new();

    public HandlerList<Func<HandlerError, Task?>> Errors { get; } = new();

    /// <summary>Handlers of events from server to server.</summary>
    public HandlerList<ServerSideHandler> ServerEvents { get; } = new();

    /// <summary>Raised when a member of a broadcast does not simply accept it.</summary>
    public HandlerList<Func<SockeyeSocket, EmitResult, Task?>> Slow { get; } = new();

    /// <summary>Raised when a socket that was above the high watermark has fallen below the low one.</summary>
    public HandlerList<Func<SockeyeSocket, Task?>> Writable { get; } = new();
}

/// <summary>Connection middleware.</summary>
/// <param name="method">The application's method.</param>
/// <param name="decide">Asks it.</param>
internal sealed class AdmissionHandler(MethodInfo method, Func<SockeyeSocket, CancellationToken, ValueTask<ConnectResult>> decide)
{
    public MethodInfo Method => method;

    /// <summary>What it is called in the log; made by whoever needs it first.</summary>
    public string? Name { get; set; }

    public ValueTask<ConnectResult> Decide(SockeyeSocket socket, CancellationToken token) => decide(socket, token);
}

/// <summary>What is registered on one socket; made with its first handler.</summary>
internal sealed class SocketHandlers
{
    /// <summary>Removes those that are meant, of whatever kind.</summary>
    public void RemoveAll(Predicate<object> isMeant)
    {
        Events.RemoveAll(isMeant);
        Disconnect.RemoveAll(isMeant);
        Filters.RemoveAll(isMeant);
        Any.RemoveAll(isMeant);
        AnyOutgoing.RemoveAll(isMeant);
    }

    public EventTable Events { get; } = new();

    public HandlerList<Func<Disconnection, Task?>> Disconnect { get; } = new();

    public HandlerList<EventFilter> Filters { get; } = new();

    public HandlerList<RawTaskHandler> Any { get; } = new();

    public HandlerList<RawTaskHandler> AnyOutgoing { get; } = new();
}
