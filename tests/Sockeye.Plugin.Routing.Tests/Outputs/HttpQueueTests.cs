using Microsoft.Extensions.Logging;
using Sockeye.Plugin.Routing.Outputs;
using Sockeye.Server.Tests;

namespace Sockeye.Plugin.Routing.Tests.Outputs;

public sealed class HttpQueueTests : OutputTest
{
    [Fact]
    public async Task As_many_events_wait_as_may_and_one_more_is_dropped_and_told()
    {
        var gate = new TaskCompletionSource();
        await using var target = new LoopbackTarget(async _ =>
        {
            await gate.Task;
            return LoopbackTarget.Status(200);
        });
        await using var output = Output(target, options => options with { MaxQueued = 20 });
        var told = Log.Line("queue_full");

        for (var i = 0; i < 20; i++)
        {
            Assert.True(output.Offer(Message()));
        }

        Assert.Equal(20, output.Waiting);
        Assert.False(output.Offer(Message()));
        Assert.Equal("Routing: output \"orders\" did not deliver: queue_full 1.", await told);
        AssertAllTold(output);
        gate.SetResult();
        await output.DisposeAsync();

        Assert.Equal(20, output.Counts.Sent);
        Assert.Equal(1, output.Counts.DroppedFor(DropReason.QueueFull));
        AssertAllTold(output);
    }

    [Fact]
    public async Task As_many_bytes_wait_as_may_and_one_more_event_is_dropped_and_told()
    {
        var gate = new TaskCompletionSource();
        await using var target = new LoopbackTarget(async _ =>
        {
            await gate.Task;
            return LoopbackTarget.Status(200);
        });
        var message = Message($"\"{new string('x', 1000)}\"");
        await using var output = Output(target, options => options with { MaxQueuedBytes = message.Body.Length * 3 });

        Assert.True(output.Offer(message));
        Assert.True(output.Offer(message));
        Assert.True(output.Offer(message));
        Assert.False(output.Offer(message));
        gate.SetResult();
        await output.DisposeAsync();

        Assert.Equal(3, output.Counts.Sent);
        Assert.Equal(1, output.Counts.DroppedFor(DropReason.QueueBytes));
        AssertAllTold(output);
    }

    [Fact]
    public async Task An_event_may_be_as_large_as_the_limit_and_no_larger()
    {
        await using var target = new LoopbackTarget(_ => LoopbackTarget.Status(200));
        var empty = Message("\"\"").Body.Length;
        var limit = Message($"\"{new string('x', 5000)}\"");
        await using var output = Output(target, options => options with { MaxEventBytes = limit.Body.Length });

        Assert.True(output.Offer(limit));
        Assert.False(output.Offer(Message($"\"{new string('x', limit.Body.Length - empty + 50)}\"")));
        await output.DisposeAsync();

        Assert.Equal(1, output.Counts.Sent);
        Assert.Equal(1, output.Counts.DroppedFor(DropReason.TooLarge));
    }

    [Fact]
    public async Task Not_more_requests_run_at_a_time_than_are_configured()
    {
        var gate = new TaskCompletionSource();
        await using var target = new LoopbackTarget(async _ =>
        {
            await gate.Task;
            return LoopbackTarget.Status(200);
        });
        await using var output = Output(target, options => options with { Concurrency = 3 });

        for (var i = 0; i < 30; i++)
        {
            output.Offer(Message());
        }

        await target.NextAsync();
        await target.NextAsync();
        await target.NextAsync();
        gate.SetResult();
        await output.DisposeAsync();

        Assert.Equal(30, output.Counts.Sent);
        Assert.Equal(3, target.MostAtOnce);
    }

    [Fact]
    public async Task In_order_means_that_the_next_one_waits_until_the_one_before_has_been_delivered_or_given_up()
    {
        await using var target = new LoopbackTarget(posted => LoopbackTarget.Status(posted.Number == 2 ? 500 : 200));
        await using var output = Output(target, options => options with { Ordered = true });
        var messages = Enumerable.Range(0, 5).Select(_ => Message()).ToArray();

        foreach (var message in messages)
        {
            output.Offer(message);
        }

        var ids = new List<string> { (await target.NextAsync()).Header("webhook-id")!, (await target.NextAsync()).Header("webhook-id")! };
        Time.Advance(await Time.Timer(due => due < TimeSpan.FromSeconds(10)));
        for (var i = 0; i < 4; i++)
        {
            ids.Add((await target.NextAsync()).Header("webhook-id")!);
        }

        Assert.Equal([messages[0].Id, messages[1].Id, messages[1].Id, messages[2].Id, messages[3].Id, messages[4].Id], ids);
        Assert.Equal(1, target.MostAtOnce);
    }

    [Fact]
    public async Task At_its_end_an_output_delivers_what_waits()
    {
        var gate = new TaskCompletionSource();
        await using var target = new LoopbackTarget(async _ =>
        {
            await gate.Task;
            return LoopbackTarget.Status(200);
        });
        var output = Output(target);
        for (var i = 0; i < 50; i++)
        {
            output.Offer(Message());
        }

        var end = output.DisposeAsync().AsTask();
        Assert.False(end.IsCompleted);
        gate.SetResult();
        await end.WaitAsync(RealClient.Patience);

        Assert.Equal(50, output.Counts.Sent);
        Assert.Equal(0, output.Waiting);
    }

