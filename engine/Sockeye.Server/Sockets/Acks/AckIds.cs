namespace Sockeye.Server.Sockets;

/// <summary>Ids of acknowledgements, below 2^31 because clients in C++, C#, Java and Rust parse a 32-bit integer. One half belongs to the emits of a socket, the other to the broadcasts
/// of its namespace, whose members share a frame and so an id; the two never meet.</summary>
/// <remarks>Any thread. Lives as long as its socket or namespace. Ids begin again after 2^30. One that a client still owes is never given a second time: <see cref="AckTable"/> refuses it.</remarks>
internal struct AckIds
{
    /// <summary>Ids of either kind: 2^30.</summary>
    public const int Count = 1 << 30;

    private readonly int _first;
    private int _used;

    private AckIds(int first, int used)
    {
        _first = first;
        _used = used;
    }

    /// <summary>Those of one socket: 0 to 2^30 - 1.</summary>
    /// <param name="used">As if so many had been given.</param>
    public static AckIds OfSocket(int used = 0) => new(0, used);

    /// <summary>Those of the broadcasts of one namespace: 2^30 to 2^31 - 1.</summary>
    /// <param name="used">As if so many had been given.</param>
    public static AckIds OfBroadcasts(int used = 0) => new(Count, used);

    /// <summary>The next one.</summary>
    public int Next() => _first | ((Interlocked.Increment(ref _used) - 1) & (Count - 1));
}
