using System.Net;
using DotNetty.Common;
using DotNetty.Common.Internal;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Common;
using Sockeye.Transport.Loops;
using Sockeye.Transport.Transports;

namespace Sockeye.Transport;

/// <summary>
/// Loops and the listeners that feed them: the engine's door to the network. It owns its loops, listeners and channels.
/// </summary>
/// <remarks>Any thread. It lives until <see cref="StopAsync(TimeSpan)"/>, which ends all of them. Its limits are <see cref="TransportOptions"/>.</remarks>
public abstract class SocketTransport : IAsyncDisposable
{
    private const string TooLate = "A pipeline is complete when this callback returns, before the first bytes come: make before what has to be awaited.";

    // Pipelines look at it when they are built; sampling for leaks costs time on every buffer, and BufferCounters tell more. What the process has chosen itself stays.
    static SocketTransport()
    {
        ResourceLeakDetector.Level = LeakDetection(ResourceLeakDetector.Level, SystemPropertyUtil.Contains(LeakDetectionVariable));
    }

    /// <summary>The level of leak detection when the first transport is made: none in the place of DotNetty's default; one that the process has chosen stays.</summary>
    /// <param name="level">The level as it is.</param>
    /// <param name="isChosen">Whether the environment says it.</param>
    internal static ResourceLeakDetector.DetectionLevel LeakDetection(ResourceLeakDetector.DetectionLevel level, bool isChosen) =>
        level == ResourceLeakDetector.DetectionLevel.Simple && !isChosen ? ResourceLeakDetector.DetectionLevel.Disabled : level;

    /// <summary>The environment variable by which DotNetty is told what to detect.</summary>
    private const string LeakDetectionVariable = "io.netty.leakDetection.level";

    /// <summary>Makes the transport that the options ask for; its loops run at once.</summary>
    /// <param name="options">The settings.</param>
    /// <exception cref="PlatformNotSupportedException">The native transport was asked for where it does not exist.</exception>
    public static SocketTransport Create(TransportOptions options)
    {
        return Choose(options, NativeSupport.Missing);
    }

    /// <param name="options">The settings.</param>
    /// <param name="missing">Why there is no native transport; null: there is one.</param>
    internal static SocketTransport Choose(TransportOptions options, string? missing)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (options.Kind == TransportKind.Native && missing is not null)
        {
            throw new PlatformNotSupportedException($"There is no native transport here: {missing}. TransportKind.Auto takes the portable one in its place.");
        }

        if (options.Kind != TransportKind.Portable && missing is null)
        {
            return new EpollTransport(options);
        }

        if (options.ReusePort || options.Inherited.Count > 0)
        {
            throw new PlatformNotSupportedException(
                $"The portable transport {(options.ReusePort ? "cannot share its port (ReusePort)" : "does not listen on sockets that were handed over")}; that takes the native one{(missing is null ? "" : $", and there is none here: {missing}")}.");
        }

        var transport = new PortableTransport(options);
        if (options.Kind == TransportKind.Auto && OperatingSystem.IsLinux())
        {
            TransportLog.NoNative(transport.Settings.Logger, missing);
        }

        if (options.LoopCount is > 1 and var wanted)
        {
            TransportLog.OneLoop(transport.Settings.Logger, wanted);
        }

