namespace Sockeye.Abstractions.Sockets;

/// <summary>What is done to every socket of a scope.</summary>
internal enum SocketActionKind : byte
{
    Join,
    Leave,

    /// <summary>Out of the namespace.</summary>
    Disconnect,

    /// <summary>Out of all namespaces, with the connection.</summary>
    Close,
}

/// <summary>One action on all sockets of a scope, as it may travel between servers.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Room">The room that is joined or left.</param>
internal readonly record struct SocketAction(SocketActionKind Kind, string Room)
{
    public static SocketAction Disconnect(bool close) => new(close ? SocketActionKind.Close : SocketActionKind.Disconnect, "");
}
