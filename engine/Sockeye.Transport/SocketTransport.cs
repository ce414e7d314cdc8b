using System.Net;
using DotNetty.Common;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport;

/// <summary>
/// Loops and the listeners that feed them: the engine's door to the network. Owns its loops, listeners and channels; <see cref="StopAsync"/>
/// ends all of them. Members may be called from any thread.
/// </summary>
public abstract class SocketTransport : IAsyncDisposable
{
    // Pipelines look at it when they are built; sampling for leaks costs time on every buffer, and BufferCounters tell more.
    static SocketTransport() => ResourceLeakDetector.Level = ResourceLeakDetector.DetectionLevel.Disabled;

    /// <summary>Makes the transport that the options ask for; its loops run at once.</summary>
    /// <param name="options">The settings.</param>
    /// <exception cref="PlatformNotSupportedException">The native transport was asked for where it does not exist.</exception>
    public static SocketTransport Create(TransportOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        bool hasNative = OperatingSystem.IsLinux();
        if (options.Kind == TransportKind.Native && !hasNative)
        {
            throw new PlatformNotSupportedException("The native transport needs Linux; TransportKind.Auto takes the portable one elsewhere.");
        }

        return options.Kind == TransportKind.Portable || !hasNative ? new PortableTransport(options) : new EpollTransport(options);
    }

    /// <summary>Which transport it is: <c>epoll</c>, <c>sockets</c> or <c>memory</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What this transport can do.</summary>
    public abstract TransportCapabilities Capabilities { get; }

    /// <summary>The loops, by <see cref="ITransportLoop.Index"/>.</summary>
    public abstract IReadOnlyList<ITransportLoop> Loops { get; }

    /// <summary>Open connections.</summary>
    public abstract int ConnectionCount { get; }

    internal abstract LoopSettings Settings { get; }

    /// <summary>Makes a loop without channels, for code that must not share a thread with connections. It runs at once, on a thread of its own.</summary>
    /// <param name="name">Name of the thread.</param>
    /// <returns>The loop. Whoever asked for it ends it with its <c>ShutdownGracefullyAsync</c>; <see cref="StopAsync"/> does not.</returns>
    public virtual ITransportLoop CreateLoop(string name) => ThreadLoop.Start(name, Settings);

    /// <summary>Starts to accept connections; they are spread over the loops in turn.</summary>
    /// <param name="endPoint">Address and port; port 0 takes a free one.</param>
    /// <param name="initialize">Fills the pipeline of a new channel; runs on the channel's loop before its first read.</param>
    /// <exception cref="IOException">The end point cannot be listened on, for example because the port is taken; the message names it.</exception>
    public abstract Task<ITransportListener> ListenAsync(IPEndPoint endPoint, Action<IChannel> initialize);

    /// <summary>Lets each loop leave the buffers that it keeps for later to the garbage collector. Completes when the loops have done so, in their next turn.</summary>
    public Task TrimPoolsAsync()
    {
        List<Task> trimmed = [];
        foreach (ITransportLoop loop in Loops)
        {
            if (loop.IsShutdown) { continue; }
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

    /// <summary>Closes the listeners, then the channels, then the loops. What channels have still to write is dropped; close them before if it matters.</summary>
    public abstract Task StopAsync();

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
}