        return transport;
    }

    /// <summary>Which transport it is: <c>epoll</c>, <c>sockets</c> or <c>memory</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What this transport can do.</summary>
    public abstract TransportCapabilities Capabilities { get; }

    /// <summary>The loops, by <see cref="ITransportLoop.Index"/>.</summary>
    public abstract IReadOnlyList<ITransportLoop> Loops { get; }

    /// <summary>Open connections.</summary>
    public abstract int ConnectionCount { get; }

    /// <summary>Open connections at most, <see cref="TransportOptions.MaxConnections"/> at first; at least 1. No more than the native transport has descriptors for. May change at any time: those that are open stay. Any thread.</summary>
    public int MaxConnections
    {
        get => Settings.Connections.Max;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Settings.Connections.Max = Fitting(value);
        }
    }

    /// <summary>Hears of what application code has thrown on the loops and on <see cref="PoolContext"/> where nobody waits for it; null: it is logged. Set before it listens.</summary>
    public IApplicationFailures? Failures
    {
        get => Settings.Failures;
        set => Settings.Failures = value;
    }

    /// <summary>Runs application code on the thread pool without letting what it begins end the process: its callbacks and what follows an <c>await</c> under it.</summary>
    public PoolContext PoolContext => Settings.Pool;

    internal abstract LoopSettings Settings { get; }

    /// <summary>As many of the wanted connections as there can be; tells where that is less.</summary>
    private protected virtual int Fitting(int wanted) => wanted;

    /// <summary>Makes a loop without channels, for code that must not share a thread with connections. It runs at once, on a thread of its own.</summary>
    /// <param name="name">Name of the thread.</param>
    /// <returns>The loop. Whoever asked for it ends it with its <c>ShutdownGracefullyAsync</c>; <see cref="StopAsync(TimeSpan)"/> does not.</returns>
    public virtual ITransportLoop CreateLoop(string name) => ThreadLoop.Start(name, Settings);

    /// <summary>Starts to accept connections; they are spread over the loops in turn.</summary>
    /// <param name="endPoint">Address and port; port 0 takes a free one.</param>
    /// <param name="initialize">Fills the pipeline of a new channel; runs on the channel's loop before its first read.</param>
    /// <exception cref="IOException">The end point cannot be listened on, for example because the port is taken; the message names it.</exception>
    public Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Action<IChannel> initialize) => ListenAsync(endPoint, initialize, limit: null);

    /// <inheritdoc cref="ListenAsync(IPEndPoint, Action{IChannel})" />
    /// <param name="endPoint">Address and port; port 0 takes a free one.</param>
    /// <param name="initialize">Fills the pipeline of a new channel; runs on the channel's loop before its first read.</param>
    /// <param name="limit">How many connections there may be by way of this end point, and of others with the same limit; null: as many as the transport takes. Memory counts, and holds nobody back.</param>
    public abstract Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Action<IChannel> initialize, ListenerLimit? limit);

    /// <summary>Refused: the first bytes come before its first await is over.</summary>
    [Obsolete(TooLate, error: true)]
    public Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Func<IChannel, Task> initialize) => throw new NotSupportedException(TooLate);

    /// <inheritdoc cref="ListenAsync(IPEndPoint, Func{IChannel, Task})" />
    [Obsolete(TooLate, error: true)]
    public Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Func<IChannel, Task> initialize, ListenerLimit? limit) => throw new NotSupportedException(TooLate);

    /// <summary>Lets each loop leave the buffers that it keeps for later to the garbage collector. Completes when the loops have done so, in their next turn.</summary>
    public Task TrimPoolsAsync()
    {
        List<Task> trimmed = [];
        foreach (var loop in Loops)
        {
            if (loop.IsShutdown)
            {
                continue;
            }

            TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Post(static state =>
            {
                BufferPool.Current.Trim();
                ((TaskCompletionSource)state!).SetResult();
            }, done);
            trimmed.Add(done.Task);
        }

        return Task.WhenAll(trimmed);
    }

    /// <summary>As <see cref="StopAsync(TimeSpan)"/>, with the <see cref="TransportOptions.CloseTimeout"/>.</summary>
    public Task StopAsync() => StopAsync(Settings.CloseTimeout);

    /// <summary>Closes the listeners, then the channels, then the loops. What channels have still to write is dropped; close them before if it matters.
    /// Afterwards nothing can be listened on.</summary>
    /// <param name="patience">How long each step waits for a loop that does not come back. Such a loop is named in the log and left behind: its thread does not keep the process,
    /// and it ends when it comes back.</param>
    public abstract Task StopAsync(TimeSpan patience);

    /// <summary>How long loops that do come back may take to end once one has been given up.</summary>
    private protected static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(1);

    /// <summary>Waits, but not longer than that. What is not waited for any more may still fail.</summary>
    /// <returns>False: the time was over before.</returns>
    private protected static async Task<bool> Within(Task task, TimeSpan patience)
    {
        try
        {
            await task.WaitAsync(patience).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private protected static ObjectDisposedException Stopped() => new(nameof(SocketTransport), "The transport has been stopped.");

    /// <summary>Stops the transport.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }
}

/// <summary>An end point that accepts connections. Disposing it stops accepting; its connections live on.</summary>
public interface ITransportListener : IAsyncDisposable
{
    /// <summary>Where it listens, with the port that was given.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>Whether others may accept here too, by the same socket or the same port: who connects when this one has stopped is then not refused.</summary>
    bool IsShared { get; }
}
