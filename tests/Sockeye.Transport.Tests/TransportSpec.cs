using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>What every transport over real sockets has to do. Each implementation inherits it; what one cannot do is a capability that it asserts.</summary>
public abstract partial class TransportSpec : IAsyncLifetime
{
    private protected static readonly IPEndPoint Loopback = new(IPAddress.Loopback, 0);
    private readonly BufferBalance _balance = new();
    private readonly List<Socket> _clients = [];

    private protected SocketTransport Transport { get; private set; } = null!;

    private protected abstract TransportKind Kind { get; }

    private protected ConcurrentQueue<TestHandler> Handlers { get; } = new();

    private protected virtual TransportOptions Options => new() { Kind = Kind, LoopCount = 1 };

    public ValueTask InitializeAsync()
    {
        Transport = SocketTransport.Create(Options);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await Transport.DisposeAsync();
        Assert.Equal(0, Transport.ConnectionCount);
        Assert.Equal(0, Transport.Loops.Sum(loop => loop.Counters.Faults));
        _balance.AssertRestored();
        GC.SuppressFinalize(this);
    }

    private protected async Task<ITransportListener> Listen(Func<TestHandler> handler, IPEndPoint? endPoint = null) =>
        await Transport.ListenAsync(endPoint ?? Loopback, channel =>
        {
            var created = handler();
            Handlers.Enqueue(created);
            channel.Pipeline.AddLast(created);
        });

