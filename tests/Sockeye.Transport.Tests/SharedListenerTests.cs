using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using DotNetty.Transport.Channels;
using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>Listeners that several processes have: the same socket, or several sockets on one port.</summary>
public sealed partial class SharedListenerTests
{
    private static readonly IPEndPoint s_loopback = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task A_socket_that_was_handed_over_is_listened_on_and_stays_open_for_who_else_has_it()
    {
        using var theirs = Listening(s_loopback);
        var fd = Duplicate(theirs);
        var inherited = InheritedListener.Of(fd);
        Assert.Equal(theirs.LocalEndPoint, inherited.EndPoint);
        await using var transport = Native(inherited);
        using Arrivals arrived = new();
        var listener = await transport.ListenAsync(inherited.EndPoint, arrived.Add);
        Assert.True(listener.IsShared);
        Assert.Equal((FdCloexec, ONonblock), (Control(fd, 1, 0) & FdCloexec, Control(fd, 3, 0) & ONonblock));
        using var first = await Connect(inherited.EndPoint);
        await arrived.Count(1);

        await listener.DisposeAsync();
        using var second = await Connect(inherited.EndPoint);
        theirs.Blocking = true;
        using var accepted = theirs.Accept();
        Assert.Equal(second.LocalEndPoint, accepted.RemoteEndPoint);
    }

    [Fact]
    public async Task A_socket_that_was_handed_over_is_taken_once_and_for_its_own_end_point_alone()
    {
        using var theirs = Listening(s_loopback);
        var inherited = InheritedListener.Of(Duplicate(theirs));
        await using var transport = Native(inherited);
        var other = await transport.ListenAsync(s_loopback, static _ => { });
        Assert.False(other.IsShared);
        await transport.ListenAsync(inherited.EndPoint, static _ => { });
        var taken = await Assert.ThrowsAsync<IOException>(() => transport.ListenAsync(inherited.EndPoint, static _ => { }));
        Assert.Contains("already in use", taken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_listen_for_TCP_is_refused_with_what_it_is()
    {
        using var file = File.OpenHandle("/dev/null");
        Refused((int)file.DangerousGetHandle(), "is no socket");
        Refused(1_000_000, "is no socket");
        using Socket silent = new(SocketType.Stream, ProtocolType.Tcp);
        Refused((int)silent.Handle, "does not listen");
        using Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Refused((int)datagrams.Handle, "is not a TCP socket");
        using Socket local = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Refused((int)local.Handle, "is not a TCP socket");

        static void Refused(int descriptor, string why) =>
            Assert.Contains($"descriptor {descriptor}: it {why}", Assert.Throws<IOException>(() => InheritedListener.Of(descriptor)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_is_shared_by_those_alone_that_all_ask_for_it()
    {
        await using var first = Native(reusePort: true);
        var listener = await first.ListenAsync(s_loopback, static _ => { });
        await using var second = Native(reusePort: true);
        await using var third = Native();
        Assert.Equal(listener.EndPoint, (await second.ListenAsync(listener.EndPoint, static _ => { })).EndPoint);
        await Assert.ThrowsAsync<IOException>(() => third.ListenAsync(listener.EndPoint, static _ => { }));

        var alone = await third.ListenAsync(s_loopback, static _ => { });
        await Assert.ThrowsAsync<IOException>(() => first.ListenAsync(alone.EndPoint, static _ => { }));
    }

    [Fact]
    public async Task Who_waits_in_a_listener_that_shares_its_port_is_accepted_before_it_closes_and_who_comes_then_reaches_the_other()
    {
        const int Waiting = 40;
        await using var old = Native(reusePort: true);
        using Arrivals atOld = new();
        var listener = await old.ListenAsync(s_loopback, atOld.Add);

        // Held, so that all of them wait in the backlog when it is asked to end.
        using ManualResetEventSlim release = new();
        using ManualResetEventSlim held = new();
        old.Loops[0].Post(_ =>
        {
            held.Set();
            release.Wait();
        }, null);
        held.Wait();
        var clients = await Task.WhenAll(Enumerable.Range(0, Waiting).Select(_ => Connect(listener.EndPoint)));
        await using var next = Native(reusePort: true);
        using Arrivals atNext = new();
        var following = await next.ListenAsync(listener.EndPoint, atNext.Add);
        var ended = listener.DisposeAsync();
        release.Set();
        await ended.AsTask().WaitAsync(Wait.Limit);
        await atOld.Count(Waiting);

        var late = await Task.WhenAll(Enumerable.Range(0, Waiting).Select(_ => Connect(following.EndPoint)));
        await atNext.Count(Waiting);
        foreach (var client in clients)
        {
            // Open, and nothing was sent: a reset would throw, an end would be read.
            client.Blocking = false;
            Assert.Equal(SocketError.WouldBlock, Assert.Throws<SocketException>(() => client.Receive(new byte[1])).SocketErrorCode);
        }

        foreach (var client in clients.Concat(late))
        {
            client.Dispose();
        }
    }

    [Fact]
    public void The_portable_transport_refuses_both_with_a_sentence()
    {
        var ports = Assert.Throws<PlatformNotSupportedException>(() => SocketTransport.Create(new TransportOptions { Kind = TransportKind.Portable, ReusePort = true }));
        Assert.StartsWith("The portable transport cannot share its port (ReusePort)", ports.Message, StringComparison.Ordinal);
        using var theirs = Listening(s_loopback);
        var inherited = InheritedListener.Of((int)theirs.Handle);
        var sockets = Assert.Throws<PlatformNotSupportedException>(() => SocketTransport.Choose(new TransportOptions { Inherited = [inherited] }, "it needs Linux"));
        Assert.StartsWith("The portable transport does not listen on sockets that were handed over", sockets.Message, StringComparison.Ordinal);
        Assert.EndsWith("it needs Linux.", sockets.Message, StringComparison.Ordinal);
    }

    private const int FdCloexec = 1;
    private const int ONonblock = 0x800;
    private const int DupFd = 0;

    private static SocketTransport Native(InheritedListener inherited) => SocketTransport.Create(new TransportOptions { Kind = TransportKind.Native, LoopCount = 1, Inherited = [inherited] });

    private static SocketTransport Native(bool reusePort = false) => SocketTransport.Create(new TransportOptions { Kind = TransportKind.Native, LoopCount = 1, ReusePort = reusePort });

    private static Socket Listening(IPEndPoint endPoint)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(endPoint);
        socket.Listen(16);
        return socket;
    }

    private static async Task<Socket> Connect(IPEndPoint endPoint)
    {
        Socket client = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(endPoint).WaitAsync(Wait.Limit);
        return client;
    }

    // As a process gets it: another descriptor of the same socket, without any flag.
    private static int Duplicate(Socket socket) => Control((int)socket.Handle, DupFd, 0);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int fd, int command, nint argument);

    private sealed class Arrivals : IDisposable
    {
        private readonly SemaphoreSlim _seen = new(0);

        public void Add(IChannel channel) => _seen.Release();

        public void Dispose() => _seen.Dispose();

        public async Task Count(int wanted)
        {
            for (var i = 0; i < wanted; i++)
            {
                Assert.True(await _seen.WaitAsync(Wait.Limit), $"{i} of {wanted} came");
            }
        }
    }
}
