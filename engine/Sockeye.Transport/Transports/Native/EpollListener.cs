using System.Net;
using System.Runtime.InteropServices;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Common;
using TaskCompletionSource = System.Threading.Tasks.TaskCompletionSource;

namespace Sockeye.Transport.Transports;

/// <summary>
/// A listening socket on one loop: it owns its descriptor, and one in reserve. Loop thread only, except closing from outside; it lives until it is disposed
/// or its loop ends. The connections it accepts are spread over all loops in turn; accepting pauses when the process runs out of descriptors and while the
/// connection limit is reached.
/// </summary>
internal sealed class EpollListener : DueEntry, ITransportListener
{
    /// <summary>Connections accepted in one turn; then the others come first.</summary>
    internal const int AcceptsPerTurn = 64;

    /// <summary>How long accepting pauses when descriptors have run out.</summary>
    internal static readonly TimeSpan PauseTime = TimeSpan.FromMilliseconds(100);

    private readonly EpollTransport _transport;
    private readonly Lock _descriptorLock = new();
    private readonly Action<IChannel> _initialize;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EpollListener? _standsInFor;
    private int _reserve = -1;
    private int _hasStandIn;
    private volatile EpollEventLoop _loop;
    private volatile bool _isStopping;
    private bool _isPausedByLimit, _isClosed;

    private EpollListener(EpollTransport transport, EpollEventLoop loop, int descriptor, IPEndPoint endPoint, Action<IChannel> initialize, EpollListener? standsInFor = null)
    {
        _standsInFor = standsInFor;
        _transport = transport;
        _loop = loop;
        Descriptor = descriptor;
        EndPoint = endPoint;
        _initialize = initialize;
    }

    public IPEndPoint EndPoint { get; }

    internal int Descriptor { get; }

    private bool IsStopping => _isStopping || _standsInFor is { _isStopping: true };

