using System.Diagnostics;
using DotNetty.Buffers;
using DotNetty.Common.Concurrency;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;
using Sockeye.Transport.Common;
using Sockeye.Transport.Loops;

namespace Sockeye.Transport.Transports;

/// <summary>
/// DotNetty's single-threaded loop with the members of <see cref="ITransportLoop"/>. It owns the due-lists, which one scheduled task for the earliest moment
/// drives, the turn-end items and the counts.
/// </summary>
/// <remarks>
/// Its own thread; <see cref="ITransportLoop"/> says which members others may call. It lives until its transport stops it. It has no turns but those that
/// <see cref="PortableQueue"/> gives it, and no time of a turn: the clock is read whenever it is asked for.
/// </remarks>
internal sealed class PortableLoop : SingleThreadEventLoop, ITransportLoop, ILoopFaults, ICallbackLoop, IWatchedLoop
{
    private readonly PortableQueue _queue;
    private readonly long _clockStart = Stopwatch.GetTimestamp();
    private readonly PortableClock _clock;
    private readonly TurnEnds _turnEnds = new();
    private readonly EndWork _endWork = new();
    private readonly LongTurns _longTurns;
    private long _taskStart;
    private long _armedTicks = long.MaxValue;
    private long _heldTurn;
    private bool _readsFirst;
    private string? _activity;
    private object? _activitySource;

