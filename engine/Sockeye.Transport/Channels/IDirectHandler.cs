using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport;

/// <summary>
/// A handler that can do without a pipeline: <see cref="ChannelExtensions.TryTakeOver"/> makes it the only one of a channel, which then calls it directly, saves
/// the hops, and keeps none of the pipeline's objects. All calls come on the channel's loop.
/// </summary>
public interface IDirectHandler : IChannelHandler
{
    /// <summary>Its name, should somebody ask for the pipeline after all.</summary>
    string Name { get; }

    /// <summary>Input. The reference is the handler's to release.</summary>
    /// <param name="buffer">What was read.</param>
    void OnRead(IByteBuffer buffer);

    /// <summary>The kernel has taken all that waited.</summary>
    void OnWritable();

    /// <summary>The channel has closed.</summary>
    void OnInactive();

    /// <summary>One of the other calls has thrown.</summary>
    /// <param name="exception">What it threw.</param>
    void OnFailed(Exception exception);
}
