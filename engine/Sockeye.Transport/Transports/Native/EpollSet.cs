using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sockeye.Transport.Transports;

/// <summary>
/// An epoll descriptor and the array it fills, which it owns. Loop thread only; lives as long as its loop; one wait takes at most <see cref="Capacity"/>
/// events. The kernel's event is packed to 12 bytes on x86 and has 16 bytes elsewhere, so it is read and written by offset.
/// </summary>
internal sealed unsafe class EpollSet
{
    /// <summary>Events taken with one wait.</summary>
    internal const int Capacity = 512;

    private static readonly bool s_isPacked = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;
    private static readonly int s_size = s_isPacked ? 12 : 16;
    private static readonly int s_dataOffset = s_isPacked ? 4 : 8;

    private readonly int _descriptor;
    private byte* _events;

    internal EpollSet()
    {
        _descriptor = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        if (_descriptor < 0)
        {
            throw NativeError.From("epoll_create1");
        }

        _events = (byte*)NativeMemory.AllocZeroed((nuint)(Capacity * s_size));
    }

    internal static ulong Tag(uint generation, int fd) => ((ulong)generation << 32) | (uint)fd;

    /// <summary>Waits and returns the number of events; a signal counts as none.</summary>
    internal int Wait(int timeout)
    {
        var count = Libc.epoll_wait(_descriptor, _events, Capacity, timeout);
        if (count >= 0)
        {
            return count;
        }

        var error = Marshal.GetLastSystemError();
        return error == Libc.EINTR ? 0 : throw NativeError.From("epoll_wait", error);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint Events(int index) => Unsafe.ReadUnaligned<uint>(_events + (index * s_size));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong TagOf(int index) => Unsafe.ReadUnaligned<ulong>(_events + (index * s_size) + s_dataOffset);

    internal bool Add(int fd, uint interest, ulong tag) => Control(Libc.EPOLL_CTL_ADD, fd, interest, tag);

    internal bool Change(int fd, uint interest, ulong tag) => Control(Libc.EPOLL_CTL_MOD, fd, interest, tag);

    internal bool Remove(int fd) => Control(Libc.EPOLL_CTL_DEL, fd, 0, 0);

    /// <summary>Frees the descriptor and the array.</summary>
    internal void Close()
    {
        if (_events is null)
        {
            return;
        }

        _ = Libc.close(_descriptor);
        NativeMemory.Free(_events);
        _events = null;
    }

    private bool Control(int operation, int fd, uint interest, ulong tag)
    {
        var entry = stackalloc byte[16];
        Unsafe.WriteUnaligned(entry, interest);
        Unsafe.WriteUnaligned(entry + s_dataOffset, tag);
        return Libc.epoll_ctl(_descriptor, operation, fd, entry) == 0;
    }
}
