using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Sockeye.Shared;
using Sockeye.Transport.Transports;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed partial class NativeTransportTests : TransportSpec
{
    private protected override TransportKind Kind => TransportKind.Native;

    [Fact]
    public async Task It_is_the_default_on_linux_and_can_do_everything()
    {
        await using var standard = SocketTransport.Create(new TransportOptions());
        Assert.Equal("epoll", standard.Name);
        Assert.Equal(Environment.ProcessorCount, standard.Loops.Count);
        Assert.Equal(TransportCapabilities.MovesConnections | TransportCapabilities.SeveralLoops | TransportCapabilities.AllocationFree, standard.Capabilities);
    }

    [Fact]
    public async Task Accepted_connections_send_small_writes_at_once()
    {
        await Connect(await Listen(() => new TestHandler()));
        Assert.Equal(1, NoDelay(((EpollChannel)(await Handler()).Channel!).Descriptor));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_loop_that_is_held_gets_no_newcomers_while_it_is_though_it_be_the_one_that_accepts(bool accepts)
    {
        AwaitedLog log = new();
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 3, LoggerFactory = log });
        var arrived = Channel.CreateUnbounded<IEventLoop>();
        var listener = await transport.ListenAsync(Loopback, channel => arrived.Writer.TryWrite(channel.EventLoop));
        List<Socket> clients = [];
        try
        {
            for (var i = 0; i < 3; i++)
            {
                await Arrive();
            }

            var held = transport.Loops.First(loop => loop.Counters.Accepts > 0 == accepts);
            using ManualResetEventSlim release = new();
            held.Post(_ => release.Wait(), null);
            await log.Line("has been held").WaitAsync(Wait.Limit);
            for (var i = 0; i < 6; i++)
            {
                Assert.NotSame(held, await Arrive());
            }

            release.Set();
            await Wait.On(held, () => { });
            List<IEventLoop> after = [await Arrive(), await Arrive(), await Arrive()];
            Assert.Contains((IEventLoop)held, after);
        }
        finally
        {
            clients.ForEach(static client => client.Dispose());
        }

        async Task<IEventLoop> Arrive()
        {
            Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            clients.Add(client);
            await client.ConnectAsync(listener.EndPoint);
            return await arrived.Reader.ReadAsync().AsTask().WaitAsync(Wait.Limit);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_another_loop_accepts_for_a_held_one_it_pauses_at_a_limit_and_goes_on_when_there_is_room(bool ofListener)
    {
        AwaitedLog log = new();
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 2, MaxConnections = ofListener ? 100 : 1, LoggerFactory = log });
        ListenerLimit limit = new("x") { MaxConnections = ofListener ? 1 : 0 };
        var listener = await transport.ListenAsync(Loopback, static channel => channel.Pipeline.AddLast(new TestHandler { OnRead = TestHandler.Echo }), limit);
        using (var first = await Connect(listener))
        {
            await Send(first, "1"u8.ToArray());
            Assert.Equal("1", await ReceiveText(first, 1));
        }

        await Wait.Until(transport.Loops[0], () => transport.ConnectionCount == 0, "the end of the first one");
        var held = transport.Loops.First(static loop => loop.Counters.Accepts > 0);
        using ManualResetEventSlim release = new();
        held.Post(_ => release.Wait(), null);
        await log.Line("has been held").WaitAsync(Wait.Limit);
        var inside = await Connect(listener);
        await Send(inside, "2"u8.ToArray());
        Assert.Equal("2", await ReceiveText(inside, 1));
        var waiting = await Connect(listener);
        await Send(waiting, "3"u8.ToArray());
        var other = transport.Loops.First(loop => loop != held);
        await Wait.Until(other, () => limit.Pauses > 0, "the pause");
        Assert.Equal(1, limit.ConnectionCount);
        inside.Close();
        Assert.Equal("3", await ReceiveText(waiting, 1));
        release.Set();
        await Wait.On(held, static () => { });
    }

    [Fact]
    public async Task A_loop_that_dies_hands_its_listeners_on_and_gets_no_newcomers()
    {
        AwaitedLog log = new();
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 3, LoggerFactory = log });
        var arrived = Channel.CreateUnbounded<IEventLoop>();
        // One listener on each loop: whichever dies has one.
        List<ITransportListener> listeners = [];
        for (var i = 0; i < 3; i++)
        {
            listeners.Add(await transport.ListenAsync(Loopback, channel => arrived.Writer.TryWrite(channel.EventLoop)));
        }

        var dying = (EpollEventLoop)transport.Loops[0];
        var hasEnded = false;
        dying.AtEnd(new EndMark(() => hasEnded = true));
        dying.Post(static loop => ((EpollEventLoop)loop!).Break(), dying);
        await dying.TerminationCompletion.WaitAsync(Wait.Limit);
        Assert.True(hasEnded);
        Assert.Contains(dying.Name, await log.Line("has ended with an exception").WaitAsync(Wait.Limit), StringComparison.Ordinal);
        foreach (var listener in listeners)
        {
            for (var i = 0; i < 4; i++)
            {
                using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await client.ConnectAsync(listener.EndPoint);
                Assert.NotSame(dying, await arrived.Reader.ReadAsync().AsTask().WaitAsync(Wait.Limit));
            }
        }
    }

    private sealed class EndMark(Action run) : ILoopWork
    {
        public void Run() => run();
    }

    [Fact]
    public async Task A_thousand_connections_leave_no_descriptor_behind()
    {
        var listener = await Listen(() => new TestHandler { OnRead = TestHandler.Echo });
        var before = OpenSockets();
        for (var i = 0; i < 1000; i++)
        {
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.EndPoint);
            if (i % 2 == 0)
            {
                client.Send("x"u8);
                await Receive(client, 1);
            }

            if (i % 3 == 0)
            {
                client.LingerState = new LingerOption(true, 0);
            }
        }

        await Wait.Until(Transport.Loops[0], () => Transport.Loops[0].Counters.Accepted == 1000 && Transport.ConnectionCount == 0, "the end of all connections");
        Assert.Equal(before, OpenSockets());
        Assert.Equal(1000, Transport.Loops[0].Counters.Closed);
    }

    // Sockets alone: the runtime opens other descriptors of its own when it first needs them.
    private static int OpenSockets() =>
        Directory.GetFiles("/proc/self/fd").Count(path => File.ResolveLinkTarget(path, false)?.Name.StartsWith("socket:", StringComparison.Ordinal) == true);

    [Fact]
    public async Task After_resets_the_loop_sleeps()
    {
        var listener = await Listen(() => new TestHandler { OnRead = TestHandler.Echo });
        for (var i = 0; i < 20; i++)
        {
            var client = await Connect(listener);
            await Send(client, "x"u8.ToArray());
            await Receive(client, 1);
            client.LingerState = new LingerOption(true, 0);
            client.Close();
        }

        var loop = Transport.Loops[0];
        await Wait.Until(loop, () => Transport.ConnectionCount == 0, "the end of all connections");
        long turns = -1;
        TaskCompletionSource<long> later = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await Wait.On(loop, () =>
        {
            turns = loop.Counters.Turns;
            loop.DueList(TimeSpan.FromMilliseconds(100)).Add(new Due(_ => later.SetResult(loop.Counters.Turns)));
        });
        Assert.InRange(await later.Task.WaitAsync(Wait.Limit) - turns, 0, 3);
    }

    [Fact]
    public async Task A_reset_reaches_a_paused_channel()
    {
        var client = await Connect(await Listen(() => new TestHandler { OnActive = context => context.Channel.Configuration.AutoRead = false }));
        var handler = await Handler();
        await Send(client, "unread"u8.ToArray());
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        await UntilClosed(handler);
        Assert.Equal("", handler.Received.ToString());
    }

    [Fact]
    public async Task Echoing_allocates_nothing()
    {
        var listener = await Transport.ListenAsync(Loopback, channel => channel.Pipeline.AddLast(new PlainEcho()));
        var client = await Connect(listener);
        var message = new byte[32];
        void Echo(int count)
        {
            for (var i = 0; i < count; i++)
            {
                client.Send(message);
                for (var got = 0; got < message.Length;)
                {
                    got += client.Receive(message, got, message.Length - got, SocketFlags.None);
                }
            }
        }

        // The least of several runs: the runtime allocates a little on its own account, and so does asking.
        const int messages = 500;
        var least = long.MaxValue;
        for (var run = 0; run < 20 && least >= messages; run++)
        {
            var before = await Wait.On(Transport.Loops[0], GC.GetAllocatedBytesForCurrentThread);
            Echo(messages);
            least = Math.Min(least, await Wait.On(Transport.Loops[0], GC.GetAllocatedBytesForCurrentThread) - before);
        }

        Assert.InRange(least, 0, messages - 1);     // less than one byte a message
    }

    [Fact]
    public async Task Connections_are_spread_over_the_loops_and_stay_on_theirs()
    {
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = TransportKind.Native, LoopCount = 4 });
        var strays = 0;
        var listener = await transport.ListenAsync(Loopback, channel => channel.Pipeline.AddLast(new TestHandler
        {
            OnRead = (context, buffer) =>
            {
                if (!context.Channel.EventLoop.InEventLoop || transport.Loops.Count(loop => loop.InEventLoop) != 1)
                {
                    Interlocked.Increment(ref strays);
                }

                TestHandler.Echo(context, buffer);
            },
        }));
        var clients = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Connect(listener)));
        await Task.WhenAll(clients.Select(async client =>
        {
            for (var i = 0; i < 20; i++)
            {
                await Send(client, "ping"u8.ToArray());
                Assert.Equal("ping", await ReceiveText(client, 4));
            }
        }));
        Assert.All(transport.Loops, loop => Assert.Equal(10, loop.Counters.Accepted));
        Assert.Equal(0, strays);
    }

    [Fact]
    public async Task A_connection_that_moves_all_the_time_keeps_the_order_of_its_bytes()
    {
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = TransportKind.Native, LoopCount = 3 });
        var listener = await transport.ListenAsync(Loopback, channel => channel.Pipeline.AddLast(new Nomad(transport)));
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Connect(listener)));
        await Task.WhenAll(clients.Select(async client =>
        {
            var numbers = new byte[4000];
            for (var round = 0; round < 300; round++)
            {
                for (var i = 0; i < 1000; i++)
                {
                    BinaryPrimitives.WriteInt32BigEndian(numbers.AsSpan(4 * i), (1000 * round) + i);
                }

                var receiving = Receive(client, numbers.Length);
                for (var sent = 0; sent < numbers.Length; sent += 400)
                {
                    await Send(client, numbers.AsMemory(sent, 400));
                }

                Assert.True((await receiving).AsSpan().SequenceEqual(numbers));
            }
        }));
        Assert.True(transport.Loops.Sum(loop => loop.Counters.Moved) >= 300);
        Assert.Equal(0, transport.Loops.Sum(loop => loop.Counters.Faults));
    }

    [Fact]
    public async Task Running_out_of_descriptors_pauses_accepting_and_ends_nothing_else()
    {
        var listener = await Listen(() => new TestHandler { OnRead = TestHandler.Echo });
        var first = await Connect(listener);
        await Handler();
        var clients = new Socket[20];
        for (var i = 0; i < clients.Length; i++)
        {
            clients[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        }

        using (new NoFreeDescriptor())
        {
            foreach (var client in clients)
            {
                client.Connect(listener.EndPoint);
            }

            await Wait.Until(Transport.Loops[0], () => Transport.Loops[0].Counters.AcceptPauses > 0, "the pause");
            await Send(first, "still served"u8.ToArray());
            Assert.Equal("still served", await ReceiveText(first, 12));
        }

        var served = 0;
        foreach (var client in clients)
        {
            client.Send("x"u8);
            var reply = new byte[1];
            try
            {
                served += await client.ReceiveAsync(reply.AsMemory()).AsTask().WaitAsync(Wait.Limit);
            }
            catch (SocketException)
            {
                // One that was refused by means of the reserve.
            }

            client.Dispose();
        }

        Assert.InRange(served, 1, clients.Length);
    }

    private static unsafe int NoDelay(int descriptor)
    {
        int value;
        uint length = sizeof(int);
        Assert.Equal(0, Libc.getsockopt(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, &value, &length));
        return value;
    }

    private sealed class PlainEcho : ChannelHandlerAdapter
    {
        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            TestHandler.Echo(context, (IByteBuffer)message);
            ((IByteBuffer)message).Release();
        }
    }

    /// <summary>Echoes, and moves to the next loop after every second read.</summary>
    private sealed class Nomad(SocketTransport transport) : ChannelHandlerAdapter
    {
        private int _reads;

        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            var buffer = (IByteBuffer)message;
            Assert.True(context.Channel.EventLoop.InEventLoop);
            TestHandler.Echo(context, buffer);
            buffer.Release();
            if (++_reads % 2 != 0)
            {
                return;
            }

            var next = (context.Channel.Loop().Index + 1) % transport.Loops.Count;
            context.Channel.MoveTo(transport.Loops[next], channel => Assert.Same(transport.Loops[next], channel.Loop()));
        }
    }

    /// <summary>Lowers the number of descriptors that this process may have to those that it has, and restores it.</summary>
    private sealed partial class NoFreeDescriptor : IDisposable
    {
        private const int RLIMIT_NOFILE = 7;
        private readonly List<int> _fillers = [];
        private readonly Limit _before;

        public unsafe NoFreeDescriptor()
        {
            // Fills the gaps below the highest number, because the limit is on the number and not on how many there are.
            var highest = Directory.GetFiles("/proc/self/fd").Max(path => int.Parse(Path.GetFileName(path)));
            fixed (byte* path = "/dev/null\0"u8)
            {
                do { _fillers.Add(Libc.open(path, Libc.O_CLOEXEC)); } while (_fillers[^1] < highest);
            }

            Assert.Equal(0, getrlimit(RLIMIT_NOFILE, out _before));
            Assert.Equal(0, setrlimit(RLIMIT_NOFILE, new Limit { Soft = (ulong)_fillers[^1] + 1, Hard = _before.Hard }));
        }

        public void Dispose()
        {
            _ = setrlimit(RLIMIT_NOFILE, _before);
            foreach (var filler in _fillers)
            {
                _ = Libc.close(filler);
            }
        }

        [LibraryImport("libc")]
        private static partial int getrlimit(int resource, out Limit limit);

        [LibraryImport("libc")]
        private static partial int setrlimit(int resource, in Limit limit);

        [StructLayout(LayoutKind.Sequential)]
        private struct Limit
        {
            public ulong Soft, Hard;
        }
    }
}
