using System.Net;
using System.Text;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class DirectHandlerTests : BufferTest
{
    private readonly MemoryTransport _transport = new();

    public override void Dispose()
    {
        _transport.StopAsync();
        base.Dispose();
    }

    [Fact]
    public void A_handler_that_takes_over_hears_the_rest_of_the_connection_and_its_predecessor_nothing()
    {
        TestHandler first = new();
        var peer = Connect(first);
        Direct direct = new() { Channel = peer.Channel };
        peer.Send("one"u8);
        _transport.RunUntilIdle();
        Assert.True(peer.Channel.TryTakeOver(first, direct));
        peer.StopReading = true;
        peer.Send("two"u8);
        _transport.RunUntilIdle();
        Assert.False(peer.Channel.IsWritable);
        peer.StopReading = false;
        peer.HalfClose();
        _transport.RunUntilIdle();
        Assert.Equal("one", first.Received.ToString());
        Assert.Equal(["active"], first.Events);
        Assert.Equal(["read two", "writable", "inactive"], direct.Events);
        Assert.Equal("two"u8, peer.Receive());
    }

    [Fact]
    public void A_pipeline_that_holds_more_is_not_taken_over()
    {
        TestHandler other = new();
        TestHandler first = new();
        var peer = Connect(other, first);
        _transport.RunUntilIdle();
        Assert.False(peer.Channel.TryTakeOver(first, new Direct()));
        Assert.False(peer.Channel.TryTakeOver(other, new Direct()));
        Assert.Same(first, peer.Channel.Pipeline.Last());
    }

    [Fact]
    public void Who_asks_for_the_pipeline_of_a_channel_that_was_taken_over_finds_the_handler_in_it()
    {
        Direct direct = new();
        var peer = ConnectDirectly(direct);
        TestHandler before = new();
        IChannelPipeline? pipeline = null;
        peer.Channel.Loop().Post(_ => pipeline = peer.Channel.Pipeline.AddFirst(before), null);
        peer.Send("b"u8);
        _transport.RunUntilIdle();
        Assert.Same(direct, pipeline!.Get("direct"));
        Assert.True(direct.WasFirst);
        Assert.Equal("b", before.Received.ToString());
        peer.Close();
        _transport.RunUntilIdle();
        Assert.Equal(["read a", "inactive"], direct.Events);
    }

    [Fact]
    public void What_a_direct_handler_throws_comes_back_to_it()
    {
        Direct direct = new() { Fault = new InvalidOperationException("broken") };
        _ = ConnectDirectly(direct);
        Assert.Equal(["read a", "failed broken"], direct.Events);
    }

    /// <summary>A channel that the handler has taken over, and that has read "a" since.</summary>
    private MemoryPeer ConnectDirectly(Direct direct)
    {
        TestHandler first = new();
        var peer = Connect(first);
        _transport.RunUntilIdle();
        Assert.True(peer.Channel.TryTakeOver(first, direct));
        peer.Send("a"u8);
        _transport.RunUntilIdle();
        return peer;
    }

    private MemoryPeer Connect(params TestHandler[] handlers)
    {
        _transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0), channel => channel.Pipeline.AddLast([.. handlers]));
        return _transport.Connect();
    }

    /// <summary>Echoes, and notes what it hears.</summary>
    private sealed class Direct : ChannelHandlerAdapter, IDirectHandler
    {
        public List<string> Events { get; } = [];

        public Exception? Fault { get; init; }

        /// <summary>Where it echoes; null: nowhere.</summary>
        public IChannel? Channel { get; init; }

        /// <summary>Whether it was the first of the pipeline into which it came.</summary>
        public bool WasFirst { get; private set; }

        string IDirectHandler.Name => "direct";

        public override void HandlerAdded(IChannelHandlerContext context) => WasFirst = context.Channel.CanSendDirectly(context);

        void IDirectHandler.OnRead(IByteBuffer buffer)
        {
            Events.Add("read " + Encoding.UTF8.GetString(buffer.Array, buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes));
            if (Fault is not null)
            {
                buffer.Release();
                throw Fault;
            }

            if (Channel is null)
            {
                buffer.Release();
            }

            else
            {
                Channel.WriteAndFlushAsync(buffer);
            }
        }

        void IDirectHandler.OnWritable() => Events.Add("writable");

        void IDirectHandler.OnInactive() => Events.Add("inactive");

        void IDirectHandler.OnFailed(Exception exception) => Events.Add("failed " + exception.Message);

        public override void ChannelInactive(IChannelHandlerContext context) => Events.Add("inactive");
    }
}
