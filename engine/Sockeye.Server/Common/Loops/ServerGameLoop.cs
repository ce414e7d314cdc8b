using Sockeye.Abstractions.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>A game loop of this server, on a transport loop of its own.</summary>
/// <remarks>It owns that loop, its ticker and its handlers. Any thread; its ticks, and the handlers of sockets that were put on it, run on the loop. From its creation until it is disposed or
/// the server ends. What its turn emits is held back for the event loops until the turn ends (<see cref="Hold"/>), so that all of it for one client leaves in one write.</remarks>
internal sealed class ServerGameLoop : GameLoop, ITurnEnd
{
    /// <summary>How long the loop may take to end what was posted to it (own).</summary>
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(1);

    private readonly GameLoops _owner;
    private readonly ServerContext _server;
    private readonly ITransportLoop _loop;
    private readonly Ticker _ticker;
    private readonly HandlerList<TickHandler> _handlers = new();
    private readonly List<IHeldBack> _held = [];
    private readonly TickSum _lateTicks = new();
    private readonly TickSum _missedTicks = new();
    private readonly string _tickActivity;
    private Task? _end;
    private long _ticks;
    private long _skipped;

    public ServerGameLoop(GameLoops owner, ServerContext server, ITransportLoop loop, int slot, string name, double ticksPerSecond)
    {
        _owner = owner;
        _server = server;
        _loop = loop;
        Bit = 1UL << slot;
        Name = name;
        TicksPerSecond = ticksPerSecond;
        _tickActivity = "tick of " + name;
        _ticker = new Ticker(this);
    }

    /// <inheritdoc />
    public override string Name { get; }

    /// <inheritdoc />
    public override double TicksPerSecond { get; }

    /// <inheritdoc />
    public override bool IsCurrent => _loop.InEventLoop;

    /// <inheritdoc />
    public override long Ticks => Volatile.Read(ref _ticks);

    /// <inheritdoc />
    public override long SkippedTicks => Volatile.Read(ref _skipped);

    /// <summary>Its place among the game loops of the server.</summary>
    public ulong Bit { get; }

    public ITransportLoop Loop => _loop;

    /// <summary>Whose it is; null: the application's.</summary>
    public LoopMaker? Maker { get; init; }

    /// <summary>The loops of its server.</summary>
    public LoopSet Owner => _server.Loops;

    /// <summary>Whether nothing runs on it any more.</summary>
    public bool HasEnded => _loop.IsShutdown;

    /// <summary>Starts to tick.</summary>
    public void Start()
    {
        _server.Metrics.TicksSkipped(Name, 0);
        _loop.Post(static ticker => ((Ticker)ticker!).Start(), _ticker);
    }

    /// <inheritdoc />
    public override ValueTask DisposeAsync() => new(EndAsync());

    /// <summary>Ends it; what sockets still have for it runs elsewhere.</summary>
    public Task EndAsync()
    {
        lock (_held)
        {
            return _end ??= EndCoreAsync();
        }
    }

    /// <summary>Runs work on the loop, or tells it that the loop has ended.</summary>
    public void Post(ILoopWork work) => _loop.Post(work);

    /// <summary>Tells the loop what runs, for the case that it does not come back in time.</summary>
    public void NameActivity(string name, object source) => _loop.SetActivity(name, source);

    /// <summary>Holds something back until this turn ends. On the loop.</summary>
    public void Hold(IHeldBack held)
    {
        if (_held.Count == 0)
        {
            _loop.AtTurnEnd(this);
        }

        _held.Add(held);
    }

    void ITurnEnd.OnTurnEnd()
    {
        foreach (var held in _held)
        {
            held.Release(this);
        }

        _held.Clear();
    }

    internal override EventRegistration OnTickCore(Func<Tick, Task?> handler) => _handlers.Add(new TickHandler(this, handler));

    internal override bool PostCore(Func<Task?> work)
    {
        if (_loop.IsShuttingDown)
        {
            return false;
        }

        _loop.Post(new Posted(this, work));
        return true;
    }

    private async Task EndCoreAsync()
    {
        try
        {
            await _loop.ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.Zero).WaitAsync(LastPatience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A handler blocks it. Its thread does not keep the process.
            _server.Log.LoopLeft(Name);
        }

        _owner.Remove(this);
    }

