using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using TaskCompletionSource = System.Threading.Tasks.TaskCompletionSource;

namespace Sockeye.Transport.Channels;

/// <summary>What a connection does not need before it moves, closes, is awaited or gets an attribute. It owns the attributes and the task of the close.</summary>
/// <remarks>Attributes and task on any thread, the rest on the channel's loop. Made by the first that needs it, on any thread, and kept as long as the channel.</remarks>
internal sealed class ChannelExtras
{
    private DefaultAttributeMap? _attributes;
    private TaskCompletionSource? _closed;

    internal DefaultAttributeMap Attributes => Volatile.Read(ref _attributes) ?? Interlocked.CompareExchange(ref _attributes, new DefaultAttributeMap(), null) ?? _attributes;

    /// <summary>How long the descriptor stays, once the channel is closed.</summary>
    internal ChannelClosing? Closing { get; set; }

    /// <summary>The loop that the channel is on its way to.</summary>
    internal LoopBase? Target { get; set; }

    internal bool HasAttribute<T>(AttributeKey<T> key)
        where T : class => Volatile.Read(ref _attributes)?.HasAttribute(key) ?? false;

    /// <summary>Completes with the close of the channel, which may be a moment ago.</summary>
    internal Task CloseOf(IChannel channel)
    {
        TaskCompletionSource created = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var closed = Interlocked.CompareExchange(ref _closed, created, null) ?? created;
        if (!channel.Active)
        {
            closed.TrySetResult();
        }

        return closed.Task;
    }

    /// <summary>Whoever waits for the close goes on.</summary>
    internal void CompleteClose() => Volatile.Read(ref _closed)?.TrySetResult();
}
