using System.Diagnostics;
using Sockeye.Transport.Common;
using TaskCompletionSource = System.Threading.Tasks.TaskCompletionSource;

namespace Sockeye.Transport.Loops;

/// <summary>
/// A loop without channels, for code that must not share a thread with connections: due entries and posted work. It owns its thread.
/// </summary>
/// <remarks>
/// Its thread, as all of <see cref="LoopBase"/>. It lives until it is shut down; then what was posted before still runs. It sleeps until its next due moment, rounded
/// up to whole milliseconds, or until work is posted, and ends a turn when something is due, however much work is left.
/// </remarks>
internal sealed class ThreadLoop : LoopBase
{
    /// <summary>Turns that a stopping loop still runs for the work that is left.</summary>
    private const int LastTurns = 1000;

    private readonly long _clockStart = Stopwatch.GetTimestamp();
    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _termination = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isWoken;
    private volatile bool _isStopping;

    private ThreadLoop(string name, LoopSettings settings)
        : base(NoIndex, name, settings) => _thread = new Thread(Run) { IsBackground = true, Name = name };

    public override bool IsShuttingDown => _isStopping;

    public override Task TerminationCompletion => _termination.Task;

    internal static ThreadLoop Start(string name, LoopSettings settings)
    {
        ThreadLoop loop = new(name, settings);

        // The caller's execution context does not go along: what the loop runs belongs to nobody.
        LoopWatch.Add(loop);
        loop._thread.UnsafeStart();
        return loop;
    }

    public override TimeSpan ReadClock() => Stopwatch.GetElapsedTime(_clockStart);

    public override bool IsInEventLoop(Thread thread) => thread == _thread;

    /// <summary>Ends the loop once what was posted before has run.</summary>
    public override Task ShutdownGracefullyAsync(TimeSpan quietPeriod, TimeSpan timeout)
    {
        Post(static loop => ((ThreadLoop)loop!)._isStopping = true, this);
        return _termination.Task;
    }

    private protected override void Wake()
    {
        // A loop that is woken and not yet up will find what was just queued.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isWoken))
        {
            return;
        }

        lock (_gate)
        {
            _isWoken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Due entries come on time even while work is posted without end.</summary>
    private protected override bool EndsTurn() => Clock.NextTicks <= Stopwatch.GetElapsedTime(_clockStart).Ticks;

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
        }

        Ends();
        for (var turn = 0; turn < LastTurns && HasWork; turn++)
        {
            RunTurn(Stopwatch.GetElapsedTime(_clockStart), hasEvents: false);
        }

        Stopped();
        LoopWatch.Remove(this);
        _termination.TrySetResult();
    }

    private void WaitAndRunTurn()
    {
        lock (_gate)
        {
            if (!_isWoken && !HasWork)
            {
                var timeout = MillisecondsUntilDue(Stopwatch.GetElapsedTime(_clockStart));
                if (timeout != 0)
                {
                    Monitor.Wait(_gate, timeout);
                }
            }

            _isWoken = false;
        }

        var start = Stopwatch.GetElapsedTime(_clockStart);
        if (RunTurn(start, hasEvents: false))
        {
            TurnTook(Stopwatch.GetElapsedTime(_clockStart) - start);
        }
        else
        {
            TurnOver();
        }
    }
}
