using System.Net;
using Sockeye.Cluster;
using Sockeye.Inspection;
using Sockeye.Plugins;

namespace Sockeye;

/// <summary>A Socket.IO server, which is also its main namespace <c>/</c>.</summary>
/// <remarks>Created by <c>SockeyeServer.Create</c> of the server assembly; a plugin is handed one and cannot create one.
/// All members may be called from any thread.</remarks>
public abstract class SockeyeServer : BroadcastTarget, IAsyncDisposable
{
    internal SockeyeServer()
    {
    }

    /// <summary>Where it listens; empty before <see cref="StartAsync"/>. A port 0 appears as the port that was chosen.</summary>
    public abstract IReadOnlyList<EndPoint> Endpoints { get; }

    /// <summary>Where it listens, by listeners, with their connections. Made at each call.</summary>
    public abstract IReadOnlyList<ServerListener> Listeners { get; }

    /// <summary>Where it stands: it takes clients while it is <see cref="ServerState.Running"/>.</summary>
    public abstract ServerState State { get; }

    /// <summary>The node that this server is, 0 to 2^24 - 1: the first 24 bits of the id of each of its sockets. Random unless it is set (<c>Engine:NodeId</c>). In a cluster it changes while a server joins, and when another one turns out to be the same node (<see cref="Cluster.ClusterNodeState.SameNode"/>).</summary>
    public abstract int NodeId { get; }

    /// <summary>64 random bits that tell this server from all others that have been, or will be, the same node. A process that starts again is a new one, also with a <see cref="NodeId"/> set by hand.</summary>
    public abstract long Incarnation { get; }

    /// <summary>Its plugins: how they stand, and the way to replace them while it runs.</summary>
    public abstract ServerPlugins Plugins { get; }

    /// <summary>How it is, for whoever operates it: figures, the largest rooms, the slowest readers, and single clients.</summary>
    public abstract ServerInspection Inspection { get; }

    /// <summary>The cluster that it is one of: the other servers, the bus, what may be missing; null: it stands alone.</summary>
    public abstract ServerCluster? Cluster { get; }

    /// <summary>A namespace by name, made if it is new; or all namespaces that match a pattern such as <c>/orders-{id}</c>, each made when its first client comes.</summary>
    /// <param name="nameOrPattern">The name, with or without the leading slash. A parameter of a pattern matches one character or more, none of them a slash.</param>
    /// <exception cref="ArgumentException">No client could ask for the name: it is too long or contains a comma, a question mark or NUL; or the pattern is malformed.</exception>
    public SockeyeNamespace Of(string nameOrPattern)
    {
        ArgumentNullException.ThrowIfNull(nameOrPattern);
        return OfCore(nameOrPattern);
    }

    /// <summary>The namespace with this name, or the pattern, if it is there; unlike <see cref="Of(string)"/> it makes none.</summary>
    /// <param name="nameOrPattern">The name, with or without the leading slash: of a namespace that <see cref="Of(string)"/> made, or of one that a pattern or predicate made for its clients.</param>
    /// <returns>Null if there is none. One that a pattern or predicate made is there while clients are in it, or something is registered or set on it alone; of the others the last 1,024 are.</returns>
    public SockeyeNamespace? FindNamespace(string nameOrPattern)
    {
        ArgumentNullException.ThrowIfNull(nameOrPattern);
        return FindNamespaceCore(nameOrPattern);
    }

    /// <summary>All namespaces that a predicate accepts, each made when its first client comes. Predicates and patterns are asked in the order in which they were added.</summary>
    /// <param name="accepts">Gets the name and the client's auth payload.</param>
    public SockeyeNamespace Of(Func<string, AuthPayload, bool> accepts)
    {
        ArgumentNullException.ThrowIfNull(accepts);
        return OfCore(accepts);
    }

    /// <summary>Makes a thread with a clock, on which ticks and the handlers of sockets run without locks. Its first tick is due one interval later.</summary>
    /// <remarks>Those of a plugin are its generation's. When it is replaced both generations have theirs for a moment, under the same names, and both count for the 64.</remarks>
    /// <param name="name">Its name, 1 to 64 characters, no other loop's.</param>
    /// <param name="ticksPerSecond">The rate, 0.01 to 1,000.</param>
    /// <exception cref="ArgumentException">The name is empty, too long or taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of range.</exception>
    /// <exception cref="InvalidOperationException">There are 64 loops, or the server has been stopped.</exception>
    public abstract GameLoop CreateLoop(string name, double ticksPerSecond);

    /// <summary>Completes when each event loop has come round once: for health checks, with a token that fires when that takes too long. What holds a loop is named in the log.</summary>
    /// <param name="cancellationToken">Ends the wait. Of loops that have ended with their server nothing comes.</param>
    public abstract Task CheckLoopsAsync(CancellationToken cancellationToken = default);

    /// <summary>Starts plugins and listeners. If one of them fails what had started is stopped, as by <see cref="StopAsync"/>, before the failure comes out.</summary>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="InvalidOperationException">It has been started before, or stopped: then nothing starts.</exception>
    /// <exception cref="IOException">It cannot listen: the port is taken or needs rights, or the machine has no such address. The message is one sentence about what, and one about what to do; the socket's
    /// error is the inner exception. A server without loggers writes the message on standard error as well.</exception>
    public abstract Task StartAsync(CancellationToken cancellationToken = default);

    /// <summary>Gives the ports back, refuses new clients, closes each connection with <see cref="DisconnectReason.ServerShuttingDown"/> once what is queued for it has left, waits for handlers that run and for those of the disconnections, and stops the plugins.</summary>
    /// <remarks>All of it takes the stop timeout of the options, 10 s by default, and a moment more if something does not come back, whatever handlers and loops do; what has not left by then is dropped.
    /// A handler may await it: it does not wait for that handler, nor for OnDisconnect of its socket, which follows. Afterwards nothing else of the application begins. A second call returns the task of the first.</remarks>
    /// <param name="cancellationToken">Closes without waiting any longer, whoever has called first.</param>
    public abstract Task StopAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops listening, closes the connections one after the other over a time, so that their clients do not all look for another server at once, and then stops as <see cref="StopAsync"/> does.</summary>
    /// <remarks>At least 100 connections are closed each second on each event loop, so a few clients are not waited for. Clients see a closed connection and come back by themselves, to whoever answers then.
    /// A further call returns the task of the first.</remarks>
    /// <param name="over">The time, 0 to 1 h; null: the drain time of the options, 30 s by default.</param>
    /// <param name="cancellationToken">Closes the rest at once.</param>
    public abstract Task DrainAsync(TimeSpan? over = null, CancellationToken cancellationToken = default);

    /// <summary>Starts, waits for the token, Ctrl-C or SIGTERM, and drains. A second signal closes what is left at once.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">As <see cref="StartAsync"/>.</exception>
    /// <exception cref="IOException">As <see cref="StartAsync"/>: a port that is taken, for example.</exception>
    public abstract Task RunAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops as <see cref="StopAsync"/> does, unless it has been stopped, and lets go of its meter.</summary>
    public abstract ValueTask DisposeAsync();

    internal abstract SockeyeNamespace OfCore(string nameOrPattern);

    internal abstract SockeyeNamespace? FindNamespaceCore(string nameOrPattern);

    internal abstract SockeyeNamespace OfCore(Func<string, AuthPayload, bool> accepts);
}
