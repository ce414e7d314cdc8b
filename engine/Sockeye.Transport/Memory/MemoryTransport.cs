using System.Net;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport;

/// <summary>
/// A transport without sockets for tests: peers in memory, loops that are driven by hand and share one clock. The channels are the native
/// transport's, with memory in place of the descriptor. It runs on the thread that calls it.
/// </summary>
public sealed class MemoryTransport : SocketTransport
{
    /// <summary>Makes a transport whose clock stands at zero.</summary>
    /// <param name="loops">Number of loops, at least 1.</param>
    public MemoryTransport(int loops = 1) => ArgumentOutOfRangeException.ThrowIfLessThan(loops, 1);

    /// <inheritdoc/>
    public override string Name => "memory";

    /// <inheritdoc/>
    public override TransportCapabilities Capabilities => TransportCapabilities.MovesConnections | TransportCapabilities.SeveralLoops | TransportCapabilities.AllocationFree;

    /// <inheritdoc/>
    public override IReadOnlyList<ITransportLoop> Loops => ManualLoops;

    /// <summary>The loops, for driving one alone.</summary>
    public IReadOnlyList<ManualLoop> ManualLoops { get; } = [];

    /// <inheritdoc/>
    public override int ConnectionCount => 0;

    /// <summary>Connects a peer; the channel is initialised in the next run of its loop.</summary>
    /// <param name="to">Which listener; null is the first one.</param>
    /// <param name="loop">Index of the loop that takes the connection.</param>
    public MemoryPeer Connect(IPEndPoint? to = null, int loop = 0) => throw new NotSupportedException();

    /// <summary>Runs all loops in turn until none has anything left to do at this moment.</summary>
    public void RunUntilIdle() => throw new NotSupportedException();

    /// <summary>Moves the clock on, step by step to each due moment, and runs what comes due.</summary>
    /// <param name="by">How far.</param>
    public void Advance(TimeSpan by) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Action<IChannel> initialize) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override Task StopAsync() => Task.CompletedTask;
}
