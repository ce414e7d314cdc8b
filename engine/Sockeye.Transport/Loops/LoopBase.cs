using System.Collections.Concurrent;
using System.Diagnostics;
using DotNetty.Buffers;
using DotNetty.Common.Concurrency;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Common;
using Sockeye.Transport.Loops;

namespace Sockeye.Transport;

/// <summary>
/// What the engine's own loops share, and what it owns: posted work, due-lists, turn-end items, the read buffer, the order of a turn. A derived loop
/// supplies the waiting and the events.
/// </summary>
/// <remarks>
/// The loop's thread; the members of <see cref="ITransportLoop"/> say which others may call them. It lives until it is stopped or its turn fails: then what is
/// posted is dropped. A turn takes the posts that were there when it came to them, so work that posts work does not starve the channels; nothing bounds the posts.
/// </remarks>
public abstract class LoopBase : AbstractEventExecutor, IEventLoop, ITransportLoop, ILoopFaults, ICallbackLoop, IWatchedLoop
{
    /// <summary>The <see cref="Index"/> of a loop that has no channels and is not among those of its transport.</summary>
    internal const int NoIndex = -1;

    private readonly ConcurrentQueue<PostedWork> _posts = new();
    private readonly DueClock _clock = new();
    private readonly OutQueuePool _outQueues = new();
    private readonly LongTurns _longTurns;
    private readonly TurnEnds _turnEnds = new();
    private readonly EndWork _endWork = new();
    private List<ITurnStart> _turnStarts = [], _startsOfThisTurn = [];
    private LoopBuffer? _readBuffer;
    private byte[]? _scratch;
    private string? _activity;
    private object? _activitySource;
    private volatile bool _isStopped;
    private long _runningTurn;
    private long _heldTurn;

    private protected LoopBase(int index, string name, LoopSettings settings, LongTurns? longTurns = null)
    {
        Index = index;
        Name = name;
        Settings = settings;
        _longTurns = longTurns ?? new LongTurns(settings);
        Context = new LoopSynchronizationContext(this);
    }

