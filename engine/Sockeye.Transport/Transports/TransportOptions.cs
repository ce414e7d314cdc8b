using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Transport.Loops;

namespace Sockeye.Transport;

/// <summary>Which transport to use.</summary>
public enum TransportKind
{
    /// <summary>The native one where it exists, otherwise the portable one.</summary>
    Auto,

    /// <summary>Event loops and channels over epoll: Linux on x64 and arm64.</summary>
    Native,

    /// <summary>DotNetty's socket channels; everywhere, with one loop and a higher cost per message.</summary>
    Portable,
}

/// <summary>What a transport can do beyond listening, reading and writing.</summary>
[Flags]
public enum TransportCapabilities
{
    /// <summary>Nothing beyond it.</summary>
    None = 0,

    /// <summary>Connections can change their loop, see <see cref="ChannelExtensions.MoveTo(IChannel, ITransportLoop, Action{IChannel})"/>.</summary>
    MovesConnections = 1,

    /// <summary>It can have more than one loop.</summary>
    SeveralLoops = 2,

    /// <summary><see cref="ITransportLoop.RentBuffer"/>, reads and writes allocate nothing in the steady state.</summary>
    AllocationFree = 4,
}

/// <summary>Settings of a transport. Read once by <see cref="SocketTransport.Create"/>.</summary>
public sealed class TransportOptions
{
    /// <summary>What loops and their threads are called unless <see cref="LoopName"/> says otherwise.</summary>
    public const string DefaultLoopName = "sockeye-loop";

    /// <summary>Which transport. Default <see cref="TransportKind.Auto"/>.</summary>
    public TransportKind Kind { get; set; }

    /// <summary>Number of loops, 1 to 256. Null, the default, is one per processor. The portable transport always has one, and logs it when it is asked for more.</summary>
    public int? LoopCount { get; set; }

    /// <summary>What the loops and their threads are called, with a hyphen and the number of each behind it. Default <see cref="DefaultLoopName"/>. Of a thread Linux shows 15 characters.</summary>
    public string LoopName { get; set; } = DefaultLoopName;

    /// <summary>Connections that the kernel keeps ready to be accepted, per end point. Default 512, as in Kestrel. At least 1; the kernel may have a lower maximum of its own.</summary>
    public int Backlog { get; set; } = 512;

    /// <summary>
    /// Open connections over all end points; at the limit accepting pauses and new connections wait in the backlog. Default 65,536 (NATS); at least 1.
    /// The native transport takes no more than the process has descriptors for, 256 of them kept aside; when they run out all the same, accepting pauses as well.
    /// </summary>
    public int MaxConnections { get; set; } = 65_536;

    /// <summary>Whether other processes of the same user that also ask for it may listen on the same port (<c>SO_REUSEPORT</c>); the kernel then gives each client to one of them. A listener that closes refuses nobody, if there is another one:
    /// it takes half a second more. Default false: a port that is taken is an error. The native transport alone has it.</summary>
    public bool ReusePort { get; set; }

    /// <summary>Listening sockets that this process was handed: whoever listens on the end point of one gets it in the place of a new one. Default: none. The native transport alone takes them.</summary>
    public IReadOnlyList<InheritedListener> Inherited { get; set; } = [];

    /// <summary>A turn that takes longer is counted and logged. Default 100 ms. <see cref="Timeout.InfiniteTimeSpan"/> switches it off.</summary>
    public TimeSpan StallThreshold { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>A turn that has lasted this long and goes on is named in the log, by its loop, event and socket, and counted (<see cref="LoopCounters.Blocked"/>), within another half second.
    /// Default 500 ms (own: a blocked handler is named within a second). <see cref="Timeout.InfiniteTimeSpan"/> switches it off.</summary>
    public TimeSpan BlockThreshold { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the peer of a closing connection may take nothing of what was written before it is aborted. Default 5 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the input of a closed connection is read and thrown away while its peer goes on sending, so that it gets to read the last answer in place of a reset; a peer that
    /// sends nothing and does not end either is given up after a second or two. Default 30 s (nginx's lingering_time); 0 to 1 day.</summary>
    public TimeSpan LingerTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes that are thrown away so; a peer that sends more gets a reset. Default 16,777,216 (own); at least 0.</summary>
    public int LingerBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Where the transport logs. Null, the default, is nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    internal int EffectiveLoopCount => LoopCount ?? Math.Min(Environment.ProcessorCount, 256);

    /// <summary>What of it concerns the loops.</summary>
    internal LoopSettings ForLoops() => new()
    {
        Name = LoopName,
        Logger = LoggerFactory is { } loggers ? new GuardedLogger(loggers.CreateLogger("Sockeye.Transport")) : NullLogger.Instance,
        StallThreshold = StallThreshold,
        BlockThreshold = BlockThreshold,
        CloseTimeout = CloseTimeout,
        LingerTime = LingerTime,
        LingerBytes = LingerBytes,
        Connections = new ConnectionLimit(MaxConnections),
    };

    internal void Validate()
    {
        if (LoopCount is < 1 or > 256)
        {
            throw new ArgumentOutOfRangeException(nameof(LoopCount), LoopCount, "LoopCount must be 1 to 256.");
        }

        ArgumentException.ThrowIfNullOrEmpty(LoopName);
        ArgumentNullException.ThrowIfNull(Inherited);
        ArgumentOutOfRangeException.ThrowIfLessThan(Backlog, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnections, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CloseTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LingerTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LingerTime, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfNegative(LingerBytes);
    }
}
