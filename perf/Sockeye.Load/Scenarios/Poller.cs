using System.Runtime.InteropServices;

namespace Sockeye.Load;

/// <summary>An epoll set whose events carry an index. Waits by asking again and again, so that no server pays for waking the generator.</summary>
internal sealed unsafe class Poller : IDisposable
{
    private const int MaxEvents = 512;

    // The kernel packs the event on x64 only: 4 bytes of events, 8 of data.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = DataOffset + 8;

    private readonly int _epoll = Libc.Check(Libc.epoll_create1(0x80000), "epoll_create1");
    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * 16, pinned: true);

    public void Add(int fd, int index) => Control(Libc.EPOLL_CTL_ADD, fd, index, Libc.EPOLLIN);

    /// <summary>Stops or resumes watching for input.</summary>
    public void Watch(int fd, int index, bool input) => Control(Libc.EPOLL_CTL_MOD, fd, index, input ? Libc.EPOLLIN : 0);

    public void Remove(int fd) => Control(Libc.EPOLL_CTL_DEL, fd, 0, 0);

    /// <summary>How many are ready now (or within <paramref name="timeoutMilliseconds"/>); <see cref="Ready"/> names them.</summary>
    public int Wait(int timeoutMilliseconds)
    {
        fixed (byte* events = _events)
        {
            return Math.Max(0, Libc.epoll_wait(_epoll, events, MaxEvents, timeoutMilliseconds));
        }
    }

    public int Ready(int i) => BitConverter.ToInt32(_events, i * EventBytes + DataOffset);

    public void Dispose() => _ = Libc.close(_epoll);

    private void Control(int operation, int fd, int index, uint interest)
    {
        var buffer = stackalloc byte[16];
        *(uint*)buffer = interest;
        *(long*)(buffer + DataOffset) = index;
        Libc.Check(Libc.epoll_ctl(_epoll, operation, fd, buffer), "epoll_ctl");
    }
}
