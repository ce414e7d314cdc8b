using Sockeye.Transport.Loops;
using Sockeye.Transport.Transports;

namespace Sockeye.Transport;

/// <summary>
/// A loop that is driven by hand, for tests: its clock stands still and its work waits until the caller runs it. It owns its channels; its clock may be shared.
/// </summary>
/// <remarks>
/// The caller's thread: during a turn it is the loop's and <see cref="ITransportLoop.Context"/> is current; outside a turn nobody is on the
/// loop, so calls are posted as from any other thread. It lives until it is shut down; one of a <see cref="MemoryTransport"/> shares its clock with the others, is
/// driven by the transport and ends with it.
/// </remarks>
public sealed class ManualLoop : LoopBase
{
    private readonly ManualClock _time;
    private readonly ManualLoopSet _set;
    private readonly ManualLoopSet _alone = new();
    private readonly List<MemoryChannel> _channels = [];
    private readonly TaskCompletionSource _termination = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _runner;

    /// <summary>Makes a loop of its own whose clock stands at zero.</summary>
    public ManualLoop()
        : this(0, "manual", new LoopSettings(), new ManualClock(), new ManualLoopSet())
    {
    }

    internal ManualLoop(int index, string name, LoopSettings settings, ManualClock time, ManualLoopSet set)
        : base(index, name, settings, new LongTurns(settings) { Compiled = static () => TimeSpan.Zero }) // the compiler has another clock
    {
        _time = time;
        _set = set;
        _alone.Add(this);
    }

    /// <inheritdoc/>
    public override bool IsShuttingDown => IsShutdown;

    /// <inheritdoc/>
    public override Task TerminationCompletion => _termination.Task;

    /// <summary>The earliest moment at which something is due, null if nothing waits.</summary>
    internal TimeSpan? NextDue => Clock.NextTicks == long.MaxValue ? null : new TimeSpan(Clock.NextTicks);

    /// <summary>Moves the clock on, step by step to each due moment, and runs what comes due.</summary>
    /// <param name="by">How far; not negative.</param>
    public void Advance(TimeSpan by) => ManualDriver.Advance(_alone, _time, by);

    /// <summary>Runs turns until nothing is left to do at this moment.</summary>
    public void RunUntilIdle() => ManualDriver.RunUntilIdle(_alone);

    /// <inheritdoc/>
    public override TimeSpan ReadClock() => _time.Now;

    /// <inheritdoc/>
    public override bool IsInEventLoop(Thread thread) => _runner == thread;

    /// <summary>Ends the loop: one with channels at once, with its channels closed and posted work dropped; one without, of <see cref="MemoryTransport.CreateLoop"/>,
    /// when it is driven and what was posted before has run.</summary>
    /// <param name="quietPeriod">Not used.</param>
    /// <param name="timeout">Not used.</param>
    public override Task ShutdownGracefullyAsync(TimeSpan quietPeriod, TimeSpan timeout)
    {
        if (Index == NoIndex)
        {
            Post(static loop => ((ManualLoop)loop!).End(), this);
        }
        else
        {
            Stop();
        }

        return TerminationCompletion;
    }

    /// <summary>Runs one turn if there is something to do.</summary>
    internal bool TryRunTurn()
    {
        if (!HasWork && Clock.NextTicks > _time.Now.Ticks)
        {
            Clock.Now = _time.Now;
            return false;
        }

        if (_runner is not null)
        {
            throw new InvalidOperationException("The loop is running a turn already; a handler cannot drive it.");
        }

        var outer = SynchronizationContext.Current;
        var outerLoop = RunningHere.Loop;
        SynchronizationContext.SetSynchronizationContext(Context);
        RunningHere.Loop = this;
        _runner = Thread.CurrentThread;
        try
        {
            // A handler may move the clock as long as nothing waits on the loop: so a test makes a turn that takes long.
            var start = _time.Now;
            if (RunTurn(start, hasEvents: false))
            {
                TurnTook(_time.Now - start);
            }
            else
            {
                TurnOver();
            }
        }
        finally
        {
            _runner = null;
            RunningHere.Loop = outerLoop;
            SynchronizationContext.SetSynchronizationContext(outer);
        }

        return true;
    }

    internal void Stop()
    {
        if (IsShutdown)
        {
            return;
        }

        Post(
            static loop =>
            {
                ((ManualLoop)loop!).AbortChannels();
                ((ManualLoop)loop).Ends();
            },
            this);
        RunUntilIdle();
        End();
    }

    internal void Add(MemoryChannel channel) => _channels.Add(channel);

    internal void Remove(MemoryChannel channel) => _channels.Remove(channel);

    /// <inheritdoc/>
    private protected override void Wake() => _set.OnWorkArrived();

    private void End()
    {
        Stopped();
        _set.Remove(this);
        _termination.TrySetResult();
    }

    private void AbortChannels()
    {
        foreach (var channel in _channels.ToArray())
        {
            channel.Abort();
        }
    }
}
