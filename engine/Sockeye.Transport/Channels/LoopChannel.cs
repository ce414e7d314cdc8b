using System.Diagnostics.CodeAnalysis;
using System.Net;
using DotNetty.Buffers;
using DotNetty.Common.Concurrency;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Buffers;
using Sockeye.Transport.Logging;
using Sockeye.Transport.Loops;
using TaskCompletionSource = System.Threading.Tasks.TaskCompletionSource;

namespace Sockeye.Transport.Channels;

/// <summary>
/// A connection on one of the engine's own loops: channel, unsafe, id and configuration in one object, because 10,000 idle connections pay for
/// every further one. Reads, writes, close and move live here; a derived class supplies the four operations on what carries the bytes.
/// </summary>
/// <remarks>
/// Belongs to its loop: everything but the plain properties happens on that loop's thread; calls from elsewhere are posted to it. It holds no
/// buffer while it is idle. States: active, closing (pending output leaves), lingering (output ended, waiting for the peer's end), closed.
/// </remarks>
internal abstract partial class LoopChannel : ITransportChannel, IChannelUnsafe, IChannelId, IChannelConfiguration, ILoopWork, ITurnStart
{
    private static readonly ChannelMetadata s_metadata = new(hasDisconnect: false, defaultMaxMessagesPerRead: 16);
    private static readonly ClosedChannelException s_closedException = new();
    private static readonly Task s_closedTask = ObservedFailure(s_closedException);
    private static long s_lastId;

