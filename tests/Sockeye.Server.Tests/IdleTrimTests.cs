using System.Diagnostics.Metrics;
using Sockeye.Server.Common;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

public class IdleTrimTests
{
    private static readonly ProcessUse s_start = new(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30), AllocatedBytes: 100 << 20, HeapBytes: 50 << 20);

    [Fact]
    public void A_process_that_was_looked_at_once_is_not_known_to_be_quiet() => Assert.False(new QuietWatch().IsTrimDue(s_start, 0));

    [Fact]
    public void A_quiet_process_that_has_allocated_is_trimmed() => Assert.True(IsDue(After(cpuSeconds: 0, allocated: 0)));

    [Fact]
    public void A_process_at_work_is_not_trimmed()
    {
        Assert.True(IsDue(After(cpuSeconds: 10 * QuietWatch.QuietCpuShare, allocated: 0)));
        Assert.False(IsDue(After(cpuSeconds: (10 * QuietWatch.QuietCpuShare) + 0.01, allocated: 0)));
    }

    [Fact]
    public void A_process_in_which_a_single_message_has_flown_is_not_trimmed()
    {
        Assert.True(IsDue(After(cpuSeconds: 0, allocated: 0) with { Messages = s_start.Messages }));
        Assert.False(IsDue(After(cpuSeconds: 0, allocated: 0) with { Messages = s_start.Messages + 1 }));
    }

    [Fact]
    public void A_process_with_a_game_loop_is_not_trimmed() => Assert.False(IsDue(After(cpuSeconds: 0, allocated: 0) with { GameLoops = 1 }));

    [Fact]
    public void Nothing_is_trimmed_unless_it_is_asked_for() => Assert.Equal(TimeSpan.Zero, new SockeyeServerOptions().IdleTrim);

    [Fact]
    public async Task A_server_whose_game_loop_runs_is_left_alone_until_the_loop_has_ended()
    {
        using var meters = new Meters();
        var loops = new MemoryTransport();
        await using var server = SockeyeServerFactory.Build(builder =>
        {
            builder.CustomTransport = loops;
            builder.Options.StopTimeout = TimeSpan.Zero;        // nobody runs the loops at the end
            builder.MeterFactory = meters;
        });
        var game = server.CreateLoop("game", 10);
        var looks = 0;
        var time = new HandTimer();
        using var trim = new IdleTrim(loops, server.Context, TimeSpan.FromSeconds(10), time, () =>
            new ProcessUse(TimeSpan.FromSeconds(10 * Interlocked.Increment(ref looks)), TimeSpan.Zero, AllocatedBytes: 1L << 40, HeapBytes: 1));
        trim.Start();
        for (var look = 1; look <= 3; look++)
        {
            time.Fire();
            Assert.True(loops.RunUntil(() => Volatile.Read(ref looks) == look), "nobody looked");
        }

        Assert.Equal(0, meters.Trims);
        var ended = game.DisposeAsync();
        loops.RunUntilIdle();
        await ended;
        time.Fire();
        Assert.True(loops.RunUntil(() => meters.Trims == 1), "the process was not trimmed");
    }

    [Fact]
    public void A_process_that_allocates_is_not_trimmed()
    {
        Assert.True(IsDue(After(cpuSeconds: 0, allocated: 10 * QuietWatch.QuietBytesPerSecond)));
        Assert.False(IsDue(After(cpuSeconds: 0, allocated: (10 * QuietWatch.QuietBytesPerSecond) + 1)));
    }

    [Fact]
    public void A_process_is_not_trimmed_again_before_it_has_allocated_enough()
    {
        Assert.True(IsDue(After(cpuSeconds: 0, allocated: 0), allocatedAtLastTrim: s_start.AllocatedBytes - QuietWatch.WorthwhileBytes));
        Assert.False(IsDue(After(cpuSeconds: 0, allocated: 0), allocatedAtLastTrim: s_start.AllocatedBytes - QuietWatch.WorthwhileBytes + 1));
    }

    [Fact]
    public void A_heap_whose_pause_would_be_long_is_left_alone()
    {
        Assert.True(IsDue(After(cpuSeconds: 0, allocated: 0) with { HeapBytes = QuietWatch.MaxHeapBytes }));
        Assert.False(IsDue(After(cpuSeconds: 0, allocated: 0) with { HeapBytes = QuietWatch.MaxHeapBytes + 1 }));
    }

    [Fact]
    public async Task A_trim_is_counted()
    {
        using var meters = new Meters();
        var loops = new MemoryTransport();
        await using var server = SockeyeServerFactory.Build(builder =>
        {
            builder.CustomTransport = loops;
            builder.Options.StopTimeout = TimeSpan.Zero;        // nobody runs the loops at the end
            builder.MeterFactory = meters;
        });
        var looks = 0;
        var time = new HandTimer();
        using var trim = new IdleTrim(loops, server.Context, TimeSpan.FromSeconds(10), time, () =>
            new ProcessUse(TimeSpan.FromSeconds(10 * Interlocked.Increment(ref looks)), TimeSpan.Zero, AllocatedBytes: 1L << 40, HeapBytes: 1));
        trim.Start();

        time.Fire();
        Assert.True(loops.RunUntil(() => Volatile.Read(ref looks) == 1), "nobody looked");
        Assert.Equal(0, meters.Trims);
        time.Fire();
        Assert.True(loops.RunUntil(() => meters.Trims == 1), "the process was not trimmed");
    }

    [Fact]
    public async Task A_look_that_fails_is_logged_and_the_next_one_trims()
    {
        using var meters = new Meters();
        var log = new RecordedLog();
        var loops = new MemoryTransport();
        await using var server = SockeyeServerFactory.Build(builder =>
        {
            builder.CustomTransport = loops;
            builder.Options.StopTimeout = TimeSpan.Zero;        // nobody runs the loops at the end
            builder.MeterFactory = meters;
            builder.LoggerFactory = log;
        });
        var looks = 0;
        var time = new HandTimer();
        using var trim = new IdleTrim(loops, server.Context, TimeSpan.FromSeconds(10), time, () =>
            Interlocked.Increment(ref looks) == 1
                ? throw new IOException("no figures")
                : new ProcessUse(TimeSpan.FromSeconds(10 * Volatile.Read(ref looks)), TimeSpan.Zero, AllocatedBytes: 1L << 40, HeapBytes: 1));
        trim.Start();
        for (var look = 1; look <= 3; look++)
        {
            time.Fire();
            Assert.True(loops.RunUntil(() => Volatile.Read(ref looks) == look), "nobody looked");
        }

        Assert.True(loops.RunUntil(() => meters.Trims == 1), "the process was not trimmed");
        Assert.Contains(log.Lines, static line => line.Text.Contains("idle trim failed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_clock_whose_timers_throw_keeps_a_server_neither_from_starting_nor_from_stopping(bool atTheEnd)
    {
        var log = new RecordedLog();
        await using var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Clear();
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.IdleTrim = TimeSpan.FromSeconds(10);
            builder.Time = new BrokenClock(atTheEnd);
            builder.LoggerFactory = log;
        });
        await server.StartAsync();
        Assert.Equal(!atTheEnd, Said());
        await server.StopAsync();
        Assert.True(Said());

        // What is left of such a timer must not throw on the thread of the finalizers, which would end the process.
        GC.Collect();
        GC.WaitForPendingFinalizers();

        bool Said() => log.Lines.Any(static line => line.Text.Contains("idle trim failed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0.999)]
    [InlineData(-1)]
    [InlineData(3601)]
    public void The_time_of_quiet_has_its_range(double seconds) =>
        Assert.Contains(new SockeyeServerOptions { IdleTrim = TimeSpan.FromSeconds(seconds) }.Validate(), static fault => fault.StartsWith("IdleTrim", StringComparison.Ordinal));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3600)]
    public void The_time_of_quiet_may_be_none(double seconds) => Assert.Empty(new SockeyeServerOptions { IdleTrim = TimeSpan.FromSeconds(seconds) }.Validate());

    private static bool IsDue(ProcessUse now, long allocatedAtLastTrim = 0)
    {
        var watch = new QuietWatch();
        watch.IsTrimDue(s_start, allocatedAtLastTrim);
        return watch.IsTrimDue(now, allocatedAtLastTrim);
    }

    private static ProcessUse After(double cpuSeconds, long allocated) => s_start with
    {
        Time = s_start.Time + TimeSpan.FromSeconds(10),
        Cpu = s_start.Cpu + TimeSpan.FromSeconds(cpuSeconds),
        AllocatedBytes = s_start.AllocatedBytes + allocated,
    };

    /// <summary>A clock whose one timer is fired by hand.</summary>
    private sealed class HandTimer : TimeProvider
    {
        private Action? _fire;

        public void Fire() => _fire!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            return base.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A clock whose timers cannot be made, or not be ended; it does not tell the time either.</summary>
    private sealed class BrokenClock(bool atTheEnd) : TimeProvider
    {
        public override long GetTimestamp() => throw new InvalidOperationException("no");

        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("no");

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            atTheEnd ? new EndlessTimer() : throw new InvalidOperationException("no");

        private sealed class EndlessTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => throw new InvalidOperationException("no");

            public void Dispose() => throw new InvalidOperationException("no");

            public ValueTask DisposeAsync() => throw new InvalidOperationException("no");
        }
    }

    /// <summary>Counts the trims of one server.</summary>
    private sealed class Meters : IMeterFactory
    {
        private readonly MeterListener _listener = new();
        private Meter? _meter;
        private int _trims;

        public Meters()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == _meter && instrument.Name == "sockeye.memory.trims")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _trims));
            _listener.Start();
        }

        public int Trims => Volatile.Read(ref _trims);

        public Meter Create(MeterOptions options) => _meter = new Meter(options);

        public void Dispose()
        {
            _listener.Dispose();
            _meter?.Dispose();
        }
    }
}
