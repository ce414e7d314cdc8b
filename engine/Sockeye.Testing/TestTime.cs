using Sockeye.Transport;

namespace Sockeye.Testing;

/// <summary>The clock of a test server as the rest of .NET knows clocks.</summary>
/// <remarks>Any thread reads it and makes timers; they fire on the first loop of the transport, which is the thread of the test.</remarks>
/// <param name="transport">Whose clock it is, which stands at zero.</param>
/// <param name="start">When it begins; null: at the time of the machine, to the second.</param>
/// <param name="failed">Hears what callbacks of timers throw.</param>
internal sealed class TestTime(MemoryTransport transport, DateTimeOffset? start, Action<Exception> failed) : TimeProvider
{
    private readonly DateTimeOffset _start = start ?? Machine();

    /// <summary>The time of the machine, to the second.</summary>
    public static DateTimeOffset Machine() => new(DateTimeOffset.UtcNow.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _start + transport.Now;

    // Never zero, which code may take for "not yet".
    public override long GetTimestamp() => _start.Ticks + transport.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new TestTimer(transport, failed, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>One timer. When it is due is the lock's; it waits and fires on the loop.</summary>
    private sealed class TestTimer(MemoryTransport transport, Action<Exception> failed, TimerCallback callback, object? state) : DueEntry, ITimer
    {
        private readonly Lock _lock = new();
        private TimeSpan? _due;
        private TimeSpan _period;
        private bool _isDisposed;

        private ITransportLoop Loop => transport.Loops[0];

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                if (_isDisposed)
                {
                    return false;
                }

                _due = dueTime < TimeSpan.Zero ? null : transport.Now + dueTime;
                _period = period;
            }

            Loop.Post(static timer => ((TestTimer)timer!).Place(), this);
            return true;
        }

        public void Dispose()
        {
            Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            lock (_lock)
            {
                _isDisposed = true;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        protected override void OnDue(TimeSpan due)
        {
            lock (_lock)
            {
                if (_due is not { } moment || moment > transport.Now)
                {
                    return; // it was changed, and takes its new place with the posted work of this turn
                }

                _due = _period > TimeSpan.Zero ? moment + _period : null;
            }

            Place();
            try
            {
                callback(state);
            }
#pragma warning disable CA1031 // What a callback throws is told with the failures of handlers.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                failed(failure);
            }
        }

        private void Place()
        {
            DueList.Cancel(this);
            lock (_lock)
            {
                if (_due is { } moment)
                {
                    Loop.DueList(TimeSpan.FromSeconds(1)).Add(this, moment);
                }
            }
        }
    }
}
