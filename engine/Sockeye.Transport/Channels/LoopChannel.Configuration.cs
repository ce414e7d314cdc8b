using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport.Channels;

/// <summary>The configuration face. Only reading can be switched; the rest says how the channel works, and setting it changes nothing.</summary>
internal abstract partial class LoopChannel
{
    public bool AutoRead
    {
        get => Has(ChannelState.AutoRead);
        set
        {
            if (_loop.InEventLoop) { SetAutoRead(value); }
            else if (value) { _loop.Post(static channel => ((LoopChannel)channel!).SetAutoRead(true), this); }
            else { _loop.Post(static channel => ((LoopChannel)channel!).SetAutoRead(false), this); }
        }
    }

    TimeSpan IChannelConfiguration.ConnectTimeout { get => TimeSpan.Zero; set => _ = value; }

    int IChannelConfiguration.WriteSpinCount { get => 1; set => _ = value; }

    IByteBufferAllocator IChannelConfiguration.Allocator { get => Allocator; set => _ = value; }

    IRecvByteBufAllocator? IChannelConfiguration.RecvByteBufAllocator { get => null; set => _ = value; }

    /// <summary>A channel is unwritable as long as anything is pending; the outbox above it has the watermarks.</summary>
    int IChannelConfiguration.WriteBufferHighWaterMark { get => 1; set => _ = value; }

    int IChannelConfiguration.WriteBufferLowWaterMark { get => 0; set => _ = value; }

    IMessageSizeEstimator IChannelConfiguration.MessageSizeEstimator { get => DefaultMessageSizeEstimator.Default; set => _ = value; }

    public T GetOption<T>(ChannelOption<T> option)
    {
        if (ChannelOption.AutoRead.Equals(option)) { return (T)(object)AutoRead; }
        if (ChannelOption.Allocator.Equals(option)) { return (T)Allocator; }
        return default!;
    }

    public bool SetOption(ChannelOption option, object value) => option.Set(this, value);

    public bool SetOption<T>(ChannelOption<T> option, T value)
    {
        if (!ChannelOption.AutoRead.Equals(option)) { return false; }
        AutoRead = (bool)(object)value!;
        return true;
    }

    private void SetAutoRead(bool value)
    {
        if (!value)
        {
            Clear(ChannelState.AutoRead | ChannelState.ReadRequested);
            return;
        }

        Set(ChannelState.AutoRead);
        if (Has(ChannelState.ReadReady) && !Has(ChannelState.InRead)) { NeedTurn(); }
    }
}
