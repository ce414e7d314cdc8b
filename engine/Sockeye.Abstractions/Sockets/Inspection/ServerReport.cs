namespace Sockeye.Inspection;

/// <summary>A server as it was at one time. Counts go up from the start of the server; of several sums each is a moment older or younger than the next.</summary>
public sealed record ServerReport
{
    /// <summary>When it was made, by the clock of the server.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whether every event loop has answered in time. If not, what <see cref="Loops"/> says is all that is known of those, and <see cref="Polling"/>, <see cref="WebSockets"/> and <see cref="SlowestReaders"/> are of the others.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Open connections of bytes, those of HTTP alone included.</summary>
    public required int Connections { get; init; }

    /// <summary>Where it listens.</summary>
    public required IReadOnlyList<ServerListener> Listeners { get; init; }

    /// <summary>Open Engine.IO sessions.</summary>
    public required int Clients { get; init; }

    /// <summary>Sessions that poll.</summary>
    public required int Polling { get; init; }

    /// <summary>Sessions on a WebSocket.</summary>
    public required int WebSockets { get; init; }

    /// <summary>Sockets in all namespaces.</summary>
    public required int Sockets { get; init; }

    /// <summary>Connections that were accepted.</summary>
    public required long Accepted { get; init; }

    /// <summary>Connections that have ended.</summary>
    public required long Closed { get; init; }

    /// <summary>Events from clients.</summary>
    public required long EventsReceived { get; init; }

    /// <summary>Events and acknowledgements queued to clients, counted for each.</summary>
    public required long PacketsSent { get; init; }

    /// <summary>Bytes received.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Bytes that the kernel has taken.</summary>
    public required long BytesSent { get; init; }

    /// <summary>Bytes that the engine holds in this process for what clients send and have not taken.</summary>
    public required long MemoryHeld { get; init; }

    /// <summary>Bytes that it may hold: slow readers are closed from 95 % on.</summary>
    public required long MemoryBudget { get; init; }

    /// <summary>What was not sent or not handled, by reason; the reasons are those of <c>sockeye.dropped</c>.</summary>
    public required IReadOnlyList<DropCount> Drops { get; init; }

    /// <summary>All event loops, then all game loops.</summary>
    public required IReadOnlyList<LoopReport> Loops { get; init; }

    /// <summary>Namespaces that are there.</summary>
    public required int NamespaceCount { get; init; }

    /// <summary>The namespaces with the most sockets, the largest first.</summary>
    public required IReadOnlyList<NamespaceSize> Namespaces { get; init; }

    /// <summary>Rooms of all namespaces, without those of users and single sockets.</summary>
    public required int RoomCount { get; init; }

    /// <summary>The rooms with the most sockets, the largest first.</summary>
    public required IReadOnlyList<RoomSize> Rooms { get; init; }

    /// <summary>The clients for which the most waits, the most first.</summary>
    public required IReadOnlyList<SlowReader> SlowestReaders { get; init; }
}

/// <summary>How often something was dropped for a reason.</summary>
/// <param name="Reason">The reason, for example <c>volatile</c>.</param>
/// <param name="Count">How often, since the start.</param>
public readonly record struct DropCount(string Reason, long Count);

/// <summary>A loop as it was at one time.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsGameLoop">Whether it is a game loop.</param>
/// <param name="Connections">Open Engine.IO sessions on it.</param>
/// <param name="Turns">Turns that found something to do, since the start.</param>
/// <param name="TurnLengths">How long they took: how many turns were longer than the bound before and no longer than this one. Bounds without turns are left out.</param>
/// <param name="Silence">For how long it has not come round to what it was asked, when the report was made; null: it has answered in time, or is a game loop, which is not asked.</param>
/// <param name="IsHeld">Whether it stands still by the watch over loops: a turn has lasted longer than <c>BlockThreshold</c>, 500 ms by default, and goes on.</param>
/// <param name="Activity">What runs there, if it is held or has not answered; as the log names it, with the socket.</param>
public sealed record LoopReport(string Name, bool IsGameLoop, int Connections, long Turns, IReadOnlyList<TurnCount> TurnLengths, TimeSpan? Silence, bool IsHeld, string? Activity);

/// <summary>Turns of about one length.</summary>
/// <param name="UpTo">The longest that counts here.</param>
/// <param name="Count">How many, since the start.</param>
public readonly record struct TurnCount(TimeSpan UpTo, long Count);

/// <summary>A namespace and how many are in it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sockets">Its sockets.</param>
public readonly record struct NamespaceSize(string Name, int Sockets);

/// <summary>A room and how many are in it.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sockets">Its sockets.</param>
public readonly record struct RoomSize(string Namespace, string Name, int Sockets);

/// <summary>A client that has not taken all that was sent to it.</summary>
/// <param name="SocketId">Its first socket, to find it by; null: it is in no namespace.</param>
/// <param name="Namespace">The namespace of that socket.</param>
/// <param name="Transport"><c>polling</c> or <c>websocket</c>.</param>
/// <param name="Bytes">Bytes that wait.</param>
/// <param name="Messages">Messages that wait.</param>
/// <param name="SlowFor">How long it has been since more waited than the high watermark, without going down to the low one; null: less waits.</param>
public sealed record SlowReader(string? SocketId, string? Namespace, string Transport, int Bytes, int Messages, TimeSpan? SlowFor);