    private readonly long _id = Interlocked.Increment(ref s_lastId);
    private volatile LoopBase _loop;
    private volatile ChannelState _state = ChannelState.Active | ChannelState.AutoRead;
    private Action<IChannel>? _onArrival;
    private RareState? _rare;

    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, PipelineParts.Head, PipelineParts.Assembly)]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, PipelineParts.Tail, PipelineParts.Assembly)]
    private protected LoopChannel(LoopBase loop, Action<IChannel> initialize)
    {
        _loop = loop;
        _onArrival = initialize;
        _pipeline = new DefaultChannelPipeline(this);
        loop.Settings.Connections.Opened();
    }

    public IChannelId Id => this;

    public IByteBufferAllocator Allocator => LoopBuffer.SharedAllocator;

    public IEventLoop EventLoop => _loop;

    public IChannel? Parent => null;

    public bool Open => !Has(ChannelState.Closing | ChannelState.Lingering | ChannelState.Closed);

    public bool Active => Has(ChannelState.Active);

    public bool Registered => Has(ChannelState.Registered);

    public ChannelMetadata Metadata => s_metadata;

    public abstract EndPoint? LocalAddress { get; }

    public abstract EndPoint? RemoteAddress { get; }

    /// <summary>Whether nothing that was flushed waits for the kernel. <c>ChannelWritabilityChanged</c> tells when it has become true again.</summary>
    public bool IsWritable => !Has(ChannelState.Blocked) && Active;

    public IChannelUnsafe Unsafe => this;

    public IChannelConfiguration Configuration => this;

    public Task CloseCompletion
    {
        get
        {
            if (!Active) { return Task.CompletedTask; }
            RareState rare = Rare;
            TaskCompletionSource created = new(TaskCreationOptions.RunContinuationsAsynchronously);
            TaskCompletionSource completion = Interlocked.CompareExchange(ref rare.CloseCompletion, created, null) ?? created;
            if (!Active) { completion.TrySetResult(); }
            return completion.Task;
        }
    }

    IRecvByteBufAllocatorHandle IChannelUnsafe.RecvBufAllocHandle => throw new NotSupportedException("The channel reads into its loop's buffer.");

    /// <summary>None: pending output is a queue of this class. Code that looks here must expect null.</summary>
    ChannelOutboundBuffer? IChannelUnsafe.OutboundBuffer => null;

    internal LoopBase CurrentLoop => _loop;

    LoopSettings ITransportChannel.Settings => _loop.Settings;

    private ChannelClosing Closing => Rare.Closing ??= new ChannelClosing(this);

    private RareState Rare => Volatile.Read(ref _rare) ?? Interlocked.CompareExchange(ref _rare, new RareState(), null) ?? _rare;

    internal abstract PeerAddress Peer { get; }

    public IAttribute<T> GetAttribute<T>(AttributeKey<T> key)
        where T : class
    {
        RareState rare = Rare;
        DefaultAttributeMap attributes = Volatile.Read(ref rare.Attributes) ?? Interlocked.CompareExchange(ref rare.Attributes, new DefaultAttributeMap(), null) ?? rare.Attributes;
        return attributes.GetAttribute(key);
    }

    public bool HasAttribute<T>(AttributeKey<T> key)
        where T : class => Volatile.Read(ref _rare)?.Attributes?.HasAttribute(key) ?? false;

    public Task BindAsync(EndPoint localAddress) => Pipeline.BindAsync(localAddress);

    public Task ConnectAsync(EndPoint remoteAddress) => Pipeline.ConnectAsync(remoteAddress);

    public Task ConnectAsync(EndPoint remoteAddress, EndPoint localAddress) => Pipeline.ConnectAsync(remoteAddress, localAddress);

    public Task DisconnectAsync() => CloseAsync();

    public Task CloseAsync() => _pipeline?.CloseAsync() ?? ((IChannelUnsafe)this).CloseAsync();

    public Task DeregisterAsync() => Pipeline.DeregisterAsync();

    public IChannel Read()
    {
        if (_pipeline is { } pipeline) { pipeline.Read(); } else { ((IChannelUnsafe)this).BeginRead(); }
        return this;
    }

    public Task WriteAsync(object message) => _pipeline?.WriteAsync(message) ?? ((IChannelUnsafe)this).WriteAsync(message);

    public IChannel Flush()
    {
        if (_pipeline is { } pipeline) { pipeline.Flush(); } else { ((IChannelUnsafe)this).Flush(); }
        return this;
    }

    public Task WriteAndFlushAsync(object message)
    {
        Task written = WriteAsync(message);
        Flush();
        return written;
    }

    Task IChannelUnsafe.RegisterAsync(IEventLoop eventLoop) => NotSupported("An accepted channel is registered by its transport.");

    Task IChannelUnsafe.DeregisterAsync() => NotSupported("A channel leaves its loop by ChannelExtensions.MoveTo.");

    Task IChannelUnsafe.BindAsync(EndPoint localAddress) => NotSupported("The channel is an accepted connection.");

    Task IChannelUnsafe.ConnectAsync(EndPoint remoteAddress, EndPoint localAddress) => NotSupported("The channel is an accepted connection.");

    Task IChannelUnsafe.DisconnectAsync() => ((IChannelUnsafe)this).CloseAsync();

    public string AsShortText() => _id.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);

    public string AsLongText() => _id.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    public int CompareTo(IChannelId? other) => other is LoopChannel channel ? _id.CompareTo(channel._id) : 1;

    public int CompareTo(IChannel? other) => CompareTo(other?.Id);

    public override string ToString() => $"[id: 0x{AsShortText()}, R:{RemoteAddress}]";

    /// <summary>First or next arrival on a loop, posted there by whoever hands the channel over.</summary>
    void ILoopWork.Run()
    {
        if (Has(ChannelState.Registered)) { Arrive(); } else { Register(); }
    }

    void ILoopWork.Dropped() => Drop();

    /// <summary>Fills the pipeline and starts to read. On the loop.</summary>
    internal void Register()
    {
        Action<IChannel> initialize = _onArrival!;
        _onArrival = null;
        if (_loop.IsShutdown)
        {
            CloseDescriptor();
            return;
        }

        Set(ChannelState.Registered);
        _loop.Counters._accepted++;
        try
        {
            initialize(this);
        }
        catch (Exception e)
        {
            TransportLog.InitializerFailed(_loop.Logger, e);
            _loop.Counters._faults++;
            Abort();
            return;
        }

        if (!Attach())
        {
            Fail("the loop cannot watch any more descriptors");
            return;
        }

        Pipeline.FireChannelRegistered();
        Pipeline.FireChannelActive();
    }

    /// <summary>The turn after the one in which the channel asked for it.</summary>
    void ITurnStart.OnTurnStart()
    {
        Clear(ChannelState.Queued);
        if (Has(ChannelState.InactivePending)) { FireInactive(); }
        if (Has(ChannelState.Closed)) { return; }
        if (Has(ChannelState.Moving))
        {
            Depart();
            return;
        }

        if (Has(ChannelState.EndPending))
        {
            Clear(ChannelState.EndPending);
            BeginClose();
        }

        if (Has(ChannelState.ReadReady)) { ReadNow(); }
    }

    /// <summary>Starts to watch the descriptor on the current loop; the first event tells what is ready now.</summary>
    private protected abstract bool Attach();

    /// <summary>Stops watching the descriptor on the current loop.</summary>
    private protected abstract void Detach();

    /// <summary>Receives into the buffer: a byte count, 0 at the end of the peer's output, or a value of <see cref="IoResult"/>.</summary>
    private protected abstract int Receive(byte[] buffer, int length);

    /// <summary>Sends bytes: how many the kernel took, or a value of <see cref="IoResult"/>.</summary>
    private protected abstract int Send(ReadOnlySpan<byte> bytes);

    /// <inheritdoc/>
    public abstract int Unacknowledged();

    /// <summary>Ends our output.</summary>
    private protected abstract void ShutOutput();

    /// <summary>Frees the descriptor, with a reset if asked for.</summary>
    private protected abstract void Release(bool reset);

    private protected bool Has(ChannelState flags) => (_state & flags) != 0;

    private protected void Set(ChannelState flags) => _state |= flags;

    private protected void Clear(ChannelState flags) => _state &= ~flags;

    /// <summary>Asks the loop for a call at the start of its next turn.</summary>
    private protected void NeedTurn()
    {
        if (Has(ChannelState.Queued)) { return; }
        Set(ChannelState.Queued);
        _loop.AtTurnStart(this);
    }

    /// <summary>What a connection does not need before it moves, closes or gets an attribute. Made on any thread.</summary>
    private sealed class RareState
    {
        /// <summary>Any thread.</summary>
        public DefaultAttributeMap? Attributes;

        /// <summary>Any thread.</summary>
        public TaskCompletionSource? CloseCompletion;

        public ChannelClosing? Closing;

        /// <summary>The loop that the channel is on its way to.</summary>
        public LoopBase? Target;
    }

    private static Task NotSupported(string reason) => Task.FromException(new NotSupportedException(reason));

    private static Task ObservedFailure(Exception exception)
    {
        Task task = Task.FromException(exception);
        _ = task.Exception;
        return task;
    }
}
