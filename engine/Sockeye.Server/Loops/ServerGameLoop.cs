using Sockeye.Transport;

namespace Sockeye;

/// <summary>A game loop of this server, on a transport loop of its own.</summary>
/// <remarks>What its turn emits is held back at the shards of the event loops until the turn ends (<see cref="Hold"/>), so that all of it for one client leaves in one write.</remarks>
internal sealed class ServerGameLoop : GameLoop, ITurnEnd
{
    private readonly GameLoops _owner;
    private readonly ServerContext _server;
    private readonly ITransportLoop _loop;
    private readonly Ticker _ticker;
    private readonly HandlerList<Action<Tick>> _handlers = new();
    private readonly List<Shard> _held = [];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _tickActivity;
    private int _busy;
    private int _isEnding;
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
    public override bool IsCurrent => ReferenceEquals(SynchronizationContext.Current, _loop.Context);

    /// <inheritdoc />
    public override long Ticks => Volatile.Read(ref _ticks);

    /// <inheritdoc />
    public override long SkippedTicks => Volatile.Read(ref _skipped);

    /// <summary>Its place among the game loops of the server.</summary>
    public ulong Bit { get; }

    public SynchronizationContext Context => _loop.Context;

    /// <summary>Whether nothing runs on it any more.</summary>
    public bool HasEnded => _loop.IsShutdown;

    /// <summary>Starts to tick.</summary>
    public void Start() => _loop.Post(static ticker => ((Ticker)ticker!).Start(), _ticker);

    /// <inheritdoc />
    public override EventRegistration OnTick(Action<Tick> handler) => _handlers.Add(handler);

    /// <summary>Ends it without regard to sockets.</summary>
    public override ValueTask DisposeAsync() => new(EndAsync(TimeSpan.Zero));

    /// <summary>Ends it when no handlers of a socket wait or run any more, or the patience is over.</summary>
    public Task EndAsync(TimeSpan patience)
    {
        lock (_held)
        {
            return _end ??= EndCoreAsync(patience);
        }
    }

    /// <summary>Runs work on the loop, or tells it that the loop has ended.</summary>
    public void Post(ILoopWork work) => _loop.Post(work);

    /// <summary>Handlers of a socket begin to use the loop.</summary>
    public void Enter() => Interlocked.Increment(ref _busy);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _busy) == 0 && Volatile.Read(ref _isEnding) != 0)
        {
            _idle.TrySetResult();
        }
    }

    /// <summary>Tells the loop what runs, for the case that it does not come back in time.</summary>
    public void NameActivity(string name) => _loop.CurrentActivity = name;

    /// <summary>Holds back what waits at a shard until this turn ends. On the loop, order lock of the shard's namespace.</summary>
    public void Hold(Shard shard)
    {
        if (_held.Count == 0)
        {
            _loop.AtTurnEnd(this);
        }

        _held.Add(shard);
    }

    void ITurnEnd.OnTurnEnd()
    {
        foreach (var shard in _held)
        {
            shard.Release(this);
        }

        _held.Clear();
    }

    internal override bool PostCore(Action<object?> action, object? state)
    {
        if (_loop.IsShuttingDown)
        {
            return false;
        }

        _loop.Post(new Posted(this, action, state));
        return true;
    }

    private async Task EndCoreAsync(TimeSpan patience)
    {
        Interlocked.Exchange(ref _isEnding, 1);
        if (patience > TimeSpan.Zero && Volatile.Read(ref _busy) != 0)
        {
            try
            {
                await _idle.Task.WaitAsync(patience).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                _server.Log.LoopStopTimedOut(Name);
            }
        }

        await _loop.ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.Zero).ConfigureAwait(false);
        _owner.Remove(this);
    }

    private void Run(in Tick tick)
    {
        Volatile.Write(ref _ticks, _ticks + 1);
        _server.Metrics.Ticked(Name);
        if (tick.Skipped > 0)
        {
            Volatile.Write(ref _skipped, _skipped + tick.Skipped);
            _server.Metrics.TicksSkipped(Name, tick.Skipped);
            _server.Log.TicksSkipped(Name, tick.Skipped, tick.Number);
        }

        _loop.CurrentActivity = _tickActivity;
        foreach (var handler in _handlers.Items)
        {
            try
            {
                handler(tick);
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                RaiseError(HandlerKind.Tick, failure);
            }
        }
    }

    private void RaiseError(HandlerKind kind, Exception failure)
    {
        _server.Metrics.HandlerFailed(kind);
        _server.Log.LoopFailed(kind, Name, failure);
        var error = new HandlerError(kind, default, failure);
        foreach (var listener in _server.Namespaces.Main.Handlers.Errors.Items)
        {
            try
            {
                listener(error);
            }
#pragma warning disable CA1031 // A listener of errors that fails is only logged: telling it about itself could go on forever.
            catch (Exception second)
#pragma warning restore CA1031
            {
                _server.Log.LoopFailed(HandlerKind.Other, Name, second);
            }
        }
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

    private sealed class Posted(ServerGameLoop loop, Action<object?> action, object? state) : ILoopWork
    {
        public void Run()
        {
            loop.NameActivity("posted work");
            try
            {
                action(state);
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure: logged, counted, reported.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                loop.RaiseError(HandlerKind.Other, failure);
            }
        }
    }
}
