using System.Runtime.CompilerServices;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>A thread with a clock: ticks at a fixed rate, and between them the handlers of the sockets that were put on it. All of that runs one at a time,
/// so the state of a match needs no locks.</summary>
/// <remarks>
/// <para><b>Lifetime.</b> Made by <see cref="SockeyeServer.CreateLoop"/> and ticking from then on. It ends with its server, after the handlers of disconnections,
/// or when it is disposed.</para>
/// <para><b>Threads.</b> Ticks, handlers and posted work run on the loop's one thread and must not block it; after an <c>await</c> they are back on it.
/// All members may be called from any thread.</para>
/// <para><b>Sending.</b> What a turn of the loop (a tick, or the handlers between two) emits leaves at its end, and all of it that goes to one client in one write.
/// What other threads emit to the same namespace meanwhile keeps its place in the order and leaves with it.</para>
/// <para><b>Limits.</b> <see cref="MaxLoops"/> of one server; names of up to <see cref="MaxNameLength"/> characters; <see cref="MinTicksPerSecond"/> to
/// <see cref="MaxTicksPerSecond"/> ticks. What waits for the loop is bounded for each socket: reading from a client pauses when its handlers are behind.</para>
/// </remarks>
public abstract class GameLoop : IAsyncDisposable
{
    /// <summary>Loops of one server that have not ended: 64.</summary>
    public const int MaxLoops = 64;

    /// <summary>Characters of a name: 64.</summary>
    public const int MaxNameLength = 64;

    /// <summary>The slowest rate: one tick in 100 seconds.</summary>
    public const double MinTicksPerSecond = 0.01;

    /// <summary>The fastest rate: 1,000, one tick in each millisecond, which is how exactly the loop sleeps.</summary>
    public const double MaxTicksPerSecond = 1000;

    internal GameLoop()
    {
    }

    /// <summary>Its name, which stands in logs and metrics and is the name of its thread.</summary>
    public abstract string Name { get; }

    /// <summary>The rate.</summary>
    public abstract double TicksPerSecond { get; }

    /// <summary>Whether the caller is in a turn of this loop.</summary>
    public abstract bool IsCurrent { get; }

    /// <summary>Ticks that ran.</summary>
    public abstract long Ticks { get; }

    /// <summary>Ticks that were left out because the loop was a whole interval late or more, or that a handler has missed because it still ran; they are never made up for in a burst.</summary>
    public abstract long SkippedTicks { get; }

    /// <summary>Called with each tick, on the loop.</summary>
    /// <param name="handler">Called in the order of registration. What it throws is logged, counted and given to <c>OnHandlerError</c> of the server as
    /// <see cref="HandlerKind.Tick"/>; the other handlers and the next tick come all the same.</param>
    public EventRegistration OnTick(Action<Tick> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnTickCore(tick =>
        {
            handler(tick);
            return null;
        });
    }

    /// <summary>Called with each tick, on the loop. A handler whose last tick still runs misses this one: it never overlaps itself. The missed ticks are counted
    /// (<see cref="SkippedTicks"/>) and stand in <see cref="Tick.Skipped"/> and <see cref="Tick.Elapsed"/> of its next.</summary>
    /// <inheritdoc cref="OnTick(Action{Tick})" path="/param" />
    public EventRegistration OnTick(Func<Tick, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnTickCore(handler);
    }

    /// <inheritdoc cref="OnTick(Func{Tick, Task})" />
    [OverloadResolutionPriority(1)]
    public EventRegistration OnTick(Func<Tick, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnTickCore(tick => HandlerTask.Of(handler(tick)));
    }

    /// <summary>Runs work on the loop, after what was posted before.</summary>
    /// <typeparam name="TState">What the work needs.</typeparam>
    /// <param name="state">What the work needs.</param>
    /// <param name="work">The work; what it throws is a <see cref="HandlerError"/> of the server. Nothing waits for work that awaits.</param>
    /// <returns>False: the loop has ended and the work will not run.</returns>
    public bool Post<TState>(TState state, Action<TState> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return PostCore(() =>
        {
            work(state);
            return null;
        });
    }

    /// <inheritdoc cref="Post{TState}(TState, Action{TState})" />
    public bool Post<TState>(TState state, Func<TState, Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return PostCore(() => work(state));
    }

    /// <inheritdoc cref="Post{TState}(TState, Action{TState})" />
    [OverloadResolutionPriority(1)]
    public bool Post<TState>(TState state, Func<TState, ValueTask> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return PostCore(() => HandlerTask.Of(work(state)));
    }

    /// <summary>Ends the loop after what was posted before. The handlers of sockets that are on it go back to where those of their namespace run, or to their event loops if that was this loop:
    /// in order, with nothing lost. A handler that awaits continues on the thread pool, and the next one begins when it is done.</summary>
    /// <returns>Completes when the loop has ended; not to be waited for on the loop itself.</returns>
    public abstract ValueTask DisposeAsync();

    internal abstract EventRegistration OnTickCore(Func<Tick, Task?> handler);

    internal abstract bool PostCore(Func<Task?> work);
}
