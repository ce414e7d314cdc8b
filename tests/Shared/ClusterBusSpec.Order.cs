using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Sockeye.Cluster;
using Xunit;

namespace Sockeye.Cluster.Specification;

/// <summary>In which order things come, and one after the other.</summary>
public abstract partial class ClusterBusSpec
{
    [Fact]
    public async Task What_one_thread_publishes_to_one_subject_arrives_in_that_order()
    {
        const int PerThread = 2000;
        var (one, two) = (await NodeAsync(), await NodeAsync());
        Inbox[] all = [await Inbox.OpenAsync(one, Subject("t.*")), await Inbox.OpenAsync(two, Subject("t.>"))];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(thread => new Thread(() =>
        {
            for (var i = 0; i < PerThread; i++)
            {
                one.Publish(Subject($"t.{thread}"), Encoding.UTF8.GetBytes($"{i}"));
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        foreach (var heard in all)
        {
            var next = new Dictionary<string, int>();
            for (var i = 0; i < threads.Length * PerThread; i++)
            {
                var message = await heard.NextAsync();
                next.TryGetValue(message.Subject, out var expected);
                Assert.Equal($"{expected}", message.Text);
                next[message.Subject] = expected + 1;
            }
        }
    }

    [Fact]
    public async Task What_one_thread_publishes_to_several_subjects_of_data_arrives_in_that_order_at_one_node()
    {
        const int Messages = 3000;
        var (one, two) = (await NodeAsync(), await NodeAsync());
        string[] subjects = [.. Enumerable.Range(0, 7).Select(i => $"{BusSubject.Data}1.{Subject($"s.{i}")}")];
        foreach (var node in new[] { one, two })
        {
            var got = new ConcurrentQueue<int>();
            var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            BusReceiver receiver = (in BusMessage message) =>
            {
                got.Enqueue(int.Parse(Encoding.UTF8.GetString(message.Payload), CultureInfo.InvariantCulture));
                if (got.Count == Messages)
                {
                    all.TrySetResult();
                }
            };
            List<IBusSubscription> subscriptions = [];
            foreach (var subject in subjects[1..])
            {
                subscriptions.Add(await node.SubscribeAsync(subject, receiver));
            }

            // A pattern is one of them too.
            subscriptions.Add(await node.SubscribeAsync(subjects[0][..^1] + "0.*", receiver));
            for (var i = 0; i < Messages; i++)
            {
                var subject = subjects[i * 5 % subjects.Length];
                one.Publish(subject == subjects[0] ? subject + ".x" : subject, Encoding.UTF8.GetBytes($"{i}"));
            }

            await Within(all.Task);
            Assert.Equal(Enumerable.Range(0, Messages), got);
            foreach (var subscription in subscriptions)
            {
                await subscription.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_receiver_of_data_that_ends_another_subscription_has_nothing_of_it_afterwards()
    {
        var bus = await NodeAsync();
        var root = BusSubject.Data + "1." + Subject("e");
        var late = 0;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var other = await bus.SubscribeAsync(root + ".other", (in BusMessage _) => Interlocked.Increment(ref late));
        await bus.SubscribeAsync(root + ".first", (in BusMessage _) => Assert.True(other.DisposeAsync().AsTask().Wait(TimeSpan.FromMinutes(1))));
        await bus.SubscribeAsync(root + ".last", (in BusMessage _) => done.SetResult());
        foreach (var subject in new[] { ".first", ".other", ".other", ".last" })
        {
            bus.Publish(root + subject, "x"u8);
        }

        await Within(done.Task);
        Assert.Equal(0, late);
    }

    [Fact]
    public async Task A_receiver_is_called_for_one_message_after_the_other()
    {
        var bus = await NodeAsync();
        int inside = 0, most = 0;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = 400;
        await bus.SubscribeAsync(Subject("a"), (in BusMessage _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            Thread.Yield();
            Interlocked.Decrement(ref inside);
            if (--left == 0)
            {
                done.SetResult();
            }
        });
        Parallel.For(0, left, _ => bus.Publish(Subject("a"), "x"u8));
        await Within(done.Task);
        Assert.Equal(1, most);
    }
}