    /// <summary>Binds and listens; the loop starts to accept when <see cref="StartAsync"/> has run.</summary>
    internal static unsafe EpollListener Bind(EpollTransport transport, EpollEventLoop loop, IPEndPoint endPoint, int backlog, Action<IChannel> initialize)
    {
        var address = RawAddress.From(endPoint, out var length);
        var isV6 = length == RawAddress.Size;
        var fd = Libc.socket(isV6 ? Libc.AF_INET6 : Libc.AF_INET, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        if (fd < 0)
        {
            throw NativeError.Listening(endPoint, Marshal.GetLastSystemError());
        }

        // SO_REUSEPORT is off, so a taken port is an error; accepted sockets inherit TCP_NODELAY.
        SetOption(fd, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
        SetOption(fd, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
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

        RawAddress bound = default;
        uint boundLength = RawAddress.Size;
        _ = Libc.getsockname(fd, (byte*)&bound, &boundLength);
        return new EpollListener(transport, loop, fd, bound.ToEndPoint(), initialize);
    }

    /// <summary>Nobody can connect any more when it returns, whatever the loop does; completes when the loop has let go of the descriptor.</summary>
    public ValueTask DisposeAsync()
    {
        Refuse();
        if (_loop.IsShutdown)
        {
            Close();
        }
        else
        {
            _loop.Post(static listener => ((EpollListener)listener!).Close(), this);
        }

        return new ValueTask(Task.WhenAny(_closed.Task, _loop.TerminationCompletion));
    }

    /// <summary>Takes the end point back at once: a loop that is held up would keep its port taken. Any thread.</summary>
    internal void Refuse()
    {
        _isStopping = true;
        lock (_descriptorLock)
        {
            if (!_isClosed)
            {
                _ = Libc.shutdown(Descriptor, Libc.SHUT_RDWR);
            }
        }
    }

    /// <summary>Its loop has died: another one accepts. On the thread of the loop that died.</summary>
    internal void MoveTo(EpollEventLoop loop)
    {
        DueList.Cancel(this);
        _isPausedByLimit = false;
        _loop = loop;
        loop.Post(static state =>
        {
            var listener = (EpollListener)state!;
            if (listener._isClosed)
            {
                return;
            }

            if (listener._isStopping || !listener._loop.Watch(listener))
            {
                listener.Close();
            }
        }, this);
    }

    /// <summary>Its loop is held: another one accepts what comes, through a descriptor of its own, until the loop comes back or listening ends. Any thread.</summary>
    internal void StandIn(EpollEventLoop held, EpollEventLoop other)
    {
        if (_loop != held || Interlocked.Exchange(ref _hasStandIn, 1) != 0)
        {
            return;
        }

        int descriptor;
        lock (_descriptorLock)
        {
            descriptor = _isClosed || _isStopping ? -1 : Libc.fcntl(Descriptor, Libc.F_DUPFD_CLOEXEC, 0);
        }

        if (descriptor < 0)
        {
            Volatile.Write(ref _hasStandIn, 0);
            return;
        }

        EpollListener standIn = new(_transport, other, descriptor, EndPoint, _initialize, this);
        other.Post(new StandInTime(standIn, held));
    }

    internal async Task StartAsync()
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(
            _ =>
            {
                OpenReserve();
                _transport.Settings.Connections.FellBelow += OnFellBelowLimit;
                if (_loop.Watch(this))
                {
                    started.TrySetResult();
                }
                else
                {
                    Close();
                    started.TrySetException(NativeError.From("epoll_ctl"));
                }
            },
            null);
        await Task.WhenAny(started.Task, _loop.TerminationCompletion).ConfigureAwait(false);
        if (!started.Task.IsCompleted)
        {
            Close();
            throw new ObjectDisposedException(nameof(SocketTransport), "The transport has been stopped.");
        }

        await started.Task.ConfigureAwait(false);
    }

    /// <summary>Takes what waits in the backlog.</summary>
    internal unsafe void Accept()
    {
        for (var i = 0; i < AcceptsPerTurn && !_isClosed && !IsStopping; i++)
        {
            if (_transport.Settings.Connections.IsReached)
            {
                PauseByLimit();
                return;
            }

            RawAddress remote = default;
            uint length = RawAddress.Size;
            _loop.Counters._accepts++;
            var fd = Libc.accept4(Descriptor, (byte*)&remote, &length, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
            if (fd >= 0)
            {
                // The accepting loop lives, so it will do if no other does.
                var target = _transport.NextLoop() ?? _loop;
                EpollChannel channel = new(target, _initialize, fd, remote);
                if (target == _loop)
                {
                    channel.Register();
                }
                else
                {
                    target.Post(channel);
                }

                continue;
            }

            switch (Marshal.GetLastSystemError())
            {
                case Libc.EAGAIN:
                    return;
                case Libc.EINTR or Libc.ECONNABORTED or Libc.EPROTO or Libc.EPERM or Libc.ENETDOWN or Libc.ENETUNREACH or Libc.EHOSTDOWN or Libc.EHOSTUNREACH:
                    // The connection was gone before it was accepted; the next one may be sound.
                    continue;
                case Libc.EMFILE or Libc.ENFILE or Libc.ENOBUFS or Libc.ENOMEM:
                    RefuseOne();
                    Pause("the process has no free descriptor");
                    return;
                case int error:
                    Pause(Marshal.GetPInvokeErrorMessage(error));
                    return;
            }
        }
    }

    internal void Close()
    {
        if (_isClosed)
        {
            return;
        }

        lock (_descriptorLock)
        {
            _isClosed = true;
        }

        DueList.Cancel(this);
        _transport.Settings.Connections.FellBelow -= OnFellBelowLimit;
        _loop.Unwatch(this);
        _ = Libc.close(Descriptor);
        if (_reserve >= 0)
        {
            _ = Libc.close(_reserve);
        }

        _closed.TrySetResult();
    }

    /// <summary>The pause is over.</summary>
    protected internal override void OnDue(TimeSpan due) => Resume();

    private static unsafe void SetOption(int fd, int level, int option, int value) => _ = Libc.setsockopt(fd, level, option, &value, sizeof(int));

    /// <summary>The reserve makes room for one connection, so that at least it learns that it is refused instead of waiting in the backlog.</summary>
    private unsafe void RefuseOne()
    {
        if (_reserve < 0)
        {
            return;
        }

        _ = Libc.close(_reserve);
        var refused = Libc.accept4(Descriptor, null, null, Libc.SOCK_CLOEXEC);
        if (refused >= 0)
        {
            _ = Libc.close(refused);
        }

        OpenReserve();
    }

    private void Pause(string reason)
    {
        _loop.Counters._acceptPauses++;
        TransportLog.AcceptPaused(_loop.Logger, EndPoint, (int)PauseTime.TotalMilliseconds, reason);
        _loop.Listen(this, on: false);
        _loop.DueList(PauseTime).Add(this);
    }

    private void PauseByLimit()
    {
        _isPausedByLimit = true;
        _loop.Counters._acceptPauses++;
        if (_transport.Settings.Connections.TryTell())
        {
            TransportLog.ConnectionLimitReached(_loop.Logger, EndPoint, _transport.Settings.Connections.Count);
        }

        _loop.Listen(this, on: false);

        // A connection may have been closed since the limit was looked at.
        if (!_transport.Settings.Connections.IsReached)
        {
            Resume();
        }
    }

    private void OnFellBelowLimit() => _loop.Post(static listener => ((EpollListener)listener!).ResumeIfLimited(), this);

    private void ResumeIfLimited()
    {
        if (_isPausedByLimit)
        {
            Resume();
        }
    }

    private void Resume()
    {
        _isPausedByLimit = false;
        if (!_isClosed && !IsScheduled)
        {
            _loop.Listen(this, on: true);
        }
    }

    private unsafe void OpenReserve()
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            _reserve = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        }
    }

    /// <summary>How long a listener stands in for another one: until the loop of that one is not held any more. On the loop of the stand-in.</summary>
    private sealed class StandInTime(EpollListener standIn, EpollEventLoop held) : DueEntry, ILoopWork
    {
        public void Run()
        {
            if (standIn._loop.Watch(standIn))
            {
                standIn._loop.DueList(PauseTime).Add(this);
            }
            else
            {
                End();
            }
        }

        public void Dropped() => End();

        protected internal override void OnDue(TimeSpan due)
        {
            if (held.IsHeld && !standIn.IsStopping && !standIn._isClosed)
            {
                standIn._loop.DueList(PauseTime).Add(this);
            }
            else
            {
                End();
            }
        }

        private void End()
        {
            standIn.Close();
            Volatile.Write(ref standIn._standsInFor!._hasStandIn, 0);
        }
    }
}
