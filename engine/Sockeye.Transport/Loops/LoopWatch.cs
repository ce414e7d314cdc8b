using System.Runtime;
using System.Runtime.CompilerServices;

namespace Sockeye.Transport.Loops;

/// <summary>What the watch looks at.</summary>
internal interface IWatchedLoop
{
    /// <summary>Number of the turn that runs; 0: none, the loop sleeps. Any thread.</summary>
    long RunningTurn { get; }

    /// <summary>A turn has lasted longer than the threshold and has not ended. On the thread of the watch.</summary>
    /// <param name="atLeast">How long it has lasted, at least.</param>
    /// <param name="isFirst">Whether it is told for the first time.</param>
    void Held(TimeSpan atLeast, bool isFirst);

    LoopSettings Settings { get; }
}

/// <summary>
/// One thread of the process that names a loop which does not come back, while it does not: a handler that blocks for ever ends no turn, so no
/// line after the turn would ever come. It owns the list of loops.
/// </summary>
/// <remarks>Any thread adds and removes loops. The thread of the watch runs while there are any, and sleeps between two looks; loops pay two stores for each turn.</remarks>
internal static class LoopWatch
{
    /// <summary>Time between two looks.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>A turn that goes on is told again when it has lasted this many times as long.</summary>
    private const int Again = 8;

    private static readonly Lock s_lock = new();
    private static readonly List<Entry> s_loops = [];
    private static readonly ManualResetEvent s_never = new(false);
    private static Thread? s_thread;

    internal static void Add(IWatchedLoop loop)
    {
        if (loop.Settings.BlockThreshold < TimeSpan.Zero)
        {
            return;
        }

        lock (s_lock)
        {
            s_loops.Add(new Entry(loop));
            if (s_thread is not null)
            {
                return;
            }

            s_thread = new Thread(Run) { IsBackground = true, Name = "sockeye-watch" };
            s_thread.UnsafeStart();
        }
    }

    internal static void Remove(IWatchedLoop loop)
    {
        lock (s_lock)
        {
            s_loops.RemoveAll(entry => entry.Loop == loop);
        }
    }

    /// <summary>Whether the loop is looked at. For tests.</summary>
    internal static bool Watches(IWatchedLoop loop)
    {
        lock (s_lock)
        {
            return s_loops.Exists(entry => entry.Loop == loop);
        }
    }

    /// <summary>Whether it was no handler that has held the loops: the process was stopped, starved, or compiled what runs for the first time.</summary>
    /// <param name="slept">Time between two looks.</param>
    /// <param name="compiled">How long the threads of the process have compiled meanwhile, together.</param>
    internal static bool WasHeldUp(TimeSpan slept, TimeSpan compiled) => slept > 4 * Interval || compiled > Interval / 2;

    private static void Run()
    {
        var last = Environment.TickCount64;
        var compiledBefore = JitInfo.GetCompilationTime();
        while (true)
        {
            s_never.WaitOne(Interval);
            var now = Environment.TickCount64;

            var compiled = JitInfo.GetCompilationTime();
            var wasHeldUp = WasHeldUp(TimeSpan.FromMilliseconds(now - last), compiled - compiledBefore);
            (last, compiledBefore) = (now, compiled);
            if (!LookAtAll(now, wasHeldUp))
            {
                return;
            }
        }
    }

    /// <summary>Looks at each loop once. A method of its own, since the frame of one that sleeps may hold loops that have gone, with all that they lead to.</summary>
    /// <returns>False: there are none, and the thread ends.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool LookAtAll(long now, bool wasHeldUp)
    {
        Entry[] loops;
        lock (s_lock)
        {
            if (s_loops.Count == 0)
            {
                s_thread = null;
                return false;
            }

            loops = [.. s_loops];
        }

        foreach (var entry in loops)
        {
            entry.Look(now, wasHeldUp);
        }

        return true;
    }

    /// <summary>One loop and the turn that it was last seen in. Thread of the watch only.</summary>
    internal sealed class Entry(IWatchedLoop loop)
    {
        private long _turn, _since, _tellAt;
        private bool _isTold;

        internal IWatchedLoop Loop => loop;

        internal void Look(long now, bool wasHeldUp)
        {
            var turn = loop.RunningTurn;
            if (turn != _turn || wasHeldUp)
            {
                _isTold &= turn == _turn;
                _turn = turn;
                _since = now;
                _tellAt = (long)loop.Settings.BlockThreshold.TotalMilliseconds;
                return;
            }

            var held = now - _since;
            if (turn == 0 || held < _tellAt)
            {
                return;
            }

            _tellAt = Math.Max(held, 1) * Again;
            var isFirst = !_isTold;
            _isTold = true;
            loop.Held(TimeSpan.FromMilliseconds(held), isFirst);
        }
    }
}
