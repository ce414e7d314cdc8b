using Sockeye.Transport.Loops;

namespace Sockeye.Transport;

/// <summary>How many connections there may be by way of some end points of a transport, beside the limit of all of them, and how many there are.</summary>
/// <remarks>It owns its count. Any thread. It lives as long as whoever made it likes; it belongs to one transport. At the limit accepting pauses at these end points alone, and new connections wait in the backlog.</remarks>
public sealed class ListenerLimit
{
    private long _pauses;

    /// <summary>Makes a limit that counts nothing yet.</summary>
    /// <param name="name">Whose it is, as the log names it.</param>
    public ListenerLimit(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>Whose it is.</summary>
    public string Name { get; }

    /// <summary>Open connections at most; 0, as at first: as many as <see cref="SocketTransport.MaxConnections"/> lets in. May change at any time: those that are open stay.</summary>
    public int MaxConnections
    {
        get => Connections.Max;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Connections.Max = value;
        }
    }

    /// <summary>Open connections.</summary>
    public int ConnectionCount => Connections.Count;

    /// <summary>How often accepting has paused at these end points since this limit, or that of the transport, was reached.</summary>
    public long Pauses => Interlocked.Read(ref _pauses);

    internal LimitedCount Connections { get; } = new(0);

    internal void Paused() => Interlocked.Increment(ref _pauses);
}
