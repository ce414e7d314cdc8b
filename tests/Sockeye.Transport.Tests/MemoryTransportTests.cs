using System.Net;
using System.Text;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Channels;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class MemoryTransportTests : BufferTest
{
    private static readonly IPEndPoint s_any = new(IPAddress.Loopback, 0);
    private readonly MemoryTransport _transport = new(loops: 3);

    public override void Dispose()
    {
        _transport.StopAsync();
        base.Dispose();
    }

    private MemoryPeer Connect(TestHandler handler, int loop = 0)
    {
        _transport.ListenAsync(s_any, channel => channel.Pipeline.AddLast(handler));
        return _transport.Connect(loop: loop);
    }

    [Fact]
    public void What_is_sent_comes_back()
    {
        var peer = Connect(new TestHandler { OnRead = TestHandler.Echo });
        peer.Send("hello"u8);
        Assert.Empty(peer.Receive());
        _transport.RunUntilIdle();
        Assert.Equal("hello"u8, peer.Receive());
    }

    [Fact]
    public void Back_pressure_begins_with_a_stopped_reader_and_ends_with_one_event()
    {
        TestHandler handler = new() { OnRead = TestHandler.Echo };
        var peer = Connect(handler);
        peer.StopReading = true;
        peer.Send("abc"u8);
        _transport.RunUntilIdle();
        Assert.False(handler.Channel!.IsWritable);
        Assert.Equal(3, handler.Channel!.PendingWriteBytes());
        peer.StopReading = false;
        _transport.RunUntilIdle();
        Assert.True(handler.Channel!.IsWritable);
        Assert.Equal(0, handler.Channel!.PendingWriteBytes());
        Assert.Equal(["active", "writability"], handler.Events);
        Assert.Equal("abc"u8, peer.Receive());
    }

    [Fact]
    public void A_window_lets_through_what_fits_and_the_rest_follows_in_order()
    {
        var peer = Connect(new TestHandler { OnRead = TestHandler.Echo });
        peer.WindowBytes = 10;
        peer.Send("0123456789abcdefghijklmn"u8);
        StringBuilder got = new();
        for (var i = 0; i < 3; i++)
        {
            _transport.RunUntilIdle();
            Assert.InRange(peer.Available, 1, 10);
            got.Append(Encoding.ASCII.GetString(peer.Receive()));
        }

        Assert.Equal("0123456789abcdefghijklmn", got.ToString());
    }

    [Fact]
    public void What_is_sent_directly_keeps_its_order_with_what_was_written()
    {
        TestHandler handler = new()
        {
            OnRead = (context, _) =>
            {
                Assert.True(context.Channel.CanSendDirectly(context));
                TestHandler.Write(context, "ab"u8);
                context.Channel.SendDirectly("cdef"u8);
                context.Channel.SendDirectly("gh"u8);
                TestHandler.Write(context, "ij"u8);
                context.Flush();
            },
        };
        var peer = Connect(handler);
        peer.WindowBytes = 4;
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        Assert.Equal(6, handler.Channel!.PendingWriteBytes());
        StringBuilder got = new();
        for (var i = 0; i < 3; i++)
        {
            got.Append(Encoding.ASCII.GetString(peer.Receive()));
            _transport.RunUntilIdle();
        }

        Assert.Equal("abcdefghij", got.ToString());
        Assert.Equal(0, handler.Channel!.PendingWriteBytes());
    }

    [Fact]
    public void What_is_sent_directly_needs_no_buffer_while_the_peer_reads()
    {
        var rented = BufferCounters.Rented;
        TestHandler handler = new()
        {
            OnRead = (context, _) =>
            {
                var room = context.Channel.SendBuffer();
                room[..100].Fill((byte)'a');
                context.Channel.SendDirectly(room[..100]);
            },
        };
        var peer = Connect(handler);
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        Assert.Equal(100, peer.Receive().Length);
        Assert.Equal(rented, BufferCounters.Rented);
    }

    [Fact]
    public void Nothing_is_sent_directly_once_the_channel_is_closing()
    {
        TestHandler handler = new() { OnRead = (context, _) => { context.CloseAsync(); context.Channel.SendDirectly("late"u8); } };
        var peer = Connect(handler);
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        Assert.Empty(peer.Receive());
    }

    [Fact]
    public void Only_a_handler_with_none_in_front_of_it_may_send_directly()
    {
        var may = new List<bool>();
        void Ask(IChannelHandlerContext context) => may.Add(context.Channel.CanSendDirectly(context));
        _transport.ListenAsync(s_any, channel => channel.Pipeline.AddLast(new TestHandler { OnActive = Ask }, new TestHandler { OnActive = Ask }));
        _transport.Connect();
        _transport.RunUntilIdle();
        Assert.Equal([true, false], may);
    }

    [Fact]
    public void After_a_half_close_what_the_turn_end_writes_still_leaves()
    {
        TestHandler handler = new()
        {
            OnRead = (context, _) => context.Channel.Loop().AtTurnEnd(new AtEnd(() => TestHandler.Echo(context, DotNetty.Buffers.Unpooled.WrappedBuffer("bye"u8.ToArray())))),
        };
        var peer = Connect(handler);
        peer.Send("x"u8);
        peer.HalfClose();
        _transport.RunUntilIdle();
        Assert.Equal("bye"u8, peer.Receive());
        Assert.True(peer.IsClosed);
        Assert.False(peer.IsReset);
        Assert.Equal(["active", "inactive"], handler.Events);
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void A_reset_ends_the_channel_without_an_exception()
    {
        TestHandler handler = new();
        var peer = Connect(handler);
        _transport.RunUntilIdle();
        peer.Reset();
        _transport.RunUntilIdle();
        Assert.Equal(["active", "inactive"], handler.Events);
        Assert.Equal(0, _transport.ConnectionCount);
        Assert.Equal(1, _transport.Loops[0].Counters.Resets);
    }

    [Fact]
    public void Writing_to_a_closed_peer_ends_the_channel()
    {
        TestHandler handler = new() { OnActive = context => { TestHandler.Write(context, "late"u8); context.Flush(); } };
        var peer = Connect(handler);
        peer.Close();
        _transport.RunUntilIdle();
        Assert.Equal(["active", "inactive"], handler.Events);
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void Closing_lets_pending_output_leave_first()
    {
        TestHandler handler = new() { OnRead = (context, buffer) => { TestHandler.Write(context, "last words"u8); context.CloseAsync(); } };
        var peer = Connect(handler);
        peer.WindowBytes = 4;
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        Assert.False(peer.IsClosed);
        Assert.Equal("last"u8, peer.Receive());
        peer.WindowBytes = 100;
        _transport.RunUntilIdle();
        Assert.Equal(" words"u8, peer.Receive());
        Assert.True(peer.IsClosed);
        Assert.Equal(["active", "inactive"], handler.Events);
    }

    [Fact]
    public void A_closing_channel_whose_peer_takes_nothing_is_aborted_when_its_time_is_up_and_not_before()
    {
        TestHandler handler = new() { OnRead = (context, buffer) => { TestHandler.Write(context, "last words"u8); context.CloseAsync(); } };
        var peer = Connect(handler);
        peer.StopReading = true;
        peer.Send("x"u8);
        _transport.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.False(peer.IsClosed);
        Assert.Equal(["active"], handler.Events);
        _transport.Advance(TimeSpan.FromTicks(1));
        Assert.True(peer.IsReset);
        Assert.Equal(["active", "inactive"], handler.Events);
    }

    [Fact]
    public void A_closing_channel_whose_peer_takes_a_little_within_each_time_is_not_aborted()
    {
        TestHandler handler = new() { OnRead = (context, _) => { TestHandler.Write(context, new byte[1000]); context.CloseAsync(); } };
        var peer = Connect(handler);
        peer.WindowBytes = 300;
        peer.RoomToTell = 100;
        peer.Send("x"u8);
        var received = 0;
        for (var i = 0; i < 40; i++)
        {
            _transport.Advance(TimeSpan.FromSeconds(4.9));
            received += peer.Receive(25).Length;
        }

        Assert.Equal(1000, received);
        Assert.False(peer.IsReset);
    }

    [Fact]
    public void A_closed_channel_waits_a_second_for_the_peers_end_and_throws_away_what_comes()
    {
        TestHandler handler = new() { OnRead = (context, _) => context.CloseAsync() };
        var peer = Connect(handler);
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        Assert.True(peer.IsClosed);
        peer.Send("more"u8);
        _transport.RunUntilIdle();
        Assert.Equal("x", handler.Received.ToString());
        Assert.Equal(1, _transport.ConnectionCount);
        peer.Close();
        _transport.RunUntilIdle();
        Assert.Equal(0, _transport.ConnectionCount);
        Assert.Equal(["active", "inactive"], handler.Events);
    }

    [Fact]
    public void What_is_written_to_a_channel_that_closes_or_has_closed_gives_its_buffer_back()
    {
        TestHandler handler = new() { OnRead = (context, _) => { context.CloseAsync(); TestHandler.Write(context, "late"u8); } };
        var peer = Connect(handler);
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        peer.Close();
        _transport.RunUntilIdle();
        Assert.Equal(0, _transport.ConnectionCount);
        _transport.Loops[0].Post(_ => { _ = peer.Channel.WriteAsync(_transport.Loops[0].RentBuffer(10).WriteByte(1)); }, null);
        _transport.RunUntilIdle();
        Assert.Empty(peer.Receive());
    }

    [Fact]
    public void A_write_of_nothing_gives_its_buffer_back()
    {
        var peer = Connect(new TestHandler { OnRead = (context, _) => TestHandler.Write(context, []) });
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        Assert.Empty(peer.Receive());
    }

    [Fact]
    public void What_another_thread_writes_after_the_end_of_the_loop_gives_its_buffer_back()
    {
        var peer = Connect(new TestHandler());
        _transport.RunUntilIdle();
        _transport.StopAsync();
        peer.Channel.Unsafe.WriteAsync(_transport.Loops[0].RentBuffer(10).WriteByte(1));
        Assert.Empty(peer.Receive());
    }

    [Fact]
    public void A_channel_whose_input_has_ended_ends_also_when_it_moves_and_reads_no_more()
    {
        TestHandler handler = new()
        {
            OnActive = context => context.Channel.Configuration.AutoRead = false,
            OnReadComplete = context =>
            {
                context.Channel.MoveTo(_transport.Loops[1], _ => { });
                context.Channel.Configuration.AutoRead = false;
            },
        };
        var peer = Connect(handler);
        peer.Send("x"u8);
        peer.HalfClose();
        _transport.RunUntilIdle();
        _transport.Loops[0].Post(_ => handler.Channel!.Configuration.AutoRead = true, null);        // both are read in one go
        _transport.RunUntilIdle();
        Assert.Equal(["active", "inactive"], handler.Events);
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void A_paused_channel_reads_nothing_and_goes_on_where_it_stopped()
    {
        TestHandler handler = new() { OnRead = (context, buffer) => context.Channel.Configuration.AutoRead = false };
        var peer = Connect(handler);
        peer.Send("one"u8);
        _transport.RunUntilIdle();
        peer.Send("two"u8);
        _transport.RunUntilIdle();
        Assert.Equal("one", handler.Received.ToString());
        handler.Channel!.Read();
        _transport.RunUntilIdle();
        Assert.Equal("onetwo", handler.Received.ToString());
        peer.Send("three"u8);
        _transport.RunUntilIdle();
        Assert.Equal("onetwo", handler.Received.ToString());
        handler.Channel!.Configuration.AutoRead = true;
        _transport.RunUntilIdle();
        Assert.Equal("onetwothree", handler.Received.ToString());
    }

    [Fact]
    public void A_reset_reaches_a_paused_channel()
    {
        TestHandler handler = new() { OnActive = context => context.Channel.Configuration.AutoRead = false };
        var peer = Connect(handler);
        _transport.RunUntilIdle();
        peer.Reset();
        _transport.RunUntilIdle();
        Assert.Equal(["active", "inactive"], handler.Events);
    }

    [Fact]
    public void A_channel_moved_from_inside_its_handler_reads_on_at_the_other_loop()
    {
        List<(string, int)> seen = [];
        int Running() => _transport.ManualLoops.Single(loop => loop.InEventLoop).Index;
        TestHandler handler = new()
        {
            OnRead = (context, buffer) =>
            {
                seen.Add((Encoding.ASCII.GetString(buffer.Array, 0, buffer.ReadableBytes), Running()));
                if (seen.Count == 1)
                {
                    context.Channel.MoveTo(_transport.Loops[2], channel => seen.Add(("arrived", Running())));
                }
            },
        };
        var peer = Connect(handler, loop: 1);
        peer.Send("one"u8);
        _transport.ManualLoops[1].RunUntilIdle();
        peer.Send("two"u8);
        _transport.RunUntilIdle();
        Assert.Equal([("one", 1), ("arrived", 2), ("two", 2)], seen);
        Assert.Same(_transport.Loops[2], handler.Channel!.Loop());
        peer.Close();
        _transport.RunUntilIdle();
        Assert.Equal(["active", "inactive"], handler.Events);
    }

    [Fact]
    public void A_channel_moves_to_loops_of_its_own_transport_only()
    {
        MemoryTransport other = new();
        Exception? refused = null;
        TestHandler handler = new() { OnActive = context => refused = Record.Exception(() => context.Channel.MoveTo(other.Loops[0], _ => { })) };
        Connect(handler);
        _transport.RunUntilIdle();
        Assert.IsType<ArgumentException>(refused);
    }

    [Fact]
    public void A_channel_closed_on_its_way_never_arrives_and_its_end_is_told_once()
    {
        var arrived = false;
        TestHandler handler = new()
        {
            OnRead = (context, buffer) =>
            {
                context.Channel.MoveTo(_transport.Loops[1], _ => arrived = true);
                TestHandler.Write(context, "bye"u8);
                context.CloseAsync();
            },
        };
        var peer = Connect(handler);
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        peer.Close();
        _transport.RunUntilIdle();
        Assert.False(arrived);
        Assert.Equal("bye"u8, peer.Receive());
        Assert.Equal(["active", "inactive"], handler.Events);
        Assert.Equal(0, _transport.ConnectionCount);
    }

    [Fact]
    public void A_peer_that_never_stops_sending_lets_the_others_in_after_sixteen_reads()
    {
        List<string> reads = [];
        MemoryPeer Start(string name) => Connect(new TestHandler { OnRead = (_, _) => reads.Add(name) });
        var greedy = Start("greedy");
        _transport.RunUntilIdle();
        _transport.ListenAsync(s_any, channel => channel.Pipeline.AddLast(new TestHandler { OnRead = (_, _) => reads.Add("modest") }));
        var modest = _transport.Connect(new IPEndPoint(IPAddress.Loopback, 1026));
        _transport.RunUntilIdle();
        greedy.Send(new byte[17 * 64 * 1024]);
        modest.Send("x"u8);
        _transport.RunUntilIdle();
        Assert.Equal(16, reads.IndexOf("modest"));
        Assert.Equal(18, reads.Count);
    }

    [Fact]
    public void Output_that_is_pending_moves_along()
    {
        TestHandler handler = new()
        {
            OnRead = (context, buffer) =>
            {
                TestHandler.Echo(context, buffer);
                context.Channel.MoveTo(_transport.Loops[1], channel => TestHandler.Write(channel.Pipeline.FirstContext(), "!"u8));
            },
        };
        var peer = Connect(handler);
        peer.StopReading = true;
        peer.Send("one"u8);
        _transport.RunUntilIdle();
        peer.StopReading = false;
        handler.Channel!.Flush();
        _transport.RunUntilIdle();
        Assert.Equal("one!"u8, peer.Receive());
    }

    [Fact]
    public void A_buffer_that_a_handler_keeps_is_not_read_over()
    {
        DotNetty.Buffers.IByteBuffer? kept = null;
        var peer = Connect(new TestHandler { OnRead = (_, buffer) => kept ??= (DotNetty.Buffers.IByteBuffer)buffer.Retain() });
        peer.Send("one"u8);
        _transport.RunUntilIdle();
        peer.Send("two"u8);
        _transport.RunUntilIdle();
        Assert.Equal("one", kept!.ToString(Encoding.ASCII));
        Assert.NotEqual(BufferCounters.Rented, BufferCounters.Returned);
        kept.Release();
    }

    [Fact]
    public void Aborting_resets_the_peer_and_drops_what_is_pending()
    {
        TestHandler handler = new() { OnRead = TestHandler.Echo };
        var peer = Connect(handler);
        peer.StopReading = true;
        peer.Send("abc"u8);
        _transport.RunUntilIdle();
        handler.Channel!.Abort();
        _transport.RunUntilIdle();
        Assert.True(peer.IsReset);
        Assert.Equal(0, handler.Channel!.PendingWriteBytes());
        Assert.Equal(["active", "inactive"], handler.Events);
    }

    [Fact]
    public void An_await_in_a_handler_comes_back_to_the_loop()
    {
        bool? back = null;
        TaskCompletionSource elsewhere = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TestHandler handler = new()
        {
            OnRead = async (context, _) =>
            {
                await elsewhere.Task;
                back = context.Channel.Loop().InEventLoop;
            },
        };
        var peer = Connect(handler);
        peer.Send("x"u8);
        _transport.RunUntilIdle();
        Assert.Null(back);
        elsewhere.SetResult();
        Assert.True(_transport.RunUntil(() => back is not null));
        Assert.True(back);
    }

    [Fact]
    public async Task Listening_twice_on_one_port_is_an_error_that_names_it()
    {
        var first = await _transport.ListenAsync(s_any, _ => { });
        var error = await Assert.ThrowsAsync<IOException>(() => _transport.ListenAsync(first.EndPoint, _ => { }));
        Assert.Contains(first.EndPoint.ToString(), error.Message);
    }

    [Fact]
    public void A_failing_initialiser_costs_its_connection_and_nothing_else()
    {
        _transport.ListenAsync(s_any, void (_) => throw new InvalidOperationException("no"));
        var peer = _transport.Connect();
        _transport.RunUntilIdle();
        Assert.True(peer.IsClosed);
        Assert.Equal(0, _transport.ConnectionCount);
        Assert.Equal(1, _transport.Loops[0].Counters.Faults);
    }

    [Fact]
    public void A_logger_that_throws_ends_no_loop()
    {
        var transport = new MemoryTransport(1, new TransportOptions { LoggerFactory = new FailingLoggers() });
        var goesOn = false;
        transport.Loops[0].Post(void (_) => throw new InvalidOperationException("logged"), null);
        transport.Loops[0].Post(_ => goesOn = true, null);
        transport.RunUntilIdle();
        Assert.True(goesOn);
        Assert.Equal(1, transport.Loops[0].Counters.Faults);
        Assert.Equal(1, Assert.IsType<GuardedLogger>(transport.Settings.Logger).Failures);
    }

    private sealed class FailingLoggers : Microsoft.Extensions.Logging.ILoggerFactory, Microsoft.Extensions.Logging.ILogger
    {
        public void AddProvider(Microsoft.Extensions.Logging.ILoggerProvider provider)
        {
        }

        public Microsoft.Extensions.Logging.ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("The disk is full.");

        public void Dispose()
        {
        }
    }
}

internal sealed class AtEnd(Action action, Action? ahead = null) : ITurnEnd
{
    public void OnTurnEnd() => action();

    public void Prefetch() => ahead?.Invoke();
}
