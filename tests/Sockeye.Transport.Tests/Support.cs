using System.Text;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Xunit;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Sockeye.Transport.Tests;

/// <summary>The buffers and frames that are out when it is made; the same number must be out at the end.</summary>
internal sealed class BufferBalance
{
    private readonly long _out = BufferCounters.Rented - BufferCounters.Returned;

    public void AssertRestored() => Assert.Equal(_out, BufferCounters.Rented - BufferCounters.Returned);
}

/// <summary>Base of tests that move buffers: whatever a test borrows must be back at its end.</summary>
public abstract class BufferTest : IDisposable
{
    private readonly BufferBalance _balance = new();

    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        _balance.AssertRestored();
    }
}

/// <summary>A handler made of lambdas, with a record of what it has seen.</summary>
internal sealed class TestHandler : ChannelHandlerAdapter
{
    public StringBuilder Received { get; } = new();

    public List<string> Events { get; } = [];

    public Action<IChannelHandlerContext, IByteBuffer>? OnRead { get; init; }

    public Action<IChannelHandlerContext>? OnReadComplete { get; init; }

    public Action<IChannelHandlerContext>? OnActive { get; init; }

    public Action<IChannelHandlerContext>? OnWritable { get; init; }

    public Action<IChannelHandlerContext>? OnInactive { get; init; }

    public IChannel? Channel { get; private set; }

    public override void ChannelActive(IChannelHandlerContext context)
    {
        Channel = context.Channel;
        Events.Add("active");
        OnActive?.Invoke(context);
        context.FireChannelActive();
    }

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        var buffer = (IByteBuffer)message;
        Received.Append(Encoding.UTF8.GetString(buffer.Array, buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes));
        try
        {
            OnRead?.Invoke(context, buffer);
        }
        finally
        {
            buffer.Release();
        }
    }

    public override void ChannelReadComplete(IChannelHandlerContext context)
    {
        OnReadComplete?.Invoke(context);
        context.FireChannelReadComplete();
    }

    public override void ChannelInactive(IChannelHandlerContext context)
    {
        Events.Add("inactive");
        OnInactive?.Invoke(context);
        context.FireChannelInactive();
    }

    public override void ChannelWritabilityChanged(IChannelHandlerContext context)
    {
        Events.Add("writability");
        OnWritable?.Invoke(context);
        context.FireChannelWritabilityChanged();
    }

    public override void ExceptionCaught(IChannelHandlerContext context, Exception exception) => Events.Add("exception " + exception.Message);

    /// <summary>Writes text from a borrowed buffer, as the engine does it.</summary>
    public static void Write(IChannelHandlerContext context, ReadOnlySpan<byte> bytes)
    {
        var buffer = context.Channel.Loop().RentBuffer(bytes.Length);
        bytes.CopyTo(buffer.Array.AsSpan(buffer.ArrayOffset));
        buffer.SetWriterIndex(bytes.Length);
        context.WriteAsync(buffer);
    }

    /// <summary>Writes back what was read, and flushes.</summary>
    public static void Echo(IChannelHandlerContext context, IByteBuffer buffer)
    {
        Write(context, buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes));
        context.Flush();
    }
}