    private PortableLoop(LoopSettings settings, PortableQueue queue)
        : base(null, settings.NameOf(0), TimeSpan.FromMilliseconds(100), queue)
    {
        Settings = settings;
        _longTurns = new LongTurns(settings);
        _clock = new PortableClock(this);
        TurnEnd = new TurnEndTask(this);
        Context = new LoopSynchronizationContext(this);
        queue.Loop = this;
        _queue = queue;
        LoopWatch.Add(this);
        TerminationCompletion.ContinueWith(
            static (_, loop) => ((PortableLoop)loop!).Terminated(), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Execute(() =>
        {
            SynchronizationContext.SetSynchronizationContext(Context);
            RunningHere.Loop = this;
        });
    }

    public int Index => 0;

    public string Name => Settings.NameOf(0);

    public TimeSpan Now => Stopwatch.GetElapsedTime(_clockStart);

    public TimeSpan HeldUpAt => _clock.HeldUpAt;

    public bool IsCatchingUp => _clock.IsCatchingUp;

    public TimeSpan ReadClock() => Now;

    public SynchronizationContext Context { get; }

    public LoopCounters Counters { get; } = new();

    public string? CurrentActivity
    {
        get => _activity;
        set
        {
            _activity = value;
            _activitySource = null;
        }
    }

    public bool IsHeld => Volatile.Read(ref _heldTurn) is > 0 and var turn && turn == ((IWatchedLoop)this).RunningTurn;

    internal LoopSettings Settings { get; }

    LoopSettings IWatchedLoop.Settings => Settings;

    long IWatchedLoop.RunningTurn => Volatile.Read(ref _taskStart) == 0 ? 0 : Counters.Turns;

    internal ILogger Logger => Settings.Logger;

    internal bool HasTurnEnds => _turnEnds.Count > 0;

    internal IRunnable TurnEnd { get; }

    internal static PortableLoop Create(LoopSettings settings) => new(settings, new PortableQueue());

    public void Post(ILoopWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Enqueue(new WorkTask(this, work));
    }

    public void Post(Action<object?> action, object? state)
    {
        ArgumentNullException.ThrowIfNull(action);
        Enqueue(new ActionTask(this, action, state));
    }

    public void SetActivity(string activity, object source)
    {
        _activity = activity;
        _activitySource = source;
    }

    public void AtEnd(ILoopWork work) => _endWork.Add(work);

    public void ForgetAtEnd(ILoopWork work) => _endWork.Remove(work);

    public int TurnEndCount => _turnEnds.Count;

    public void AtTurnEnd(ITurnEnd item) => _turnEnds.Add(item);

    public DueList DueList(TimeSpan interval) => _clock.List(interval);

    /// <summary>Buffers are not recycled here: a send that runs on another thread may still read one after the channel has let go of it.</summary>
    public IByteBuffer RentBuffer(int minimumCapacity) => LoopBuffer.RentOnce(minimumCapacity);

    void ICallbackLoop.PostCallback(SendOrPostCallback callback, object? state) => Enqueue(new CallbackTask(this, callback, state));

    void IWatchedLoop.Held(TimeSpan atLeast, bool isFirst)
    {
        Volatile.Write(ref _heldTurn, ((IWatchedLoop)this).RunningTurn);
        if (isFirst)
        {
            Counters._blocked++;
        }

        TransportLog.LoopHeld(Logger, Name, atLeast.TotalMilliseconds, DescribeActivity());
    }

    void ILoopFaults.Report(Exception exception, object source)
    {
        Counters._faults++;
        TransportLog.LoopFault(Logger, exception, Name, source);
    }

    internal void TaskStarts()
    {
        CurrentActivity = null;
        _taskStart = Stopwatch.GetTimestamp();
        Counters._turns++;
    }

    internal void TaskEnded()
    {
        if (_taskStart == 0)
        {
            return;
        }

        var took = Stopwatch.GetElapsedTime(_taskStart);
        _taskStart = 0;
        Counters.TurnLengths.Add(took);
        if (_longTurns.IsStall(took))
        {
            Counters._stalls++;
            _longTurns.Tell(Name, took, DescribeActivity());
        }
    }

    private void Enqueue(PostedTask task)
    {
        Execute(task);

        // The loop may have ended meanwhile; then nobody else takes it.
        Interlocked.MemoryBarrier();
        if (IsTerminated)
        {
            DropPosts();
        }
    }

    /// <summary>Its channels are closed; the last tasks follow.</summary>
    internal void Ends() => _endWork.Run(this);

    private void Terminated()
    {
        LoopWatch.Remove(this);
        DropPosts();
    }

    private void DropPosts()
    {
        while (_queue.TryTake(out var task))
        {
            (task as PostedTask)?.Drop();
        }
    }

    public string DescribeActivity() => LoopActivity.Describe(_activity, _activitySource);

    private void ArmDue()
    {
        var next = _clock.NextTicks;
        if (next >= _armedTicks)
        {
            return;
        }

        _armedTicks = next;
        var wait = new TimeSpan(next) - Now;
        if (wait <= TimeSpan.Zero)
        {
            Execute(RunDue);
        }
        else
        {
            Schedule(RunDue, wait);
        }
    }

    private void RunDue()
    {
        _armedTicks = long.MaxValue;
        if (_clock.Notice() && !_readsFirst)
        {
            // Input that has arrived stands in the queue before this.
            _readsFirst = true;
            Execute(RunDue);
            return;
        }

        _readsFirst = false;
        _clock.RunDue(this);
        ArmDue();
    }

    private sealed class PortableClock(PortableLoop loop) : DueClock
    {
        internal override TimeSpan Now => loop.Now;

        internal override void HeadChanged(DueList list, bool wasEmpty)
        {
            base.HeadChanged(list, wasEmpty);
            loop.ArmDue();
        }
    }

    private sealed class TurnEndTask(PortableLoop loop) : IRunnable
    {
        public void Run() => loop._turnEnds.Run(loop);
    }

    private abstract class PostedTask(PortableLoop loop, object source) : IRunnable
    {
        protected PortableLoop Loop => loop;

        public void Run()
        {
            loop.Counters._posted++;
            loop._activity = null;
            loop._activitySource = source;
            try
            {
                RunCore();
            }
            catch (Exception e)
            {
                Failed(e);
            }
        }

        /// <summary>The loop has ended.</summary>
        internal virtual void Drop()
        {
        }

        protected abstract void RunCore();

        protected virtual void Failed(Exception exception) => ((ILoopFaults)loop).Report(exception, source);
    }

    private sealed class WorkTask(PortableLoop loop, ILoopWork work) : PostedTask(loop, work)
    {
        internal override void Drop() => work.Dropped();

        protected override void RunCore() => work.Run();
    }

    private sealed class ActionTask(PortableLoop loop, Action<object?> action, object? state) : PostedTask(loop, action)
    {
        protected override void RunCore() => action(state);
    }

    private sealed class CallbackTask(PortableLoop loop, SendOrPostCallback callback, object? state) : PostedTask(loop, state as Action ?? (object)callback)
    {
        internal override void Drop() => Loop.Settings.Pool.Post(callback, state);

        protected override void RunCore() => callback(state);

        protected override void Failed(Exception exception) => Loop.Settings.ReportApplication(exception, Loop.Name);
    }
}
