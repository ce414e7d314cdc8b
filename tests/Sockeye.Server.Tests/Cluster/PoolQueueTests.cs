using Sockeye.Server.Cluster;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>A queue whose items are done on the thread pool: one at a time, in order, none left behind.</summary>
public sealed class PoolQueueTests : ServerTest
{
    [Fact]
    public async Task Items_of_several_threads_are_done_one_at_a_time_and_those_of_each_in_its_order()
    {
        const int Threads = 4;
        const int Each = 20_000;
        var app = Start(server => { });
        var next = new int[Threads];
        var wrong = 0;
        var inside = 0;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var queue = Make<(int Thread, int Number)>(app, item =>
        {
            wrong += Interlocked.Increment(ref inside) == 1 && next[item.Thread]++ == item.Number ? 0 : 1;
            Interlocked.Decrement(ref inside);
            if (next.Sum() == Threads * Each)
            {
                done.SetResult();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                queue.Add((thread, i));
            }
        })));
        await done.Task;
        Assert.Equal(0, wrong);
        Assert.All(next, count => Assert.Equal(Each, count));
    }

    /// <summary>With a flag that says that somebody works, and no fence behind it, some of these were left until the next one.</summary>
    [Fact]
    public void An_item_that_is_added_in_any_moment_of_a_run_that_ends_is_done_without_another()
    {
        var app = Start(server => { });
        var done = 0;
        var queue = Make<int>(app, number =>
        {
            Volatile.Write(ref done, number);
            Thread.SpinWait(number / 13 % 13);
        });
        for (var i = 1; i <= 200_000; i++)
        {
            queue.Add(i);

            // Looked at without a pause, as only then the next one falls into the moment that is meant; so often that nothing but an item which nobody does takes longer.
            for (var looks = 0L; Volatile.Read(ref done) != i; looks++)
            {
                Assert.True(looks < 10_000_000_000);
            }

            Thread.SpinWait(i % 13);
        }
    }

    [Fact]
    public async Task Work_runs_on_the_pool_with_its_context_also_for_who_adds_there_and_an_item_counts_until_it_is_done()
    {
        var app = Start(server => { });
        var ran = new List<(int Item, bool IsInside, int Count)>();
        var isAdding = false;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        PoolQueue<int>? queue = null;
        queue = Make<int>(app, item =>
        {
            Assert.False(isAdding);
            ran.Add((item, app.Context.PoolContext.IsRunningHere, queue!.Count));
            if (item == 1)
            {
                isAdding = true;
                queue.Add(2);
                isAdding = false;
            }
            else
            {
                done.SetResult();
            }
        });
        Assert.Equal(0, queue.Count);
        queue.Add(1);
        await done.Task;
        SpinWait.SpinUntil(() => queue.Count == 0);
        Assert.Equal([(1, true, 1), (2, true, 1)], ran);
    }

    [Fact]
    public async Task Work_that_throws_is_told_and_the_next_item_comes()
    {
        var app = Start(server => { });
        List<string> told = [];
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var queue = new PoolQueue<int>(app.Context.PoolContext, item =>
        {
            if (item == 1)
            {
                throw new InvalidOperationException("one");
            }

            done.SetResult();
        }, failure => told.Add(failure.Message));
        queue.Add(1);
        queue.Add(2);
        await done.Task;
        Assert.Equal(["one"], told);
    }

    /// <summary>A queue whose work does not throw.</summary>
    private static PoolQueue<T> Make<T>(SockeyeTestServer app, Action<T> work) => new(app.Context.PoolContext, work, app.Context.ReportFault);
}
