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
    private readonly ListenerLimit? _limit;
    private readonly EpollListener? _standsInFor;
    private Task? _end;
    private int _reserve = -1;
    private int _hasStandIn;
    private volatile EpollEventLoop _loop;
    private volatile bool _isStopping;
    private bool _isPausedByLimit, _isClosed;

    private EpollListener(EpollTransport transport, EpollEventLoop loop, int descriptor, IPEndPoint endPoint, Action<IChannel> initialize, ListenerLimit? limit, EpollListener? standsInFor = null)
    {
        _standsInFor = standsInFor;
        _transport = transport;
        _loop = loop;
        Descriptor = descriptor;
        EndPoint = endPoint;
        _initialize = initialize;
        _limit = limit;
    }

    public IPEndPoint EndPoint { get; }

    public bool IsShared => Sharing != Sharing.None;

    internal int Descriptor { get; }

    private Sharing Sharing { get; init; }

    private bool IsStopping => _isStopping || _standsInFor is { _isStopping: true };

    /// <summary>Listens; the loop starts to accept when <see cref="StartAsync"/> has run.</summary>
    /// <param name="transport">Whose listener it is.</param>
    /// <param name="loop">Accepts.</param>
    /// <param name="socket">Belongs to the listener from now on.</param>
    /// <param name="initialize">Fills the pipelines of connections.</param>
    /// <param name="limit">Its own limit; null: it has none.</param>
    internal static EpollListener On(EpollTransport transport, EpollEventLoop loop, ListeningSocket socket, Action<IChannel> initialize, ListenerLimit? limit) =>
        new(transport, loop, socket.Descriptor, socket.EndPoint, initialize, limit) { Sharing = socket.Sharing };

    /// <summary>Nobody can connect here any more when it returns, whatever the loop does; completes when the loop has let go of the descriptor. Where others listen too nobody is refused meanwhile.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_descriptorLock)
        {
            return new ValueTask(_end ??= Sharing == Sharing.Port ? HandOverAsync() : EndAsync());
        }
    }

    /// <summary>Takes the end point back at once: a loop that is held up would keep its port taken. A socket that others have too only is not accepted from any more. Any thread.</summary>
    internal void Refuse()
    {
        _isStopping = true;
        lock (_descriptorLock)
        {
            if (!_isClosed && Sharing != Sharing.Socket)
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

        EpollListener standIn = new(_transport, other, descriptor, EndPoint, _initialize, _limit, this);
        other.Post(new StandInTime(standIn, held));
    }

    internal async Task StartAsync()
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(
            _ =>
            {
                OpenReserve();
                if (TryWatch())
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
    /// <returns>Whether more may wait.</returns>
    internal unsafe bool Accept()
    {
        for (var i = 0; i < AcceptsPerTurn && !_isClosed && !IsStopping; i++)
        {
            // The place first: another loop may accept for another listener, or for this one, at the same time.
            var connections = _transport.Settings.Connections;
            if (!connections.TryOpen(_limit))
            {
                PauseByLimit();
                return false;
            }

            RawAddress remote = default;
            uint length = RawAddress.Size;
            _loop.Counters._accepts++;
            var fd = Libc.accept4(Descriptor, (byte*)&remote, &length, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
            if (fd >= 0)
            {
                // The accepting loop lives, so it will do if no other does.
                var target = _transport.NextLoop() ?? _loop;
                EpollChannel channel = new(target, _initialize, fd, remote, _limit);
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

            var failure = Marshal.GetLastSystemError();
            connections.Closed(_limit);
            switch (failure)
            {
                case Libc.EAGAIN:
                    return false;
                case Libc.EINTR or Libc.ECONNABORTED or Libc.EPROTO or Libc.EPERM or Libc.ENETDOWN or Libc.ENETUNREACH or Libc.EHOSTDOWN or Libc.EHOSTUNREACH:
                    // The connection was gone before it was accepted; the next one may be sound.
                    continue;
                case Libc.EMFILE or Libc.ENFILE or Libc.ENOBUFS or Libc.ENOMEM:
                    RefuseOne();
                    Pause("the process has no free descriptor");
                    return false;
                case int error:
                    Pause(Marshal.GetPInvokeErrorMessage(error));
                    return false;
            }
        }

        return !_isClosed && !IsStopping;
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
        _transport.Settings.Connections.Unwatch(_limit, OnFellBelowLimit);
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

    private async Task EndAsync()
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

        await Task.WhenAny(_closed.Task, _loop.TerminationCompletion).ConfigureAwait(false);
    }

    /// <summary>The kernel resets what waits in a socket that closes, and what is half connected there. So new clients are turned away to the others at this port first, the rest is accepted, and then it closes.</summary>
    private async Task HandOverAsync()
    {
        ListeningSocket.TurnAway(Descriptor);
        await Task.Delay(ListeningSocket.TurnAwayTime).ConfigureAwait(false);
        if (!_loop.IsShutdown)
        {
            _loop.Post(static state =>
            {
                var listener = (EpollListener)state!;
                listener.AcceptAll();
                listener.Close();
            }, this);
            await Task.WhenAny(_closed.Task, _loop.TerminationCompletion, Task.Delay(ListeningSocket.TurnAwayTime)).ConfigureAwait(false);
        }

        // A loop that is held would keep clients that the kernel gives to this socket.
        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>What waits, up to the limit of connections and what there are descriptors for.</summary>
    private void AcceptAll()
    {
        while (Accept())
        {
        }
    }

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
        _transport.Settings.TellLimit(EndPoint, _limit);
        _loop.Listen(this, on: false);

        // A connection may have been closed since the limit was looked at.
        if (!_transport.Settings.Connections.IsReachedFor(_limit))
        {
            Resume();
        }
    }

    /// <summary>The loop accepts from now on, and goes on when there is room again after a pause.</summary>
    private bool TryWatch()
    {
        _transport.Settings.Connections.Watch(_limit, OnFellBelowLimit);
        return _loop.Watch(this);
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
            if (standIn.TryWatch())
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