    private protected async Task<Socket> Connect(ITransportListener listener, int receiveBuffer = 0)
    {
        Socket client = new(listener.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        lock (_clients)
        {
            _clients.Add(client);
        }

        if (receiveBuffer > 0)
        {
            client.ReceiveBufferSize = receiveBuffer;
        }

        await client.ConnectAsync(listener.EndPoint).WaitAsync(Wait.Limit);
        return client;
    }

    private protected static async Task Send(Socket client, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await client.SendAsync(bytes).AsTask().WaitAsync(Wait.Limit)..];
        }
    }

    private protected static async Task<byte[]> Receive(Socket client, int count)
    {
        var bytes = new byte[count];
        for (var got = 0; got < count;)
        {
            var n = await client.ReceiveAsync(bytes.AsMemory(got)).AsTask().WaitAsync(Wait.Limit);
            if (n == 0)
            {
                Assert.Fail($"The connection ended after {got} of {count} bytes.");
            }

            got += n;
        }

        return bytes;
    }

    private protected static async Task<string> ReceiveText(Socket client, int count) => Encoding.ASCII.GetString(await Receive(client, count));

    private protected static async Task<byte[]> ReceiveToEnd(Socket client)
    {
        MemoryStream all = new();
        var bytes = new byte[64 * 1024];
        int n;
        while ((n = await client.ReceiveAsync(bytes.AsMemory()).AsTask().WaitAsync(Wait.Limit)) > 0)
        {
            all.Write(bytes, 0, n);
        }

        return all.ToArray();
    }

    private protected async Task<TestHandler> Handler()
    {
        await Wait.Until(Transport.Loops[0], () => Handlers.TryPeek(out var handler) && handler.Channel is not null, "a channel");
        Handlers.TryPeek(out var first);
        return first!;
    }

    private protected Task UntilClosed(TestHandler handler) => Wait.Until(Transport.Loops[0], () => handler.Events.Contains("inactive"), "the end of the channel");

    private protected static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)((i * 31) + (i >> 8));
        }

        return bytes;
    }

    [Fact]
    public async Task Data_and_the_end_that_arrive_together_while_the_loop_is_busy_are_both_seen()
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TestHandler handler = new() { OnInactive = _ => ended.SetResult() };
        var listener = await Listen(() => handler);
        var client = await Connect(listener);
        await Wait.Until(Transport.Loops[0], () => handler.Channel is not null, "the connection");
        using ManualResetEventSlim busy = new(), done = new();
        Transport.Loops[0].Post(_ => { busy.Set(); done.Wait(Wait.Limit); }, null);
        Assert.True(busy.Wait(Wait.Limit));
        await Send(client, "last words"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        done.Set();
        await ended.Task.WaitAsync(Wait.Limit);
        Assert.Equal("last words", handler.Received.ToString());
    }

    [Fact]
    public async Task A_loop_and_its_thread_have_the_name_that_the_options_say()
    {
        var options = Options;
        options.LoopName = "sockeye-other";
        await using var other = SocketTransport.Create(options);
        foreach (var (transport, name) in new[] { (Transport, "sockeye-loop-0"), (other, "sockeye-other-0") })
        {
            TaskCompletionSource<string?> thread = new(TaskCreationOptions.RunContinuationsAsynchronously);
            transport.Loops[0].Post(_ => thread.SetResult(Thread.CurrentThread.Name), null);
            Assert.Equal(name, await thread.Task.WaitAsync(Wait.Limit));
            Assert.Equal(name, transport.Loops[0].Name);
        }
    }

    [Fact]
    public async Task What_is_sent_comes_back()
    {
        var client = await Connect(await Listen(() => new TestHandler { OnRead = TestHandler.Echo }));
        for (var i = 0; i < 20; i++)
        {
            await Send(client, Encoding.ASCII.GetBytes("hello " + i));
            Assert.Equal("hello " + i, await ReceiveText(client, ("hello " + i).Length));
        }
    }

    [Fact]
    public async Task What_arrives_can_be_changed_in_place()
    {
        var client = await Connect(await Listen(() => new TestHandler
        {
            OnRead = (context, buffer) =>
            {
                Assert.True(buffer.HasArray);
                buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes).Reverse();
                TestHandler.Echo(context, buffer);
            },
        }));
        await Send(client, "abc"u8.ToArray());
        Assert.Equal("cba", await ReceiveText(client, 3));
    }

    [Fact]
    public async Task The_pieces_of_one_read_leave_in_their_order()
    {
        var client = await Connect(await Listen(() => new TestHandler
        {
            OnRead = (context, buffer) =>
            {
                for (var i = 0; i < buffer.ReadableBytes; i++)
                {
                    TestHandler.Write(context, [buffer.GetByte(buffer.ReaderIndex + i), (byte)'-']);
                }
            },
            OnReadComplete = context => context.Flush(),
        }));
        await Send(client, "0123456789abcdefghijklmnopqrstuvwxyz"u8.ToArray());
        Assert.Equal("0-1-2-3-4-5-6-7-8-9-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t-u-v-w-x-y-z-", Encoding.ASCII.GetString(await Receive(client, 72)));
    }

    [Fact]
    public async Task Megabytes_go_both_ways_unharmed()
    {
        var client = await Connect(await Listen(() => new TestHandler { OnRead = TestHandler.Echo }));
        var sent = Pattern(4_000_000);
        var receiving = Receive(client, sent.Length);
        await Send(client, sent);
        Assert.True((await receiving).AsSpan().SequenceEqual(sent));
    }

    [Fact]
    public async Task A_stalled_reader_is_back_pressure_and_its_return_is_told()
    {
        var block = Pattern(256 * 1024);
        var blocks = 0;
        void Pump(IChannelHandlerContext context)
        {
            // Writes as long as the kernel takes it; a channel above would write for ever here if nothing pushed back.
            while (context.Channel.IsWritable && blocks < 400)
            {
                blocks++;
                context.WriteAsync(Unpooled.WrappedBuffer(block));
                context.Flush();
            }
        }

        var client = await Connect(await Listen(() => new TestHandler { OnActive = Pump, OnWritable = Pump }), receiveBuffer: 64 * 1024);
        var handler = await Handler();
        await Wait.Until(Transport.Loops[0], () => !handler.Channel!.IsWritable, "back-pressure");
        Assert.InRange(await Wait.On(Transport.Loops[0], () => handler.Channel!.PendingWriteBytes()), 1, block.Length);
        Assert.True(blocks < 400);
        for (var got = 0; got < 400; got++)
        {
            Assert.True((await Receive(client, block.Length)).AsSpan().SequenceEqual(block));
        }

        await Wait.Until(Transport.Loops[0], () => handler.Channel!.PendingWriteBytes() == 0 && handler.Channel!.IsWritable, "the drained channel");
        Assert.Contains("writability", handler.Events);
    }

    [Fact]
    public async Task What_a_peer_acknowledges_shows_before_the_kernel_asks_for_more()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Only Linux tells.");
        }

        var client = await Connect(await Listen(() => new TestHandler { OnActive = context => { TestHandler.Write(context, Pattern(8_000_000)); context.Flush(); } }), receiveBuffer: 64 * 1024);
        var handler = await Handler();
        await Wait.Until(Transport.Loops[0], () => !handler.Channel!.IsWritable && handler.Channel.UnacknowledgedBytes() > 300_000, "back-pressure");
        int Unacknowledged() => handler.Channel!.UnacknowledgedBytes();
        var before = await Wait.On(Transport.Loops[0], Unacknowledged);
        var pending = await Wait.On(Transport.Loops[0], () => handler.Channel!.PendingWriteBytes());
        await Receive(client, 200_000);
        await Wait.Until(Transport.Loops[0], () => Unacknowledged() < before, "what was acknowledged");
        Assert.Equal(pending, await Wait.On(Transport.Loops[0], () => handler.Channel!.PendingWriteBytes()));
        client.Dispose();
        await UntilClosed(handler);
        Assert.Equal(-1, await Wait.On(Transport.Loops[0], Unacknowledged));
    }

    [Fact]
    public async Task After_a_half_close_the_last_reply_still_leaves()
    {
        var client = await Connect(await Listen(() => new TestHandler
        {
            OnRead = (context, buffer) =>
            {
                var reply = Encoding.ASCII.GetBytes("reply to " + buffer.ToString(Encoding.ASCII));
                context.Channel.Loop().AtTurnEnd(new AtEnd(() => { TestHandler.Write(context, reply); context.Flush(); }));
            },
        }));
        await Send(client, "you"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("reply to you", Encoding.ASCII.GetString(await ReceiveToEnd(client)));
        var handler = await Handler();
        await UntilClosed(handler);
        Assert.Equal(["active", "inactive"], handler.Events);
    }

    [Fact]
    public async Task After_a_half_close_megabytes_that_are_pending_still_leave()
    {
        var reply = Pattern(20_000_000);
        var client = await Connect(await Listen(() => new TestHandler
        {
            OnRead = (context, _) =>
            {
                context.WriteAsync(Unpooled.WrappedBuffer(reply));
                context.Flush();
            },
        }));
        await Send(client, "x"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        Assert.True((await ReceiveToEnd(client)).AsSpan().SequenceEqual(reply));
    }

    [Fact]
    public async Task A_reset_by_the_peer_ends_the_channel_and_is_no_exception()
    {
        var listener = await Listen(() => new TestHandler { OnRead = TestHandler.Echo });
        var client = await Connect(listener);
        await Send(client, "x"u8.ToArray());
        await Receive(client, 1);
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        var handler = await Handler();
        await UntilClosed(handler);
        Assert.Equal(["active", "inactive"], handler.Events);
    }

    [Fact]
    public async Task An_abort_is_a_reset_for_the_peer()
    {
        var client = await Connect(await Listen(() => new TestHandler { OnRead = (context, _) => context.Channel.Abort() }));
        await Send(client, "x"u8.ToArray());
        var error = await Assert.ThrowsAsync<SocketException>(() => ReceiveToEnd(client));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await UntilClosed(await Handler());
    }

    [Fact]
    public async Task Closing_lets_megabytes_that_are_pending_leave_first()
    {
        var last = Pattern(20_000_000);
        var client = await Connect(await Listen(() => new TestHandler
        {
            OnRead = (context, _) =>
            {
                context.WriteAsync(Unpooled.WrappedBuffer(last));
                context.CloseAsync();
            },
        }));
        await Send(client, "x"u8.ToArray());
        Assert.True((await ReceiveToEnd(client)).AsSpan().SequenceEqual(last));
        await UntilClosed(await Handler());
    }

    [Fact]
    public async Task A_burst_of_connections_is_accepted_and_served()
    {
        var listener = await Listen(() => new TestHandler { OnRead = TestHandler.Echo });
        var clients = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => Connect(listener)));
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            var mine = Encoding.ASCII.GetBytes("client " + i);
            await Send(client, mine);
            Assert.Equal(mine, await Receive(client, mine.Length));
        }));
        Assert.Equal(500, Transport.ConnectionCount);
        Assert.Equal(500, Transport.Loops.Sum(loop => loop.Counters.Accepted));
    }

    [Fact]
    public async Task A_paused_channel_leaves_the_bytes_to_the_kernel_and_reads_them_later()
    {
        var client = await Connect(await Listen(() => new TestHandler { OnRead = (context, _) => context.Channel.Configuration.AutoRead = false }));
        await Send(client, "one"u8.ToArray());
        var handler = await Handler();
        await Wait.Until(Transport.Loops[0], () => handler.Received.Length == 3, "the first read");
        await Send(client, "two"u8.ToArray());
        var other = await Connect((await Listen(() => new TestHandler { OnRead = TestHandler.Echo })));
        await Send(other, "x"u8.ToArray());
        await Receive(other, 1);
        Assert.Equal("one", await Wait.On(Transport.Loops[0], () => handler.Received.ToString()));
        await Wait.On(Transport.Loops[0], () => handler.Channel!.Configuration.AutoRead = true);
        await Wait.Until(Transport.Loops[0], () => handler.Received.ToString() == "onetwo", "the second read");
    }

    [Fact]
    public async Task A_taken_port_is_an_error_that_names_the_end_point()
    {
        var first = await Listen(() => new TestHandler());
        var error = await Assert.ThrowsAsync<IOException>(() => Transport.ListenAsync(first.EndPoint, _ => { }));
        Assert.Equal($"Cannot listen on {first.EndPoint}: port {first.EndPoint.Port} is already in use. Choose another one (port 0 is any free one), or end the program that has it.", error.Message);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task A_foreign_address_is_an_error_that_names_the_end_point()
    {
        IPEndPoint foreign = new(IPAddress.Parse("192.0.2.1"), 4);
        var error = await Assert.ThrowsAsync<IOException>(() => Transport.ListenAsync(foreign, _ => { }));
        Assert.Equal("Cannot listen on 192.0.2.1:4: this machine has no such address. Choose one that it has, such as 127.0.0.1, or 0.0.0.0 for all of them.", error.Message);
    }

    [Fact]
    public async Task A_disposed_listener_frees_its_port_and_its_connections_live_on()
    {
        var first = await Listen(() => new TestHandler { OnRead = TestHandler.Echo });
        var client = await Connect(first);
        await Handler();
        await first.DisposeAsync();
        await Listen(() => new TestHandler(), first.EndPoint);
        await Send(client, "still here"u8.ToArray());
        Assert.Equal("still here", await ReceiveText(client, 10));
    }

    [Fact]
    public async Task Both_families_of_addresses_are_served_and_named()
    {
        var listener = await Listen(() => new TestHandler { OnRead = TestHandler.Echo }, new IPEndPoint(IPAddress.IPv6Loopback, 0));
        var client = await Connect(listener);
        await Send(client, "six"u8.ToArray());
        Assert.Equal("six", await ReceiveText(client, 3));
        Assert.Equal(client.LocalEndPoint, (await Handler()).Channel!.RemoteEndPoint());
        Assert.Equal(listener.EndPoint, (await Handler()).Channel!.LocalAddress);
        var four = await Transport.ListenAsync(Loopback, channel => channel.Pipeline.AddLast(new TestHandler
        {
            OnActive = context => TestHandler.Echo(context, Unpooled.WrappedBuffer(Encoding.ASCII.GetBytes(context.Channel.RemoteEndPoint().ToString()))),
        }));
        var other = await Connect(four);
        var name = other.LocalEndPoint!.ToString()!;
        Assert.Equal(name, Encoding.ASCII.GetString(await Receive(other, name.Length)));
    }

    [Fact]
    public async Task The_wildcard_of_version_six_takes_both_families_and_names_version_four_as_itself()
    {
        var listener = await Listen(() => new TestHandler { OnRead = TestHandler.Echo }, new IPEndPoint(IPAddress.IPv6Any, 0));
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, listener.EndPoint.Port));
        await Send(client, "four"u8.ToArray());
        Assert.Equal("four", await ReceiveText(client, 4));
        Assert.Equal(client.LocalEndPoint, (await Handler()).Channel!.RemoteEndPoint());
        client.Dispose();
    }

    [Fact]
    public async Task Work_posted_by_many_threads_runs_on_the_loop_in_each_threads_order()
    {
        var loop = Transport.Loops[0];
        List<int>[] seen = [[], [], [], []];
        var allOnLoop = true;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                var number = i;
                loop.Post(_ => { allOnLoop &= loop.InEventLoop; seen[thread].Add(number); }, null);
            }
        })));
        await Wait.Until(loop, () => seen.All(numbers => numbers.Count == 10_000), "all posted work");
        Assert.True(allOnLoop);
        Assert.All(seen, numbers => Assert.Equal(Enumerable.Range(0, 10_000), numbers));
    }

    [Fact]
    public async Task A_turn_ends_although_work_always_follows()
    {
        var loop = Transport.Loops[0];
        var posts = 0;
        TaskCompletionSource<int> postsBefore = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void Again(object? _)
        {
            // As a handler that yields again and again: what it has written waits for the end of a turn.
            if (!postsBefore.Task.IsCompleted && ++posts < 100_000)
            {
                loop.Post(Again, null);
            }
        }

        await Wait.On(loop, () =>
        {
            loop.AtTurnEnd(new AtEnd(() => postsBefore.SetResult(posts)));
            Again(null);
        });
        Assert.InRange(await postsBefore.Task.WaitAsync(Wait.Limit), 1, 10);
    }

    [Fact]
    public async Task An_await_in_a_handler_comes_back_to_the_loop()
    {
        TaskCompletionSource<bool> back = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var client = await Connect(await Listen(() => new TestHandler
        {
            OnRead = async (context, _) =>
            {
                await Task.Run(() => { });
                back.SetResult(context.Channel.Loop().InEventLoop);
            },
        }));
        await Send(client, "x"u8.ToArray());
        Assert.True(await back.Task.WaitAsync(Wait.Limit));
    }

    [Fact]
    public async Task Writing_from_another_thread_reaches_the_peer()
    {
        var client = await Connect(await Listen(() => new TestHandler()));
        var channel = (await Handler()).Channel!;
        await channel.WriteAndFlushAsync(Unpooled.WrappedBuffer("from outside"u8.ToArray())).WaitAsync(Wait.Limit);
        Assert.Equal("from outside", await ReceiveText(client, 12));
        await channel.CloseAsync().WaitAsync(Wait.Limit);
        Assert.Empty(await ReceiveToEnd(client));
    }

    [Fact]
    public async Task Due_entries_come_in_order_and_never_early()
    {
        var loop = Transport.Loops[0];
        List<(int Number, TimeSpan Due, TimeSpan Late)> ran = [];
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await Wait.On(loop, () =>
        {
            foreach (var milliseconds in new[] { 60, 20, 40, 1, 20 })
            {
                loop.DueList(TimeSpan.FromMilliseconds(milliseconds)).Add(new Due(due =>
                {
                    ran.Add((milliseconds, due, loop.Now - due));
                    if (ran.Count == 5)
                    {
                        all.SetResult();
                    }
                }));
            }
        });
        await all.Task.WaitAsync(Wait.Limit);

        // By their moments: a clock that goes on while they are added may give a short interval a later moment than a long one.
        Assert.Equal([1, 20, 20, 40, 60], ran.Select(entry => entry.Number).Order());
        Assert.Equal(ran.Select(entry => entry.Due).Order(), ran.Select(entry => entry.Due));
        Assert.All(ran, entry => Assert.True(entry.Late >= TimeSpan.Zero));
    }

    [Fact]
    public async Task A_turn_that_takes_too_long_is_counted()
    {
        var loop = Transport.Loops[0];
        using ManualResetEventSlim never = new();
        await Wait.On(loop, () =>
        {
            loop.CurrentActivity = "a handler that blocks";
            never.Wait(TimeSpan.FromMilliseconds(150));
        });
        await Wait.Until(loop, () => loop.Counters.Stalls > 0, "the stall");
    }

    [Fact]
    public async Task The_length_of_every_turn_is_counted()
    {
        var loop = Transport.Loops[0];
        await Wait.On(loop, () => { });
        await Wait.Until(loop, () => Enumerable.Range(0, TurnLengths.BucketCount).Sum(bucket => loop.Counters.TurnLengths[bucket]) > 0, "a turn");
    }

    [Fact]
    public async Task Stopping_closes_connections_and_ends_the_loops()
    {
        var client = await Connect(await Listen(() => new TestHandler()));
        var handler = await Handler();
        await Transport.StopAsync().WaitAsync(Wait.Limit);
        Assert.Empty(await ReceiveToEnd(client));
        Assert.Equal(["active", "inactive"], handler.Events);
        Assert.All(Transport.Loops, loop => Assert.True(((IEventLoop)loop).IsTerminated));
        Transport.Loops[0].Post(_ => handler.Events.Add("too late"), null);
        Assert.DoesNotContain("too late", handler.Events);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Transport.ListenAsync(Loopback, _ => { }));
    }

    [Fact]
    public async Task Scheduled_calls_run_on_the_loop_and_can_be_cancelled()
    {
        var loop = (IEventLoop)Transport.Loops[0];
        var cancelled = false;
        var task = loop.Schedule(() => cancelled = true, TimeSpan.FromMilliseconds(30));
        Assert.True(task.Cancel());
        var onLoop = false;
        await loop.ScheduleAsync(() => onLoop = loop.InEventLoop, TimeSpan.FromMilliseconds(60)).WaitAsync(Wait.Limit);
        Assert.True(onLoop);
        Assert.False(cancelled);
    }
}

internal sealed class Due(Action<TimeSpan> action) : DueEntry
{
    protected internal override void OnDue(TimeSpan due) => action(due);
}