    [Fact]
    public async Task At_its_end_an_output_counts_and_tells_what_does_not_leave_within_its_limit()
    {
        var never = new TaskCompletionSource<string?>();
        await using var target = new LoopbackTarget(_ => never.Task);
        var output = Output(target, options => options with { DrainTimeout = TimeSpan.FromSeconds(3), DeadLetters = "dead" });
        for (var i = 0; i < 50; i++)
        {
            output.Offer(Message());
        }

        await target.NextAsync();
        var told = Log.Line("ended; events that had not left within 3 s: 50");
        var counted = Log.Line("stopped 49");
        var limit = Time.Timer(due => due == TimeSpan.FromSeconds(3));
        var end = output.DisposeAsync().AsTask();
        Time.Advance(await limit);
        await end.WaitAsync(RealClient.Patience);

        await told;
        await counted;
        Assert.Equal(50, output.Counts.DroppedFor(DropReason.Stopped));
        Assert.Equal(50, Bus.Published.Count);
        AssertAllTold(output);
        Assert.False(output.Offer(Message()));
        Assert.Equal(51, output.Counts.DroppedFor(DropReason.Stopped));
        Assert.Equal(0, Time.Waiting);
    }

    [Fact]
    public async Task An_event_that_waits_for_its_next_attempt_is_among_what_does_not_leave()
    {
        await using var target = new LoopbackTarget(_ => LoopbackTarget.Status(503, "Retry-After: 30"));
        var output = Output(target, options => options with { DrainTimeout = TimeSpan.Zero });
        output.Offer(Message());
        await Time.Timer(due => due == TimeSpan.FromSeconds(30));

        await output.DisposeAsync();

        Assert.Equal(1, output.Counts.DroppedFor(DropReason.Stopped));
        AssertAllTold(output);
    }

    [Fact]
    public async Task Under_load_from_several_threads_and_a_target_that_does_all_wrong_each_event_is_counted_once()
    {
        await using var target = new LoopbackTarget(posted => (posted.Number % 5) switch
        {
            0 => null,
            1 => LoopbackTarget.Status(400),
            2 => "garbage\r\n\r\n",
            3 => LoopbackTarget.Status(302, "Location: /"),
            _ => LoopbackTarget.Status(200),
        });
        var output = Output(target, options => options with { MaxQueued = 100, MaxAttempts = 1 });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                output.Offer(Message());
            }
        })));
        await output.DisposeAsync();

        Assert.Equal(2000, output.Counts.Offered);
        Assert.Equal(0, output.Waiting);
        Assert.True(output.Counts.Sent > 0);
        Assert.True(output.Counts.DroppedFor(DropReason.QueueFull) > 0);
        AssertAllTold(output);
    }

    [Fact]
    public async Task Drops_are_told_at_once_then_added_up_and_the_rest_at_the_end()
    {
        var teller = new DropTeller("it", Time, Log);
        teller.Add("full");
        Assert.Equal("Routing: it did not deliver: full 1.", await Log.Line("full 1"));
        for (var i = 0; i < 1000; i++)
        {
            teller.Add("full");
        }

        teller.Add("closed");
        var second = Log.Line("closed 1, full 1000");
        Time.Advance(DropTeller.Interval - TimeSpan.FromMilliseconds(1));
        Assert.False(second.IsCompleted);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(second.IsCompleted);
        teller.Add("late");
        var last = Log.Line("late 1");
        Assert.False(last.IsCompleted);
        teller.Dispose();
        Assert.True(last.IsCompleted);
        Assert.Equal(0, Time.Waiting);
    }

    [Fact]
    public async Task A_target_that_fails_now_and_then_is_told_once_in_an_interval()
    {
        using var lines = new CountedLines(Log, "waits for its target", "delivers again");
        await using var target = new LoopbackTarget(posted => LoopbackTarget.Status(posted.Number % 2 == 1 ? 503 : 200));
        var options = new HttpOutputOptions { Url = target.Url, Ordered = true };
        await using var output = new HttpOutput("orders", options, Support with { Logger = lines });

        for (var i = 0; i < 3; i++)
        {
            output.Offer(Message());
            await target.NextAsync();
            Time.Advance(await Time.Timer(due => due < TimeSpan.FromSeconds(10)));
            await target.NextAsync();
        }

        await output.DisposeAsync();
        Assert.Equal([1, 1], lines.Counts);
        Assert.Equal(3, output.Counts.Sent);
    }

    private sealed class CountedLines(ILogger inner, params string[] texts) : ILogger, IDisposable
    {
        private readonly int[] _counts = new int[texts.Length];

        public int[] Counts => _counts;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            for (var i = 0; i < texts.Length; i++)
            {
                Interlocked.Add(ref _counts[i], formatter(state, exception).Contains(texts[i], StringComparison.Ordinal) ? 1 : 0);
            }

            inner.Log(logLevel, eventId, state, exception, formatter);
        }

        public void Dispose()
        {
        }
    }
}
