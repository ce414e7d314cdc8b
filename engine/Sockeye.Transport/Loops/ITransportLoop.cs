using DotNetty.Buffers;
using DotNetty.Common.Concurrency;
using DotNetty.Transport.Channels;
using Sockeye.Transport.Loops;

namespace Sockeye.Transport;

/// <summary>
/// One event loop: one thread on which everything of its channels happens. A turn waits for events, takes its time from the clock,
/// runs what is due, handles the channels, runs posted work, runs the turn-end items and sleeps again.
/// </summary>
/// <remarks>
/// It owns its thread, its due-lists and its posted work. Members are for its own thread unless they say otherwise. It lives as long as the transport that made it.
/// Every loop is an event loop of DotNetty's too; this interface is not, so that code which has no reference to DotNetty can use it.
/// </remarks>
public interface ITransportLoop
{
    /// <summary>The loop whose turn the calling thread runs, the one whose <see cref="InEventLoop"/> is true; null: none. Loops say it themselves, so no context that somebody has set counts. Any thread.</summary>
    static ITransportLoop? Current => RunningHere.Loop;

    /// <summary>The position of this loop in <see cref="SocketTransport.Loops"/>; -1 for one of <see cref="SocketTransport.CreateLoop"/>. Any thread.</summary>
    int Index { get; }

    /// <summary>Its name in logs and metrics, and the name of its thread. Any thread.</summary>
    string Name { get; }

    /// <summary>Whether the calling thread is that of the loop. Any thread.</summary>
    bool InEventLoop { get; }

    /// <summary>Whether the loop has been told to end, or has ended. Any thread.</summary>
    bool IsShuttingDown { get; }

    /// <summary>Whether the loop has ended, and takes nothing any more. Any thread.</summary>
    bool IsShutdown { get; }

    /// <summary>Completes when the loop has ended.</summary>
    Task TerminationCompletion { get; }

    /// <summary>Ends the loop. Any thread.</summary>
    /// <param name="quietPeriod">How long nothing must have been posted before it ends; the loops of the engine do not wait.</param>
    /// <param name="timeout">After which it ends all the same.</param>
    /// <returns>Completes when it has ended.</returns>
    Task ShutdownGracefullyAsync(TimeSpan quietPeriod, TimeSpan timeout);

    /// <summary>Monotonic time since the start of the transport, the same during a whole turn; the portable loop has no turns and reads the clock each time. Any thread: others see the value of the last turn.</summary>
    TimeSpan Now { get; }

    /// <summary>
    /// When the loop last went on after it was held up: something due was more than 100 ms late, since the process stood still or a turn took long.
    /// <see cref="TimeSpan.MinValue"/>: it never was.
    /// </summary>
    TimeSpan HeldUpAt { get; }

    /// <summary>Whether the loop was held up a second ago or less: it may not have read yet what arrived meanwhile, so no deadline passes.</summary>
    bool IsCatchingUp { get; }

    /// <summary>The time by the clock of <see cref="Now"/>, which during a turn goes on while <see cref="Now"/> stands still. Any thread.</summary>
    TimeSpan ReadClock();

    /// <summary>Current while the loop runs a turn, so that what follows an <c>await</c> in a handler comes back to the loop. Any thread may post to it.</summary>
    SynchronizationContext Context { get; }

    /// <summary>What the loop has done so far. Any thread may read it.</summary>
    LoopCounters Counters { get; }

    /// <summary>
    /// A name for what runs at the moment, set by upper layers before they call user code. The loop clears it when a turn starts and names
    /// the last one when a turn took longer than <see cref="TransportOptions.StallThreshold"/>.
    /// </summary>
    string? CurrentActivity { get; set; }

    /// <summary>As <see cref="CurrentActivity"/>, with whose activity it is.</summary>
    /// <param name="activity">A name for what runs.</param>
    /// <param name="source">Whose it is: an <see cref="IActivitySource"/>, or an object whose type says enough.</param>
    void SetActivity(string activity, object source);

    /// <summary>Words for what runs at the moment, as the line has them that tells of a loop which does not come back. Any thread; while the loop goes on it may be over when it is read.</summary>
    string DescribeActivity();

    /// <summary>Whether its turn has lasted longer than <see cref="TransportOptions.BlockThreshold"/> and goes on. Any thread.</summary>
    bool IsHeld { get; }

    /// <summary>Runs work when the loop ends, in order or because its turn has failed: its channels are closed by then, and what is posted still runs, within bounds. Any thread, before the loop ends.</summary>
    /// <param name="work">What to run on the loop.</param>
    void AtEnd(ILoopWork work);

    /// <summary>Takes back what was given to <see cref="AtEnd"/>. Any thread.</summary>
    /// <param name="work">The work; nothing happens if it is not there.</param>
    void ForgetAtEnd(ILoopWork work);

    /// <summary>Queues work for the next turn and wakes the loop if it sleeps. Any thread; work from one thread runs in order. After the loop has stopped the work is dropped.</summary>
    /// <param name="work">What to run on the loop.</param>
    void Post(ILoopWork work);

    /// <summary>Queues a call for the next turn and wakes the loop if it sleeps. Any thread; work from one thread runs in order. After the loop has stopped the work is dropped.</summary>
    /// <param name="action">What to call on the loop; a static delegate costs no allocation.</param>
    /// <param name="state">Handed to <paramref name="action"/>.</param>
    void Post(Action<object?> action, object? state);

    /// <summary>Refused: nobody would wait for the task.</summary>
    /// <param name="action">Not used.</param>
    /// <param name="state">Not used.</param>
    [Obsolete("Nobody would wait for the task: let the callback begin the asynchronous work and watch it.", error: true)]
    void Post(Func<object?, Task> action, object? state) => throw new NotSupportedException();

    /// <summary>
    /// Runs the item once, after all reads and posted work of this turn and before the loop sleeps. Items added by turn-end items run in the
    /// same phase. The caller sees to it that an item is not added twice.
    /// </summary>
    /// <param name="item">What to run.</param>
    void AtTurnEnd(ITurnEnd item);

    /// <summary>Items that wait for the end of this turn.</summary>
    int TurnEndCount { get; }

    /// <summary>The loop's due-list for one interval; the same interval gives the same list.</summary>
    /// <param name="interval">How long the entries of the list wait; greater than zero.</param>
    DueList DueList(TimeSpan interval);

    /// <summary>Lends an empty, array-backed heap buffer with reference count 1. The last release, on any thread, gives it back to the pool.</summary>
    /// <param name="minimumCapacity">Bytes that must fit. Up to 64 KiB come from the pool, more is allocated.</param>
    IByteBuffer RentBuffer(int minimumCapacity);
}

/// <summary>Work that is queued to a loop without a delegate: the object is its own queue entry.</summary>
public interface ILoopWork
{
    /// <summary>Runs on the loop.</summary>
    void Run();

    /// <summary>Called instead of <see cref="Run"/>, on any thread, when one of the engine's own loops has ended before: what the work holds can be given back.</summary>
    void Dropped()
    {
    }
}

/// <summary>Something that is done once at the end of a turn, for example writing what the turn has queued for a connection.</summary>
public interface ITurnEnd
{
    /// <summary>Runs on the loop, after all reads and posted work of the turn.</summary>
    void OnTurnEnd();

    /// <summary>One other item comes before it: it may ask for what it is going to read (<see cref="CacheLines"/>), and does nothing else. Not called for the first item of a turn.</summary>
    void Prefetch()
    {
    }
}
