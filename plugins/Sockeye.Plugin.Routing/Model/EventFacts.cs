namespace Sockeye.Plugin.Routing.Model;

/// <summary>What the matches of rules look at: an event as it came, and who has sent it. Lives on the stack of the call.</summary>
/// <remarks>Most events that some rule asks for match none: this is all that is made of them.</remarks>
internal readonly ref struct EventFacts
{
    private readonly SockeyeSocket? _socket;
    private readonly IReadOnlyCollection<string>? _rooms;

    /// <summary>An event of a socket.</summary>
    public EventFacts(SockeyeSocket socket, ReadOnlySpan<byte> nameUtf8, bool isNumber, ReadOnlySpan<byte> received)
        : this(socket.Namespace.Name, nameUtf8, isNumber, received, socket, socket.Identity, null)
    {
    }

    /// <summary>An event of a socket, or of none.</summary>
    public EventFacts(string nsp, ReadOnlySpan<byte> nameUtf8, bool isNumber, ReadOnlySpan<byte> received, SockeyeSocket? socket, SocketIdentity? identity, IReadOnlyCollection<string>? rooms)
    {
        Namespace = nsp;
        NameUtf8 = nameUtf8;
        IsNumber = isNumber;
        Received = received;
        _socket = socket;
        Identity = identity;
        _rooms = rooms;
    }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>The name, the digits if it is a number.</summary>
    public ReadOnlySpan<byte> NameUtf8 { get; }

    /// <summary>Whether the name is a number.</summary>
    public bool IsNumber { get; }

    /// <summary>The arguments, without the brackets around them.</summary>
    public ReadOnlySpan<byte> Received { get; }

    /// <summary>Who is behind it; null: nobody is known.</summary>
    public SocketIdentity? Identity { get; }

    /// <summary>Whether the socket is in a room.</summary>
    public bool IsIn(string room) => _socket is null ? _rooms?.Contains(room) == true : _socket.IsIn(room);
}
