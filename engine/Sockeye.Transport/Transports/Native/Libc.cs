using System.Reflection;
using System.Runtime.InteropServices;

namespace Sockeye.Transport.Transports;

/// <summary>
/// The system calls of the native transport and the Linux constants they need (the same on x64 and arm64). Plain blittable calls; the caller
/// reads <see cref="Marshal.GetLastSystemError"/> at once after a failure.
/// </summary>
internal static unsafe partial class Libc
{
    internal const int EINTR = 4, EAGAIN = 11, ENOMEM = 12, ENFILE = 23, EMFILE = 24, ENOBUFS = 105;
    internal const int EACCES = 13, EPERM = 1, EADDRINUSE = 98, EADDRNOTAVAIL = 99, EAFNOSUPPORT = 97;
    internal const int ECONNABORTED = 103, EPROTO = 71, ENETDOWN = 100, ENETUNREACH = 101, EHOSTDOWN = 112, EHOSTUNREACH = 113;

    internal const int AF_INET = 2, AF_INET6 = 10;
    internal const int SOCK_STREAM = 1, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_TYPE = 3, SO_LINGER = 13, SO_REUSEPORT = 15, SO_ATTACH_FILTER = 26, SO_ACCEPTCONN = 30;
    internal const int IPPROTO_TCP = 6, TCP_NODELAY = 1, IPPROTO_IPV6 = 41, IPV6_V6ONLY = 26;
    internal const int MSG_NOSIGNAL = 0x4000, SHUT_WR = 1, SHUT_RDWR = 2;

    internal const int EPOLL_CLOEXEC = 0x80000, EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3;
    internal const uint EPOLLIN = 1, EPOLLOUT = 4, EPOLLERR = 8, EPOLLHUP = 0x10, EPOLLRDHUP = 0x2000, EPOLLET = 1u << 31;
    internal const int EFD_NONBLOCK = 0x800, EFD_CLOEXEC = 0x80000;
    internal const int O_RDONLY = 0, O_CLOEXEC = 0x80000;
    internal const int F_SETFD = 2, F_GETFL = 3, F_SETFL = 4, F_DUPFD_CLOEXEC = 1030, FD_CLOEXEC = 1, O_NONBLOCK = 0x800;
    internal const int RLIMIT_NOFILE = 7;
    internal const int SIOCOUTQ = 0x5411;

    private const string Name = "libc";

    static Libc() => NativeLibrary.SetDllImportResolver(typeof(Libc).Assembly, Resolve);

    [LibraryImport(Name)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Name)]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, byte* interest);

    [LibraryImport(Name)]
    internal static partial int epoll_wait(int epoll, byte* events, int max, int timeout);

    [LibraryImport(Name)]
    internal static partial int eventfd(uint initial, int flags);

    [LibraryImport(Name)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Name)]
    internal static partial int bind(int fd, byte* address, uint length);

    [LibraryImport(Name)]
    internal static partial int listen(int fd, int backlog);

    [LibraryImport(Name)]
    internal static partial int accept4(int fd, byte* address, uint* length, int flags);

    [LibraryImport(Name)]
    internal static partial int getsockname(int fd, byte* address, uint* length);

    [LibraryImport(Name)]
    internal static partial int setsockopt(int fd, int level, int option, void* value, uint length);

    [LibraryImport(Name)]
    internal static partial int getsockopt(int fd, int level, int option, void* value, uint* length);

    [LibraryImport(Name)]
    internal static partial nint recv(int fd, byte* buffer, nuint length, int flags);

    [LibraryImport(Name)]
    internal static partial nint send(int fd, byte* buffer, nuint length, int flags);

    [LibraryImport(Name)]
    internal static partial nint write(int fd, void* buffer, nuint length);

    [LibraryImport(Name)]
    internal static partial int ioctl(int fd, nuint request, int* value);

    [LibraryImport(Name)]
    internal static partial int shutdown(int fd, int how);

    [LibraryImport(Name)]
    internal static partial int close(int fd);

    [LibraryImport(Name)]
    internal static partial int open(byte* path, int flags);

    /// <summary>Variadic in C; with an argument of the size of a register the call is the same on x64 and on arm64 Linux.</summary>
    [LibraryImport(Name)]
    internal static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(Name)]
    internal static partial int getrlimit(int resource, ulong* limits);

    /// <summary>Whether the C library of the system is there under one of its names.</summary>
    internal static bool IsFound() => Resolve(Name, typeof(Libc).Assembly, null) != 0;

    /// <summary>Bytes of a TCP socket's output that its peer has not acknowledged; -1 if the kernel does not say.</summary>
    internal static int Unacknowledged(int fd)
    {
        int bytes;
        return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : -1;
    }

    /// <summary>glibc and musl have different file names, and a plain <c>libc.so</c> is often a linker script.</summary>
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Name)
        {
            return 0;
        }

        var musl = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "libc.musl-aarch64.so.1" : "libc.musl-x86_64.so.1";
        return NativeLibrary.TryLoad("libc.so.6", out var handle) || NativeLibrary.TryLoad(musl, out handle) ? handle : 0;
    }
}
