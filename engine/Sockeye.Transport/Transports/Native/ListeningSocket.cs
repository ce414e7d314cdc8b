using System.Net;
using System.Runtime.InteropServices;

namespace Sockeye.Transport.Transports;

/// <summary>Who else may accept what comes to a listening socket.</summary>
internal enum Sharing
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>Sockets of other processes listen on the same port (SO_REUSEPORT): each has a backlog of its own.</summary>
    Port,

    /// <summary>Other processes have the same socket, and its backlog with it.</summary>
    Socket,
}

/// <summary>A descriptor that listens, and where. Whoever gets it closes it.</summary>
/// <param name="Descriptor">Non-blocking, closed when another program is started.</param>
/// <param name="EndPoint">With the real port.</param>
/// <param name="Sharing">Who else accepts there.</param>
internal readonly unsafe record struct ListeningSocket(int Descriptor, IPEndPoint EndPoint, Sharing Sharing)
{
    /// <summary>How long clients are turned away to other sockets of the port before one closes: half of the time after which the kernel of a client asks again (1 s), so that nobody is turned away twice; and longer than a client
    /// takes that was half connected.</summary>
    internal static readonly TimeSpan TurnAwayTime = TimeSpan.FromMilliseconds(500);

    /// <summary>Binds and listens.</summary>
    /// <exception cref="IOException">The end point cannot be listened on; the message names it.</exception>
    internal static ListeningSocket Open(IPEndPoint endPoint, int backlog, bool reusePort)
    {
        var address = RawAddress.From(endPoint, out var length);
        var isV6 = length == RawAddress.Size;
        var fd = Libc.socket(isV6 ? Libc.AF_INET6 : Libc.AF_INET, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        if (fd < 0)
        {
            throw NativeError.Listening(endPoint, Marshal.GetLastSystemError());
        }

        // Accepted sockets inherit TCP_NODELAY. Without SO_REUSEPORT, as a rule, a taken port is an error.
        SetOption(fd, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
        SetOption(fd, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
        if (reusePort)
        {
            SetOption(fd, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
        }

        if (isV6)
        {
            SetOption(fd, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY, endPoint.Address.Equals(IPAddress.IPv6Any) ? 0 : 1);
        }

        if (Libc.bind(fd, (byte*)&address, (uint)length) != 0 || Libc.listen(fd, backlog) != 0)
        {
            var error = Marshal.GetLastSystemError();
            _ = Libc.close(fd);
            throw NativeError.Listening(endPoint, error);
        }

        return new ListeningSocket(fd, NameOf(fd) ?? endPoint, reusePort ? Sharing.Port : Sharing.None);
    }

    /// <summary>Takes a socket that somebody else has opened. Its backlog stays as it is.</summary>
    internal static ListeningSocket Take(InheritedListener inherited)
    {
        var fd = inherited.Descriptor;
        var flags = Libc.fcntl(fd, Libc.F_GETFL, 0);
        if (flags < 0 || Libc.fcntl(fd, Libc.F_SETFL, flags | Libc.O_NONBLOCK) < 0 || Libc.fcntl(fd, Libc.F_SETFD, Libc.FD_CLOEXEC) < 0)
        {
            throw NativeError.From("fcntl");
        }

        SetOption(fd, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
        return new ListeningSocket(fd, inherited.EndPoint, Sharing.Socket);
    }

    /// <summary>What keeps a descriptor from being listened on, in the words behind "descriptor 3"; null: nothing.</summary>
    internal static string? Fault(int fd, out IPEndPoint? endPoint)
    {
        endPoint = null;
        if (Option(fd, Libc.SOL_SOCKET, Libc.SO_TYPE) is not { } type)
        {
            return $"is no socket: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}";
        }

        endPoint = NameOf(fd);
        return endPoint is null || type != Libc.SOCK_STREAM ? "is not a TCP socket over IPv4 or IPv6"
            : Option(fd, Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN) is not 1 ? "does not listen"
            : null;
    }

    /// <summary>From now on the kernel drops the first packet of whoever wants to connect to this socket, so that he asks again, and drops nothing else. A kernel that takes no filter turns nobody away.</summary>
    internal static void TurnAway(int fd)
    {
        // Classic BPF over the TCP header: a packet with SYN and without ACK is dropped.
        var code = stackalloc ulong[]
        {
            Instruction(0x30, 0, 0, 13),            // A = the byte of the flags
            Instruction(0x54, 0, 0, 0x12),          // A &= SYN | ACK
            Instruction(0x15, 0, 1, 0x02),          // SYN alone: the next one, else the one behind
            Instruction(0x06, 0, 0, 0),             // dropped
            Instruction(0x06, 0, 0, uint.MaxValue), // passes
        };
        var program = new Filter { Length = 5, Code = code };
        _ = Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_ATTACH_FILTER, &program, (uint)sizeof(Filter));
    }

    /// <summary>A <c>sock_filter</c>: code, two jumps, operand.</summary>
    private static ulong Instruction(ushort code, byte ifTrue, byte ifFalse, uint operand) => code | ((ulong)ifTrue << 16) | ((ulong)ifFalse << 24) | ((ulong)operand << 32);

    private static void SetOption(int fd, int level, int option, int value) => _ = Libc.setsockopt(fd, level, option, &value, sizeof(int));

    private static int? Option(int fd, int level, int option)
    {
        int value;
        uint length = sizeof(int);
        return Libc.getsockopt(fd, level, option, &value, &length) == 0 ? value : null;
    }

    private static IPEndPoint? NameOf(int fd)
    {
        RawAddress bound = default;
        uint length = RawAddress.Size;
        return Libc.getsockname(fd, (byte*)&bound, &length) == 0 && bound.IsInternet ? bound.ToEndPoint() : null;
    }

    /// <summary>A <c>sock_fprog</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Filter
    {
        public ushort Length;
        public ulong* Code;
    }
}
