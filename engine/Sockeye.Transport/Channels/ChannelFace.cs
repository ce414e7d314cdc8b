using System.Diagnostics.CodeAnalysis;
using System.Net;
using DotNetty.Buffers;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Common;

namespace Sockeye.Transport.Channels;

/// <summary>
/// What DotNetty and the handlers see of a connection that is alike for all: it owns the channel's id and whoever hears what happens, which is the pipeline or
/// the one handler that has taken its place, and it is the channel's configuration. What happens to the connection is <see cref="LoopChannel"/>'s.
/// </summary>
/// <remarks>On the channel's loop; id and configuration on any thread. It lives as long as the channel, which it is: a face of its own would be an object more for each connection.</remarks>
internal abstract class ChannelFace : IChannel, IChannelId, IChannelConfiguration
{
    private static readonly ChannelMetadata s_metadata = new(hasDisconnect: false, defaultMaxMessagesPerRead: 16);
    private static long s_lastId;

    /// <summary>What a write gets that comes too late: failed, and seen, so that it is not reported as an exception that nobody has looked at.</summary>
    private protected static readonly Task WriteAfterClose = Observed(Task.FromException(new ClosedChannelException()));

    private readonly long _id = Interlocked.Increment(ref s_lastId);

    // The pipeline, or the handler in its place: one of the two is null.
    private DefaultChannelPipeline? _pipeline;
    private IDirectHandler? _direct;

    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, PipelineParts.Head, PipelineParts.Assembly)]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, PipelineParts.Tail, PipelineParts.Assembly)]
    private protected ChannelFace() => _pipeline = new DefaultChannelPipeline(this);

    public IChannelId Id => this;

    public IChannel? Parent => null;

    public ChannelMetadata Metadata => s_metadata;

    public IByteBufferAllocator Allocator => LoopBuffer.SharedAllocator;

    public IChannelConfiguration Configuration => this;

    public abstract IEventLoop EventLoop { get; }

    public abstract IChannelUnsafe Unsafe { get; }

    public abstract bool Open { get; }

    public abstract bool Active { get; }

    public abstract bool Registered { get; }

    public abstract bool IsWritable { get; }

    public abstract Task CloseCompletion { get; }

    public abstract EndPoint? LocalAddress { get; }

    public abstract EndPoint? RemoteAddress { get; }

    public abstract bool AutoRead { get; set; }

    /// <summary>The pipeline; made again for a channel that was taken over, which has to be asked on its loop.</summary>
    public IChannelPipeline Pipeline => _pipeline ?? RestorePipeline();

    TimeSpan IChannelConfiguration.ConnectTimeout
    {
        get => TimeSpan.Zero; set => _ = value;
    }

    int IChannelConfiguration.WriteSpinCount
    {
        get => 1; set => _ = value;
    }

    IByteBufferAllocator IChannelConfiguration.Allocator
    {
        get => Allocator; set => _ = value;
    }

    IRecvByteBufAllocator? IChannelConfiguration.RecvByteBufAllocator
    {
        get => null; set => _ = value;
    }

    /// <summary>A channel is unwritable as long as anything is pending; the outbox above it has the watermarks.</summary>
    int IChannelConfiguration.WriteBufferHighWaterMark
    {
        get => 1; set => _ = value;
    }

    int IChannelConfiguration.WriteBufferLowWaterMark
    {
        get => 0; set => _ = value;
    }

    IMessageSizeEstimator IChannelConfiguration.MessageSizeEstimator
    {
        get => DefaultMessageSizeEstimator.Default; set => _ = value;
    }

    public abstract IAttribute<T> GetAttribute<T>(AttributeKey<T> key)
        where T : class;

    public abstract bool HasAttribute<T>(AttributeKey<T> key)
        where T : class;

    public Task BindAsync(EndPoint localAddress) => Pipeline.BindAsync(localAddress);

    public Task ConnectAsync(EndPoint remoteAddress) => Pipeline.ConnectAsync(remoteAddress);

    public Task ConnectAsync(EndPoint remoteAddress, EndPoint localAddress) => Pipeline.ConnectAsync(remoteAddress, localAddress);

    public Task DisconnectAsync() => CloseAsync();

    public Task CloseAsync() => _pipeline?.CloseAsync() ?? Unsafe.CloseAsync();

    public Task DeregisterAsync() => Pipeline.DeregisterAsync();

    public IChannel Read()
    {
        if (_pipeline is { } pipeline)
        {
            pipeline.Read();
        }
        else
        {
            Unsafe.BeginRead();
        }

        return this;
    }

    public Task WriteAsync(object message) => _pipeline?.WriteAsync(message) ?? Unsafe.WriteAsync(message);

    public IChannel Flush()
    {
        if (_pipeline is { } pipeline)
        {
            pipeline.Flush();
        }
        else
        {
            Unsafe.Flush();
        }

        return this;
    }

    public Task WriteAndFlushAsync(object message)
    {
        var written = WriteAsync(message);
        Flush();
        return written;
    }

    /// <summary>Only reading can be switched; the rest of the configuration says how the channel works, and setting it changes nothing.</summary>
    public T GetOption<T>(ChannelOption<T> option)
    {
        if (ChannelOption.AutoRead.Equals(option))
        {
            return (T)(object)AutoRead;
        }

        if (ChannelOption.Allocator.Equals(option))
        {
            return (T)Allocator;
        }

        return default!;
    }

    public bool SetOption(ChannelOption option, object value) => option.Set(this, value);

    public bool SetOption<T>(ChannelOption<T> option, T value)
    {
        if (!ChannelOption.AutoRead.Equals(option))
        {
            return false;
        }

        AutoRead = (bool)(object)value!;
        return true;
    }

    public string AsShortText() => _id.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);

    public string AsLongText() => _id.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    public int CompareTo(IChannelId? other) => other is ChannelFace channel ? _id.CompareTo(channel._id) : 1;

    public int CompareTo(IChannel? other) => CompareTo(other?.Id);

    public override string ToString() => $"[id: 0x{AsShortText()}, R:{RemoteAddress}]";

    /// <summary>Puts a handler in the place of a pipeline that holds nothing but <paramref name="last"/>. False if there is more in it.</summary>
    internal bool TryTakeOver(IChannelHandler last, IDirectHandler direct)
    {
        if (_pipeline is not { } pipeline || pipeline.First() != last || pipeline.Last() != last)
        {
            return false;
        }

        _direct = direct;
        _pipeline = null;
        return true;
    }

    private DefaultChannelPipeline RestorePipeline()
    {
        if (!EventLoop.InEventLoop)
        {
            throw new InvalidOperationException("This channel has no pipeline at the moment; on its loop it makes one.");
        }

        var direct = _direct!;
        DefaultChannelPipeline pipeline = new(this);
        _pipeline = pipeline;                   // first: a handler that is added may ask for it
        _direct = null;
        pipeline.FireChannelRegistered();       // or handlers would only be added with the registration, which is over
        pipeline.AddLast(direct.Name, direct);
        return pipeline;
    }

    private protected void FireRead(IByteBuffer buffer)
    {
        if (_direct is not { } direct)
        {
            _pipeline!.FireChannelRead(buffer);
            return;
        }

        try
        {
            direct.OnRead(buffer);
        }
        catch (Exception e)
        {
            direct.OnFailed(e);
        }
    }

    private protected void FireReadComplete() => _pipeline?.FireChannelReadComplete();

    private protected void FireWritable()
    {
        if (_direct is not { } direct)
        {
            _pipeline!.FireChannelWritabilityChanged();
            return;
        }

        try
        {
            direct.OnWritable();
        }
        catch (Exception e)
        {
            direct.OnFailed(e);
        }
    }

    private protected void FireInactive()
    {
        if (_direct is not { } direct)
        {
            _pipeline!.FireChannelInactive();
            _pipeline.FireChannelUnregistered();
            return;
        }

        try
        {
            direct.OnInactive();
        }
        catch (Exception e)
        {
            direct.OnFailed(e);
        }
    }

    private static Task Observed(Task failed)
    {
        _ = failed.Exception;
        return failed;
    }
}
