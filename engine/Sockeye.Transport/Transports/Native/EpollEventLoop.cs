using System.Diagnostics;
using System.Runtime.CompilerServices;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Channels;
using Sockeye.Transport.Common;
using Sockeye.Transport.Loops;
using TaskCompletionSource = System.Threading.Tasks.TaskCompletionSource;

namespace Sockeye.Transport.Transports;

/// <summary>
/// A loop that waits in epoll. It owns the set, the descriptor that wakes it and the thread that it runs on, and knows the channels and listeners that it
/// watches. It lives until its transport stops it or its wait fails.
/// </summary>
/// <remarks>
/// Channels are watched edge-triggered for input, output and the peer's end once and for all, so that neither pausing nor back-pressure costs a system
/// call; listeners are level-triggered.
/// </remarks>
internal sealed unsafe class EpollEventLoop : LoopBase
{
    private const uint ChannelInterest = Libc.EPOLLIN | Libc.EPOLLOUT | Libc.EPOLLRDHUP | Libc.EPOLLET;

    /// <summary>Turns that a stopping loop still runs for the work that is left.</summary>
    private const int LastTurns = 1000;

    private readonly long _clockStart;
    private readonly EpollSet _epoll = new();
    private readonly Lock _wakeLock = new();
    private readonly Thread _thread;
    private readonly List<EpollListener> _listeners = [];
    private readonly TaskCompletionSource _termination = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EpollChannel?[] _channels = new EpollChannel?[256];
    private uint _lastGeneration;
    private EpollTransport? _transport;
    private int _wakeDescriptor;
    private int _isSleeping;
    private int _eventCount;
    private volatile bool _isStopping;

    /// <param name="index">Position among the transport's loops.</param>
    /// <param name="settings">What the loops of the transport share.</param>
    /// <param name="clockStart">The timestamp at which the clock of all loops of the transport shows zero.</param>
    internal EpollEventLoop(int index, LoopSettings settings, long clockStart)
        : base(index, settings.NameOf(index), settings)
    {
        _clockStart = clockStart;
        _wakeDescriptor = Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC);
        if (_wakeDescriptor < 0)
        {
            throw NativeError.From("eventfd");
        }

        // The descriptor is edge-triggered: every write is an edge, so the counter need not be read.
        if (!_epoll.Add(_wakeDescriptor, Libc.EPOLLIN | Libc.EPOLLET, EpollSet.Tag(0, _wakeDescriptor)))
        {
            throw NativeError.From("epoll_ctl");
        }