    /// <inheritdoc/>
    public int Index { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public TimeSpan Now => _clock.Now;

    /// <inheritdoc/>
    public TimeSpan HeldUpAt => _clock.HeldUpAt;

    /// <inheritdoc/>
    public bool IsCatchingUp => _clock.IsCatchingUp;

    /// <inheritdoc/>
    public abstract TimeSpan ReadClock();

    /// <inheritdoc/>
    public SynchronizationContext Context { get; }

    /// <inheritdoc/>
    public LoopCounters Counters { get; } = new();

    /// <inheritdoc/>
    public string? CurrentActivity
    {
        get => _activity;
        set
        {
            _activity = value;
            _activitySource = null;
        }
    }

    /// <inheritdoc/>
    public override bool IsShutdown => _isStopped;

    /// <inheritdoc/>
    public override bool IsTerminated => _isStopped;

    IEventLoopGroup IEventLoop.Parent => this;

    IEnumerable<IEventLoop> IEventLoopGroup.Items => [this];

    internal LoopSettings Settings { get; }

    LoopSettings IWatchedLoop.Settings => Settings;

    /// <inheritdoc/>
    public bool IsHeld => Volatile.Read(ref _heldTurn) is > 0 and var turn && turn == Volatile.Read(ref _runningTurn);

    long IWatchedLoop.RunningTurn => Volatile.Read(ref _runningTurn);

    internal ILogger Logger => Settings.Logger;

    internal OutQueuePool OutQueues => _outQueues;

    /// <summary>The one buffer that this loop reads into, empty.</summary>
    internal LoopBuffer ReadBuffer => _readBuffer ??= LoopBuffer.ForReading();

    /// <summary>Where output is gathered for one send; 64 KiB, valid until the next use.</summary>
    internal byte[] Scratch => _scratch ??= GC.AllocateUninitializedArray<byte>(BufferPool.LargestArray);

    private protected DueClock Clock => _clock;

    /// <summary>Whether a turn would find something to do without an event from outside.</summary>
    private protected bool HasWork => !_posts.IsEmpty || _turnStarts.Count > 0 || _turnEnds.Count > 0;

    private protected bool HasPosts => !_posts.IsEmpty;

    /// <inheritdoc/>
    public void Post(ILoopWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Enqueue(new PostedWork(work, null));
    }

    /// <inheritdoc/>
    public void Post(Action<object?> action, object? state)
    {
        ArgumentNullException.ThrowIfNull(action);
        Enqueue(new PostedWork(action, state));
    }

    /// <inheritdoc/>
    public override void Execute(IRunnable task)
    {
        ArgumentNullException.ThrowIfNull(task);
        Enqueue(new PostedWork(task, null));
    }

    /// <inheritdoc/>
    public void SetActivity(string activity, object source)
    {
        // Events of one read name themselves again and again: a look is cheaper than a store of a reference.
        if (!ReferenceEquals(_activity, activity))
        {
            _activity = activity;
        }

        if (!ReferenceEquals(_activitySource, source))
        {
            _activitySource = source;
        }
    }

    /// <inheritdoc/>
    public void AtEnd(ILoopWork work) => _endWork.Add(work);

    /// <inheritdoc/>
    public void ForgetAtEnd(ILoopWork work) => _endWork.Remove(work);

    /// <inheritdoc/>
    public int TurnEndCount => _turnEnds.Count;

    /// <inheritdoc/>
    public void AtTurnEnd(ITurnEnd item) => _turnEnds.Add(item);

    /// <inheritdoc/>
    public DueList DueList(TimeSpan interval) => _clock.List(interval);

    /// <inheritdoc/>
    public IByteBuffer RentBuffer(int minimumCapacity) => LoopBuffer.Rent(minimumCapacity);

    /// <inheritdoc/>
    public override IScheduledTask Schedule(IRunnable action, TimeSpan delay) => Schedule(new ScheduledWork(this, action, null, null, delay));

    /// <inheritdoc/>
    public override IScheduledTask Schedule(Action action, TimeSpan delay) => Schedule(new ScheduledWork(this, action, null, null, delay));

    /// <inheritdoc/>
    public override IScheduledTask Schedule(Action<object> action, object state, TimeSpan delay) => Schedule(new ScheduledWork(this, action, null, state, delay));

    /// <inheritdoc/>
    public override IScheduledTask Schedule(Action<object, object> action, object context, object state, TimeSpan delay) => Schedule(new ScheduledWork(this, action, context, state, delay));

    /// <inheritdoc/>
    public override Task ScheduleAsync(Action action, TimeSpan delay, CancellationToken cancellationToken) =>
        Schedule(new ScheduledWork(this, action, null, null, delay)).CompletionWith(cancellationToken);

    /// <inheritdoc/>
    public override Task ScheduleAsync(Action<object> action, object state, TimeSpan delay, CancellationToken cancellationToken) =>
        Schedule(new ScheduledWork(this, action, null, state, delay)).CompletionWith(cancellationToken);

    /// <inheritdoc/>
    public override Task ScheduleAsync(Action<object, object> action, object context, object state, TimeSpan delay, CancellationToken cancellationToken) =>
        Schedule(new ScheduledWork(this, action, context, state, delay)).CompletionWith(cancellationToken);

    IEventLoop IEventLoopGroup.GetNext() => this;

    Task IEventLoopGroup.RegisterAsync(IChannel channel) => channel.Unsafe.RegisterAsync(this);

    void ILoopFaults.Report(Exception exception, object source)
    {
        Counters._faults++;
        TransportLog.LoopFault(Logger, exception, Name, source);
    }

    void IWatchedLoop.Held(TimeSpan atLeast, bool isFirst)
    {
        Volatile.Write(ref _heldTurn, Volatile.Read(ref _runningTurn));
        if (isFirst)
        {
            Counters._blocked++;
        }

        TransportLog.LoopHeld(Logger, Name, atLeast.TotalMilliseconds, DescribeActivity());
        OnHeld();
    }

    /// <summary>A turn goes on and on. On the thread of the watch.</summary>
    private protected virtual void OnHeld()
    {
    }

    void ICallbackLoop.PostCallback(SendOrPostCallback callback, object? state) => Enqueue(new PostedWork(callback, state));

    /// <summary>Wakes it for what a thread has posted before. Any thread.</summary>
    internal void WakeNow() => Wake();

    /// <summary>Runs the item once, behind what is due in the next turn and before its events. The caller sees to it that it is not added twice. Loop thread only.</summary>
    internal void AtTurnStart(ITurnStart item) => _turnStarts.Add(item);

    /// <summary>The read buffer was kept by a handler: it is the handler's now, the next read gets another one.</summary>
    internal void GiveUpReadBuffer()
    {
        var buffer = _readBuffer!;
        _readBuffer = null;
        buffer.CountAsRented();
        buffer.Release();
    }

    /// <inheritdoc/>
    protected override IEnumerable<IEventExecutor> GetItems() => [this];

    /// <summary>Wakes the loop if it sleeps. Any thread.</summary>
    private protected abstract void Wake();

    /// <summary>The calling thread is the loop's from here on.</summary>
    private protected void TakeThread()
    {
        SynchronizationContext.SetSynchronizationContext(Context);
        SetCurrentExecutor(this);
        RunningHere.Loop = this;
    }

    /// <summary>Whether posted work that is left waits for the next turn. Asked between two pieces of it.</summary>
    private protected virtual bool EndsTurn() => false;

    /// <summary>Handles the events that the wait has brought.</summary>
    private protected virtual void HandleEvents()
    {
    }

    /// <summary>One turn at the given time. Turn order: what is due, turn-start items, events, posted work, turn-end items. A late event loop runs what is due behind the posted work.</summary>
    /// <returns>False if there was nothing to do.</returns>
    private protected bool RunTurn(TimeSpan now, bool hasEvents)
    {
        _clock.Now = now;
        CurrentActivity = null;
        Volatile.Write(ref _runningTurn, Counters._turns + 1);
        var readsFirst = _clock.Notice() && Index != NoIndex;
        var ran = readsFirst ? 0 : _clock.RunDue(this);
        if (_turnStarts.Count > 0)
        {
            RunTurnStarts();
        }
        else if (!hasEvents && !readsFirst && ran == 0 && _posts.IsEmpty && _turnEnds.Count == 0)
        {
            return false;
        }

        if (hasEvents)
        {
            HandleEvents();
        }

        RunPosts();
        if (readsFirst)
        {
            _clock.RunDue(this);
        }

        _turnEnds.Run(this);
        Counters._turns++;
        return true;
    }

    /// <summary>Counts how long a turn took, and logs one that took too long.</summary>
    private protected void TurnTook(TimeSpan took)
    {
        Counters.TurnLengths.Add(took);
        if (_longTurns.IsStall(took))
        {
            Counters._stalls++;
            _longTurns.Tell(Name, took, DescribeActivity());
        }

        TurnOver();
    }

    /// <summary>No turn runs.</summary>
    private protected void TurnOver()
    {
        _activitySource = null;
        Volatile.Write(ref _runningTurn, 0);
    }

    /// <summary>Milliseconds until the next due moment, rounded up to whole ones; -1 if nothing waits.</summary>
    private protected int MillisecondsUntilDue(TimeSpan now)
    {
        var next = _clock.NextTicks;
        if (next == long.MaxValue)
        {
            return -1;
        }

        var wait = next - now.Ticks;
        return wait <= 0 ? 0 : (int)Math.Min((wait + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond, int.MaxValue);
    }

    /// <inheritdoc/>
    public string DescribeActivity() => LoopActivity.Describe(_activity, _activitySource);

    /// <summary>The last turns follow.</summary>
    private protected void Ends() => _endWork.Run(this);

    /// <summary>No turn runs any more: what is posted from now on is dropped, continuations go to the thread pool.</summary>
    private protected void Stopped()
    {
        _isStopped = true;
        // The flag is set before the queue is looked at, and whoever queues looks at the flag afterwards: with a full fence one of the two sees the other.
        Interlocked.MemoryBarrier();
        DropPosts();
    }

    private ScheduledWork Schedule(ScheduledWork work)
    {
        if (InEventLoop)
        {
            work.Run();
        }
        else
        {
            Post(work);
        }

        return work;
    }

    private void Enqueue(in PostedWork work)
    {
        _posts.Enqueue(work);
        if (_isStopped)
        {
            DropPosts();
        }
        else if (!HeldWakes.TryHold(this))
        {
            Wake();
        }
    }

    private void DropPosts()
    {
        while (_posts.TryDequeue(out var work))
        {
            if (work.Work is SendOrPostCallback callback)
            {
                Settings.Pool.Post(callback, work.State);
            }
            else if (work.Work is ILoopWork item)
            {
                item.Dropped();
            }
        }
    }

    private void RunTurnStarts()
    {
        (_turnStarts, _startsOfThisTurn) = (_startsOfThisTurn, _turnStarts);
        foreach (var item in _startsOfThisTurn)
        {
            try
            {
                item.OnTurnStart();
            }
            catch (Exception e)
            {
                ((ILoopFaults)this).Report(e, item);
            }
        }

        _startsOfThisTurn.Clear();
    }

    private void RunPosts()
    {
        // Work that is posted meanwhile waits for the next turn: work that posts work must not starve the channels.
        for (var left = _posts.Count; left > 0 && _posts.TryDequeue(out var work); left--)
        {
            Counters._posted++;
            _activity = null;
            _activitySource = work.State as Action ?? work.Work;
            try
            {
                work.Run();
            }
            catch (Exception e) when (work.Work is SendOrPostCallback)
            {
                Settings.ReportApplication(e, Name);
            }
            catch (Exception e)
            {
                ((ILoopFaults)this).Report(e, work.Work);
            }

            if (EndsTurn())
            {
                return;
            }
        }
    }

    private readonly struct PostedWork(object work, object? state)
    {
        internal object Work => work;

        internal object? State => state;

        internal void Run()
        {
            switch (work)
            {
                case Action<object?> action: action(state); break;
                case SendOrPostCallback callback: callback(state); break;
                case ILoopWork item: item.Run(); break;
                default: ((IRunnable)work).Run(); break;
            }
        }
    }
}