    private void Run(in Tick tick)
    {
        if (_server.IsStopped)
        {
            return;
        }

        var skipped = tick.Skipped;
        var handlers = _handlers.Items;
        var missing = 0;
        foreach (var handler in handlers)
        {
            _loop.CurrentActivity = _tickActivity;
            missing += handler.TryRun(tick) ? 0 : 1;
        }

        skipped += missing > 0 ? 1 : 0;
        if (missing == 0 || missing < handlers.Length)
        {
            Volatile.Write(ref _ticks, _ticks + 1);
            _server.Metrics.Ticked(Name);
        }

        if (skipped > 0)
        {
            Volatile.Write(ref _skipped, _skipped + skipped);
            _server.Metrics.TicksSkipped(Name, skipped);
            if (missing > 0)
            {
                _missedTicks.Add(skipped, tick.Number);
            }
            else
            {
                _lateTicks.Add(skipped, tick.Number - 1);
            }
        }

        // Ticks in time tell too what had to wait for its line.
        if (_lateTicks.IsDue(_loop, out var from, out var sum))
        {
            _server.Log.TicksSkipped(Name, from, tick.Number, sum);
        }

        if (_missedTicks.IsDue(_loop, out from, out sum))
        {
            _server.Log.TicksMissed(Name, from, tick.Number, sum);
        }
    }

    private void RaiseError(HandlerKind kind, Exception failure) => _server.RaiseError(kind, Name, failure);

    /// <summary>A handler of ticks, which never overlaps itself. On the loop.</summary>
    private sealed class TickHandler(ServerGameLoop loop, Func<Tick, Task?> handler)
    {
        private Task? _running;
        private long _missed;
        private TimeSpan _missedTime;

        /// <returns>False: it still runs, and has missed this one.</returns>
        public bool TryRun(in Tick tick)
        {
            if (_running is { IsCompleted: false })
            {
                _missed += tick.Skipped + 1;
                _missedTime += tick.Elapsed;
                return false;
            }

            var own = new Tick(tick.Number, tick.Elapsed + _missedTime, tick.Late, tick.Skipped + _missed);
            _missed = 0;
            _missedTime = TimeSpan.Zero;
            _running = null;
            try
            {
                _running = handler(own);
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Failed(failure);
            }

            if (_running is not null)
            {
                LooseTask.Watch(_running, Failed);
            }

            return true;
        }

        private void Failed(Exception failure) => loop.RaiseError(HandlerKind.Tick, failure);
    }

    /// <summary>The schedule. Each moment is computed from the start, so that the rate does not drift, whatever it is.</summary>
    private sealed class Ticker(ServerGameLoop loop) : DueEntry
    {
        private readonly TimeSpan _interval = TimeSpan.FromSeconds(1 / loop.TicksPerSecond);
        private TimeSpan _start;
        private long _last;

        public void Start()
        {
            _start = loop._loop.Now;
            Await(1);
        }

        /// <inheritdoc />
        protected override void OnDue(TimeSpan due)
        {
            var now = loop._loop.Now;
            var number = _last + 1;
            while (now >= At(number + 1))
            {
                number = Math.Max(number + 1, (long)((now - _start).TotalSeconds * loop.TicksPerSecond) - 1);
            }

            var tick = new Tick(number, At(number) - At(_last), now - At(number), number - _last - 1);
            _last = number;
            Await(number + 1);
            loop.Run(tick);
        }

        private void Await(long number) => loop._loop.DueList(_interval).Add(this, At(number));

        private TimeSpan At(long number) => _start + TimeSpan.FromTicks((long)(number / loop.TicksPerSecond * TimeSpan.TicksPerSecond));
    }

    private sealed class Posted(ServerGameLoop loop, Func<Task?> work) : ILoopWork
    {
        public void Run()
        {
            if (loop._server.IsStopped)
            {
                return;
            }

            loop._loop.CurrentActivity = "posted work";
            Task? task = null;
            try
            {
                task = work();
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Failed(failure);
            }

            if (task is not null)
            {
                LooseTask.Watch(task, Failed);
            }
        }

        private void Failed(Exception failure) => loop.RaiseError(HandlerKind.Other, failure);
    }
}
