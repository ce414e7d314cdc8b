using System.Runtime.InteropServices;

namespace Sockeye.Load;

/// <summary>The system calls of the generator. Sockets stay blocking (connecting on loopback is instant), every transfer asks not to wait.</summary>
internal static unsafe partial class Libc
{
    internal const int EAGAIN = 11, EINTR = 4, EINPROGRESS = 115;
    internal const int EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3;
    internal const uint EPOLLIN = 1;
    private const int AF_INET = 2, SOCK_STREAM = 1, SOCK_CLOEXEC = 0x80000;
    private const int SOL_SOCKET = 1, SO_RCVBUF = 8, SO_LINGER = 13, IPPROTO_TCP = 6, TCP_NODELAY = 1;
    private const int MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;

    /// <summary>Connects to a port of 127.0.0.1. Closing the socket resets the connection, so that no port stays in TIME_WAIT.</summary>
    internal static int Connect(int port, int receiveBufferBytes = 0)
    {
        var fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        Check(fd, "socket");
        var one = 1;
        long lingerOff = 1;
        _ = setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, 4);
        _ = setsockopt(fd, SOL_SOCKET, SO_LINGER, &lingerOff, 8);
        if (receiveBufferBytes > 0)
        {
            _ = setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receiveBufferBytes, 4);
        }

        var address = stackalloc byte[16] { AF_INET, 0, (byte)(port >> 8), (byte)port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
        Check(connect(fd, address, 16), $"connect to port {port}");
        return fd;
    }

    /// <summary>Takes what has arrived; 0: nothing yet, -1: the connection has ended.</summary>
    internal static int Receive(int fd, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var received = recv(fd, start, (nuint)buffer.Length, MSG_DONTWAIT);
            if (received > 0)
            {
                return (int)received;
            }

            return received < 0 && Marshal.GetLastSystemError() is EAGAIN or EINTR ? 0 : -1;
        }
    }

    /// <summary>Gives bytes to the kernel; returns how many it took.</summary>
    internal static int Send(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var sent = send(fd, start, (nuint)bytes.Length, MSG_DONTWAIT | MSG_NOSIGNAL);
            return sent < 0 ? 0 : (int)sent;
        }
    }

    /// <summary>Reads the CPU clock of another process (its id is encoded as clock_getcpuclockid does).</summary>
    internal static int ReadCpuClock(int pid, ref long seconds, ref long nanoseconds)
    {
        var time = stackalloc long[2];
        var result = clock_gettime((~pid << 3) | 2, time);
        (seconds, nanoseconds) = (time[0], time[1]);
        return result;
    }

    internal static int Check(int result, string what) =>
        result >= 0 ? result : throw new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}");

    [LibraryImport("libc")]
    internal static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, void* interest);

    [LibraryImport("libc")]
    internal static partial int epoll_wait(int epoll, void* events, int max, int timeout);

    [LibraryImport("libc")]
    internal static partial int close(int fd);

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, long* time);

    [LibraryImport("libc")]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc")]
    private static partial int connect(int fd, byte* address, uint length);

    [LibraryImport("libc")]
    private static partial int setsockopt(int fd, int level, int option, void* value, uint length);

    [LibraryImport("libc")]
    private static partial nint recv(int fd, byte* buffer, nuint length, int flags);

    [LibraryImport("libc")]
    private static partial nint send(int fd, byte* buffer, nuint length, int flags);
}
