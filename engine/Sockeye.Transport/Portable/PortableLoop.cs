using System.Diagnostics;
using DotNetty.Buffers;
using DotNetty.Common.Concurrency;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;

namespace Sockeye.Transport;

/// <summary>
/// DotNetty's single-threaded loop with the members of <see cref="ITransportLoop"/>. Time is read whenever it is asked for; the due-lists are
/// driven by one scheduled task for the earliest moment.
/// </summary>
internal sealed class PortableLoop : SingleThreadEventLoop, ITransportLoop, ILoopFaults, ICallbackLoop
{
    private readonly long _clockStart = Stopwatch.GetTimestamp();
    private readonly PortableClock _clock;
    private readonly TurnEnds _turnEnds = new();
    private long _taskStart;
    private long _armedTicks = long.MaxValue;
    private bool _readsFirst;

    private PortableLoop(LoopSettings settings, PortableQueue queue)
        : base(null, "sockeye-loop-0", TimeSpan.FromMilliseconds(100), queue)
    {
        Settings = settings;
        _clock = new PortableClock(this);
        TurnEnd = new TurnEndTask(this);
        Context = new LoopSynchronizationContext(this);
        queue.Loop = this;
        Execute(() => SynchronizationContext.SetSynchronizationContext(Context));
    }

    public int Index => 0;

    public TimeSpan Now => Stopwatch.GetElapsedTime(_clockStart);

    public TimeSpan HeldUpAt => _clock.HeldUpAt;

    public bool IsCatchingUp => _clock.IsCatchingUp;

    public SynchronizationContext Context { get; }

    public LoopCounters Counters { get; } = new();

    public string? CurrentActivity { get; set; }

    internal LoopSettings Settings { get; }

    internal ILogger Logger => Settings.Logger;

    internal bool HasTurnEnds => _turnEnds.Count > 0;

    internal IRunnable TurnEnd { get; }

    internal static PortableLoop Create(LoopSettings settings) => new(settings, new PortableQueue());

    public void Post(ILoopWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Execute(new WorkTask(this, work));
    }

    public void Post(Action<object?> action, object? state)
    {
        ArgumentNullException.ThrowIfNull(action);
        Execute(new ActionTask(this, action, state));
    }

    public int TurnEndCount => _turnEnds.Count;

    public void AtTurnEnd(ITurnEnd item) => _turnEnds.Add(item);

    public DueList DueList(TimeSpan interval) => _clock.List(interval);

    /// <summary>Buffers are not recycled here: a send that runs on another thread may still read one after the channel has let go of it.</summary>
    public IByteBuffer RentBuffer(int minimumCapacity) => LoopBuffer.RentOnce(minimumCapacity);

    void ICallbackLoop.PostCallback(SendOrPostCallback callback, object? state)
    {
        if (IsTerminated) { ThreadPool.QueueUserWorkItem(new WaitCallback(callback), state); }
        else { Post(new Action<object?>(callback), state); }
    }

    void ILoopFaults.Report(Exception exception, object source)
    {
        Counters._faults++;
        TransportLog.LoopFault(Logger, exception, Index, source);
    }

    internal void TaskStarts()
    {
        CurrentActivity = null;
        _taskStart = Stopwatch.GetTimestamp();
        Counters._turns++;
    }

    internal void TaskEnded()
    {
        if (_taskStart == 0) { return; }
        TimeSpan took = Stopwatch.GetElapsedTime(_taskStart);
        _taskStart = 0;
        Counters.TurnLengths.Add(took);
        if (took <= Settings.StallThreshold || Settings.StallThreshold < TimeSpan.Zero) { return; }
        Counters._stalls++;
        TransportLog.Stall(Logger, Index, took.TotalMilliseconds, CurrentActivity ?? "unknown");
    }

    private void ArmDue()
    {
        long next = _clock.NextTicks;
        if (next >= _armedTicks) { return; }
        _armedTicks = next;
        TimeSpan wait = new TimeSpan(next) - Now;
        if (wait <= TimeSpan.Zero) { Execute(RunDue); } else { Schedule(RunDue, wait); }
    }

    private void RunDue()
    {
        _armedTicks = long.MaxValue;
        if (_clock.Notice() && !_readsFirst)
        {
            // What has arrived stands in the queue before this.
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

    private sealed class WorkTask(PortableLoop loop, ILoopWork work) : IRunnable
    {
        public void Run()
        {
            loop.Counters._posted++;
            try { work.Run(); }
            catch (Exception e) { ((ILoopFaults)loop).Report(e, work); }
        }
    }

    private sealed class ActionTask(PortableLoop loop, Action<object?> action, object? state) : IRunnable
    {
        public void Run()
        {
            loop.Counters._posted++;
            try { action(state); }
            catch (Exception e) { ((ILoopFaults)loop).Report(e, action); }
        }
    }
}
