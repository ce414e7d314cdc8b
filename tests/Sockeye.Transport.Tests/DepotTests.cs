using Sockeye.Transport.Common;
using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class DepotTests
{
    [Theory]
    [InlineData(100, 64)]
    [InlineData(5_000, 64)]
    [InlineData(60_000, 8)]
    public void Frames_that_one_thread_always_rents_and_another_always_releases_come_back_without_allocations(int bytes, int inFlight)
    {
        using AutoResetEvent filled = new(false), emptied = new(false);
        var frames = new Frame[inFlight];
        var isOver = false;
        Thread releasing = new(() =>
        {
            while (filled.WaitOne(Wait.Limit) && !Volatile.Read(ref isOver))
            {
                foreach (var frame in frames)
                {
                    frame.Release();
                }

                emptied.Set();
            }
        });
        releasing.Start();
        var open = BufferCounters.Rented - BufferCounters.Returned;
        var allocated = Allocated.Least(
            () =>
            {
                for (var i = 0; i < frames.Length; i++)
                {
                    frames[i] = Frame.Rent(bytes);
                }

                filled.Set();
                Assert.True(emptied.WaitOne(Wait.Limit));
            },
            runs: 1000);
        Volatile.Write(ref isOver, true);
        filled.Set();
        releasing.Join();
        Assert.Equal(0, allocated);
        Assert.Equal(open, BufferCounters.Rented - BufferCounters.Returned);
    }

    [Fact]
    public void A_store_keeps_its_bound_and_the_depot_another_one()
    {
        Depot<object> depot = new(100);
        LocalStore<object> giving = new(depot, 50), taking = new(depot, 50);
        object[] all = [.. Enumerable.Range(0, 1000).Select(_ => new object())];
        foreach (var item in all)
        {
            giving.Give(item);
        }

        HashSet<object> taken = [];
        while (taking.Take() is { } item)
        {
            Assert.True(taken.Add(item), "an item was handed out twice");
        }

        Assert.Equal(100, taken.Count);
        while (giving.Take() is { } item)
        {
            Assert.True(taken.Add(item), "an item was handed out twice");
        }

        Assert.InRange(taken.Count, 125, 150);
        Assert.All(taken, item => Assert.Contains(item, all));
    }

    [Fact]
    public void A_balanced_store_leaves_the_depot_alone()
    {
        Depot<object> depot = new(100);
        LocalStore<object> store = new(depot, 50);
        object[] items = [.. Enumerable.Range(0, 50).Select(_ => new object())];
        for (var round = 0; round < 10; round++)
        {
            foreach (var item in items)
            {
                store.Give(item);
            }

            for (var i = items.Length - 1; i >= 0; i--)
            {
                Assert.Same(items[i], store.Take());
            }
        }

        Assert.Equal(0, depot.Take(new object?[1]));
    }

    [Fact]
    public void A_cleared_store_has_nothing_left()
    {
        Depot<object> depot = new(100);
        LocalStore<object> store = new(depot, 50);
        for (var i = 0; i < 100; i++)
        {
            store.Give(new object());
        }

        store.Clear();
        Assert.Null(store.Take());
        store.Give(new object());
        Assert.NotNull(store.Take());
    }
}