        Clock.Now = Stopwatch.GetElapsedTime(_clockStart);
        _thread = new Thread(Run) { IsBackground = true, Name = Name };
    }

    public override bool IsShuttingDown => _isStopping;

    public override Task TerminationCompletion => _termination.Task;

    public override TimeSpan ReadClock() => Stopwatch.GetElapsedTime(_clockStart);

    public override bool IsInEventLoop(Thread thread) => thread == _thread;

    /// <summary>Ends the loop: its channels are closed, what is posted later is dropped.</summary>
    public override Task ShutdownGracefullyAsync(TimeSpan quietPeriod, TimeSpan timeout)
    {
        Post(static loop => ((EpollEventLoop)loop!)._isStopping = true, this);
        return _termination.Task;
    }

    /// <summary>Without the caller's execution context: what the loop runs belongs to nobody.</summary>
    /// <param name="transport">Finds another loop for the listeners if this one dies.</param>
    internal void Start(EpollTransport transport)
    {
        _transport = transport;
        LoopWatch.Add(this);
        _thread.UnsafeStart();
    }

    /// <summary>Closes every channel of this loop; what they have still to write is dropped.</summary>
    internal Task CloseChannelsAsync()
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            _ =>
            {
                CloseChannels();

                // ChannelInactive fires in the next turn; whoever waits here comes after it.
                Post(_ => Post(_ => done.TrySetResult(), null), null);
            },
            null);
        return IsShutdown ? Task.CompletedTask : Task.WhenAny(done.Task, _termination.Task);
    }

    internal bool Watch(EpollChannel channel)
    {
        var fd = channel.Descriptor;
        if (fd >= _channels.Length)
        {
            Array.Resize(ref _channels, Math.Max(2 * _channels.Length, fd + 1));
        }

        if (++_lastGeneration == 0)
        {
            _lastGeneration = 1;
        }

        channel.Generation = _lastGeneration;
        _channels[fd] = channel;
        Counters._controls++;
        if (_epoll.Add(fd, ChannelInterest, EpollSet.Tag(channel.Generation, fd)))
        {
            return true;
        }

        _channels[fd] = null;
        channel.Generation = 0;
        return false;
    }

    internal void Unwatch(EpollChannel channel, bool isClosing)
    {
        if (channel.Generation == 0)
        {
            return;
        }

        channel.Generation = 0;
        _channels[channel.Descriptor] = null;

        // Closing the descriptor takes it out of the set.
        if (isClosing)
        {
            return;
        }

        Counters._controls++;
        _epoll.Remove(channel.Descriptor);
    }

    internal bool Watch(EpollListener listener)
    {
        Counters._controls++;
        if (!_epoll.Add(listener.Descriptor, Libc.EPOLLIN, EpollSet.Tag(0, listener.Descriptor)))
        {
            return false;
        }

        _listeners.Add(listener);
        return true;
    }

    internal void Unwatch(EpollListener listener)
    {
        if (!_listeners.Remove(listener))
        {
            return;
        }

        Counters._controls++;
        _epoll.Remove(listener.Descriptor);
    }

    /// <summary>Switches a watched listener on or off.</summary>
    internal void Listen(EpollListener listener, bool on)
    {
        Counters._controls++;
        _epoll.Change(listener.Descriptor, on ? Libc.EPOLLIN : 0, EpollSet.Tag(0, listener.Descriptor));
    }

    private protected override void OnHeld() => _transport?.StandInFor(this);

    private protected override void Wake()
    {
        // The loop says that it sleeps and then looks at its queue; we fill the queue and then look whether it sleeps. With a full fence on
        // both sides at least one of the two sees the other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isSleeping) == 0 || Interlocked.Exchange(ref _isSleeping, 0) == 0)
        {
            return;
        }

        ulong one = 1;
        lock (_wakeLock)
        {
            Counters._wakes++;
            if (_wakeDescriptor >= 0)
            {
                _ = Libc.write(_wakeDescriptor, &one, sizeof(ulong));
            }
        }
    }

    private protected override void HandleEvents()
    {
        for (var i = 0; i < _eventCount; i++)
        {
            var tag = _epoll.TagOf(i);
            var fd = (int)(uint)tag;
            var generation = (uint)(tag >> 32);
            try
            {
                if (generation == 0)
                {
                    if (fd != _wakeDescriptor)
                    {
                        HandleListener(fd);
                    }
                }
                else if ((uint)fd < (uint)_channels.Length && _channels[fd] is { } channel && channel.Generation == generation)
                {
                    channel.OnReady(Translate(_epoll.Events(i)));
                }
            }
            catch (Exception e)
            {
                ((ILoopFaults)this).Report(e, fd);
            }
        }
    }

    private static Readiness Translate(uint events)
    {
        var readiness = (Readiness)(events & Libc.EPOLLIN);
        if ((events & Libc.EPOLLOUT) != 0)
        {
            readiness |= Readiness.Writable;
        }

        if ((events & Libc.EPOLLRDHUP) != 0)
        {
            readiness |= Readiness.InputEnd;
        }

        if ((events & (Libc.EPOLLHUP | Libc.EPOLLERR)) != 0)
        {
            readiness |= Readiness.HangUp;
        }

        return readiness;
    }

    private void HandleListener(int fd)
    {
        foreach (var listener in _listeners)
        {
            if (listener.Descriptor == fd)
            {
                listener.Accept();
                return;
            }
        }
    }

    /// <summary>Its next wait fails, and with it the loop. For tests; on the loop.</summary>
    internal void Break() => _epoll.Close();

    private void Run()
    {
        TakeThread();
        try
        {
            while (!_isStopping)
            {
                WaitAndRunTurn();
            }
        }
        catch (Exception e)
        {
            TransportLog.LoopDied(Logger, e, Name);
            _isStopping = true;
            MoveListeners();
        }

        // ChannelInactive and what follows from it still runs; work that goes on posting itself does not hold up the end.
        CloseChannels();
        Ends();
        for (var turn = 0; turn < LastTurns && HasWork; turn++)
        {
            RunTurn(Stopwatch.GetElapsedTime(_clockStart), hasEvents: false);
        }

        Stopped();
        LoopWatch.Remove(this);
        foreach (var listener in _listeners.ToArray())
        {
            listener.Close();
        }

        _epoll.Close();
        lock (_wakeLock)
        {
            _ = Libc.close(_wakeDescriptor);
            _wakeDescriptor = -1;
        }

        _termination.TrySetResult();
    }

    /// <summary>A method of its own, never inlined into the endless one: that one would stay with the code it started with.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitAndRunTurn()
    {
        var timeout = HasWork ? 0 : MillisecondsUntilDue(Stopwatch.GetElapsedTime(_clockStart));
        if (timeout != 0)
        {
            Volatile.Write(ref _isSleeping, 1);
            Interlocked.MemoryBarrier();
            if (HasPosts)
            {
                timeout = 0;
            }
        }

        Counters._waits++;
        _eventCount = _epoll.Wait(timeout);
        Volatile.Write(ref _isSleeping, 0);
        var start = Stopwatch.GetElapsedTime(_clockStart);
        if (RunTurn(start, _eventCount > 0))
        {
            TurnTook(Stopwatch.GetElapsedTime(_clockStart) - start);
        }
        else
        {
            TurnOver();
        }
    }

    /// <summary>The others go on to accept.</summary>
    private void MoveListeners()
    {
        if (_transport?.NextLoop() is not { } heir)
        {
            return;
        }

        foreach (var listener in _listeners)
        {
            listener.MoveTo(heir);
        }

        _listeners.Clear();
    }

    private void CloseChannels()
    {
        foreach (var channel in _channels)
        {
            channel?.Drop();
        }
    }
}
