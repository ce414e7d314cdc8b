using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Sockeye.Cluster;
using Xunit;

namespace Sockeye.Cluster.Specification;

/// <summary>What every bus does. Each implementation inherits it and says how a node connects.</summary>
public abstract partial class ClusterBusSpec : IAsyncLifetime
{
    private readonly string _root = "spec." + Guid.NewGuid().ToString("N");
    private readonly List<IClusterBus> _nodes = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_message_reaches_who_has_subscribed_with_its_subject_and_its_bytes()
    {
        var bus = await NodeAsync();
        var heard = await Inbox.OpenAsync(bus, Subject("a"));
        Assert.Equal(EmitResult.Accepted, bus.Publish(Subject("a"), "hello"u8));
        Assert.Equal(new Heard(Subject("a"), "hello", null), await heard.NextAsync());
    }

    [Fact]
    public async Task A_message_crosses_from_node_to_node()
    {
        var (one, two) = (await NodeAsync(), await NodeAsync());
        var heard = await Inbox.OpenAsync(two, Subject("a"));
        one.Publish(Subject("a"), "over"u8, "back.to.me");
        Assert.Equal(new Heard(Subject("a"), "over", "back.to.me"), await heard.NextAsync());
    }

    [Fact]
    public async Task The_head_and_the_parts_arrive_as_one()
    {
        var bus = await NodeAsync();
        var heard = await Inbox.OpenAsync(bus, Subject("a"));
        bus.Publish(Subject("a"), "1"u8, [Encoding.UTF8.GetBytes("23"), Array.Empty<byte>(), Encoding.UTF8.GetBytes("456")]);
        bus.Publish(Subject("a"), ""u8, [Encoding.UTF8.GetBytes("7")]);
        bus.Publish(Subject("a"), ""u8);
        Assert.Equal(["123456", "7", ""], await heard.NextAsync(3));
    }

    [Fact]
    public async Task What_is_published_is_copied_during_the_call()
    {
        var bus = await NodeAsync();
        var heard = await Inbox.OpenAsync(bus, Subject("a"));
        byte[] head = [.. "head"u8], part = [.. "part"u8];
        bus.Publish(Subject("a"), head, [part]);
        Array.Fill(head, (byte)'x');
        Array.Fill(part, (byte)'x');
        Assert.Equal("headpart", (await heard.NextAsync()).Text);
    }

    [Fact]
    public async Task The_longest_message_arrives_and_one_byte_more_is_dropped()
    {
        var bus = await NodeAsync();
        var heard = await Inbox.OpenAsync(bus, Subject("a"));
        var longest = new byte[bus.MaxMessageBytes];
        Array.Fill(longest, (byte)'z');
        Assert.Equal(EmitResult.Accepted, bus.Publish(Subject("a"), longest));
        Assert.Equal(EmitResult.Dropped, bus.Publish(Subject("a"), longest, [new byte[1]]));
        bus.Publish(Subject("a"), "after"u8);
        Assert.Equal(longest.Length, (await heard.NextAsync()).Text.Length);
        Assert.Equal("after", (await heard.NextAsync()).Text);
    }

    [Fact]
    public async Task Each_subscription_gets_a_message_once_whatever_else_of_the_same_node_matches_it()
    {
        var bus = await NodeAsync();
        Inbox[] all = [await Inbox.OpenAsync(bus, Subject("a.b")), await Inbox.OpenAsync(bus, Subject("a.b")), await Inbox.OpenAsync(bus, Subject("a.*")), await Inbox.OpenAsync(bus, Subject("*.b")), await Inbox.OpenAsync(bus, Subject(">"))];
        bus.Publish(Subject("a.b"), "1"u8);
        bus.Publish(Subject("a.b"), "2"u8);
        foreach (var heard in all)
        {
            Assert.Equal(["1", "2"], await heard.NextAsync(2));
        }

        await EndAllAsync(all);
        Assert.All(all, static heard => Assert.False(heard.HasMore));
    }

    [Fact]
    public async Task A_star_stands_for_one_token_and_a_last_arrow_for_one_or_more()
    {
        var bus = await NodeAsync();
        var star = await Inbox.OpenAsync(bus, Subject("a.*.c"));
        var arrow = await Inbox.OpenAsync(bus, Subject("a.>"));
        var all = await Inbox.OpenAsync(bus, Subject(">"));
        string[] subjects = ["a", "a.c", "a.b.c", "a.b.c.d", "a.bb.c", "A.b.c", "ab.b.c", "a.b.cc"];
        foreach (var subject in subjects)
        {
            bus.Publish(Subject(subject), Encoding.UTF8.GetBytes(subject));
        }

        Assert.Equal(subjects, await all.NextAsync(subjects.Length));
        Assert.Equal(["a.b.c", "a.bb.c"], await star.NextAsync(2));
        Assert.Equal(["a.c", "a.b.c", "a.b.c.d", "a.bb.c", "a.b.cc"], await arrow.NextAsync(5));
        await EndAllAsync(star, arrow);
        Assert.False(star.HasMore);
        Assert.False(arrow.HasMore);
    }

    [Fact]
    public async Task A_receiver_is_never_called_inside_of_a_call_of_Publish()
    {
        var bus = await NodeAsync();
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isPublishing = new ThreadLocal<bool>();
        await bus.SubscribeAsync(Subject("a"), (in BusMessage _) =>
        {
            isPublishing.Value = true;
            bus.Publish(Subject("b"), "x"u8);
            isPublishing.Value = false;
        });
        await bus.SubscribeAsync(Subject("b"), (in BusMessage _) => done.TrySetResult(isPublishing.Value));
        isPublishing.Value = true;
        bus.Publish(Subject("a"), "x"u8);
        isPublishing.Value = false;
        Assert.False(await Within(done.Task));
    }

    [Fact]
    public async Task One_of_a_group_gets_each_message_on_whatever_node_and_all_of_them_get_some()
    {
        const int Messages = 600;
        var (one, two) = (await NodeAsync(), await NodeAsync());
        var counted = new Counted(Messages);
        Inbox[] members = [await Inbox.OpenAsync(one, Subject("a"), "g", counted), await Inbox.OpenAsync(one, Subject("a"), "g", counted), await Inbox.OpenAsync(two, Subject("a"), "g", counted)];
        var witness = await Inbox.OpenAsync(two, Subject("a"));
        for (var i = 0; i < Messages; i++)
        {
            one.Publish(Subject("a"), Encoding.UTF8.GetBytes($"{i}"));
        }

        await Within(counted.Reached);
        Assert.Equal(Messages, (await witness.NextAsync(Messages)).Length);
        await EndAllAsync(members);
        var got = members.Select(static member => member.Rest()).ToArray();
        Assert.All(got, static messages => Assert.NotEmpty(messages));
        Assert.Equal(Enumerable.Range(0, Messages), got.SelectMany(static messages => messages).Select(int.Parse).Order());
    }

    [Fact]
    public async Task Groups_of_two_names_get_a_message_each_and_patterns_of_one_name_are_one_group()
    {
        var bus = await NodeAsync();
        var counted = new Counted(4);
        Inbox[] g = [await Inbox.OpenAsync(bus, Subject("a.b"), "g", counted), await Inbox.OpenAsync(bus, Subject("a.*"), "g", counted)];
        Inbox[] h = [await Inbox.OpenAsync(bus, Subject("a.>"), "h", counted)];
        bus.Publish(Subject("a.b"), "1"u8);
        bus.Publish(Subject("a.b"), "2"u8);
        await Within(counted.Reached);
        await EndAllAsync([.. g, .. h]);
        Assert.Equal(["1", "2"], g.SelectMany(static member => member.Rest()).Order());
        Assert.Equal(["1", "2"], h.SelectMany(static member => member.Rest()));
    }

    [Fact]
    public async Task A_member_that_leaves_its_group_gets_nothing_and_the_others_get_everything()
    {
        var bus = await NodeAsync();
        var first = await Inbox.OpenAsync(bus, Subject("a"), "g");
        var second = await Inbox.OpenAsync(bus, Subject("a"), "g");
        await first.Subscription.DisposeAsync();
        for (var i = 0; i < 50; i++)
        {
            bus.Publish(Subject("a"), "x"u8);
        }

        Assert.Equal(50, (await second.NextAsync(50)).Length);
        Assert.False(first.HasMore);
    }

    [Fact]
    public async Task After_a_subscription_has_ended_nothing_comes()
    {
        var bus = await NodeAsync();
        var ended = await Inbox.OpenAsync(bus, Subject("a"));
        var witness = await Inbox.OpenAsync(bus, Subject("a"));
        bus.Publish(Subject("a"), "before"u8);
        Assert.Equal("before", (await ended.NextAsync()).Text);
        await ended.Subscription.DisposeAsync();
        await ended.Subscription.DisposeAsync();
        bus.Publish(Subject("a"), "after"u8);
        Assert.Equal(["before", "after"], await witness.NextAsync(2));
        Assert.False(ended.HasMore);
    }

    [Fact]
    public async Task The_end_of_a_subscription_waits_for_the_receiver_that_runs()
    {
        var bus = await NodeAsync();
        using var hold = new SemaphoreSlim(0);
        var isInside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hasReturned = false;
        var subscription = await bus.SubscribeAsync(Subject("a"), (in BusMessage _) =>
        {
            isInside.TrySetResult();
            hold.Wait();
            Volatile.Write(ref hasReturned, true);
        });
        bus.Publish(Subject("a"), "x"u8);
        await Within(isInside.Task);
        bus.Publish(Subject("a"), "waits"u8);
        var end = subscription.DisposeAsync();
        Assert.False(end.IsCompleted);
        hold.Release();
        await Within(end.AsTask());
        Assert.True(Volatile.Read(ref hasReturned));
    }

    [Fact]
    public async Task A_receiver_may_end_its_own_subscription_and_wait_for_that()
    {
        var bus = await NodeAsync();
        var calls = 0;
        var own = new TaskCompletionSource<IBusSubscription>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        own.SetResult(await bus.SubscribeAsync(Subject("a"), (in BusMessage _) =>
        {
            Interlocked.Increment(ref calls);
            own.Task.Result.DisposeAsync().AsTask().Wait();
            done.SetResult();
        }));
        var witness = await Inbox.OpenAsync(bus, Subject("a"));
        for (var i = 0; i < 10; i++)
        {
            bus.Publish(Subject("a"), "x"u8);
        }

        await Within(done.Task);
        await witness.NextAsync(10);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_receiver_may_subscribe_and_publish()
    {
        var bus = await NodeAsync();
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await bus.SubscribeAsync(Subject("a"), (in BusMessage message) => _ = SubscribeAndTell(message.ReplyTo!));
        var told = await Inbox.OpenAsync(bus, Subject("ready"));
        bus.Publish(Subject("a"), "x"u8, Subject("ready"));
        await told.NextAsync();
        bus.Publish(Subject("b"), "inner"u8);
        Assert.Equal("inner", await Within(heard.Task));

        async Task SubscribeAndTell(string ready)
        {
            await bus.SubscribeAsync(Subject("b"), (in BusMessage message) => heard.TrySetResult(Encoding.UTF8.GetString(message.Payload)));
            bus.Publish(ready, "ready"u8);
        }
    }

    [Fact]
    public async Task A_receiver_that_throws_gets_the_next_message_and_ends_nothing_of_others()
    {
        var bus = await NodeAsync();
        var calls = 0;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await bus.SubscribeAsync(Subject("a"), (in BusMessage _) =>
        {
            if (Interlocked.Increment(ref calls) == 3)
            {
                done.SetResult();
            }

            throw new InvalidOperationException("A receiver of a test fails.");
        });
        var other = await Inbox.OpenAsync(bus, Subject("a"));
        for (var i = 0; i < 3; i++)
        {
            bus.Publish(Subject("a"), "x"u8);
        }

        await Within(done.Task);
        Assert.Equal(["x", "x", "x"], await other.NextAsync(3));
        Assert.Equal(BusState.Open, bus.State);
    }

    [Fact]
    public async Task A_message_with_a_reply_subject_that_reaches_nobody_is_told_and_no_other()
    {
        var bus = await NodeAsync();
        var told = Channel.CreateUnbounded<string>();
        bus.NoResponders += replyTo =>
        {
            told.Writer.TryWrite(replyTo);
            throw new InvalidOperationException("A listener of a test fails.");
        };
        var heard = await Inbox.OpenAsync(bus, Subject("a"));
        bus.Publish(Subject("a"), "x"u8, Subject("reply.0"));
        bus.Publish(Subject("b"), "x"u8);
        bus.Publish(Subject("b"), "x"u8, Subject("reply.1"));
        bus.Publish(Subject("c"), "x"u8, Subject("reply.2"));
        string[] both = [await Within(told.Reader.ReadAsync().AsTask()), await Within(told.Reader.ReadAsync().AsTask())];
        Assert.Equal([Subject("reply.1"), Subject("reply.2")], both.Order());
        await heard.NextAsync();
        Assert.False(told.Reader.TryRead(out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("a\r\nPUB b")]
    [InlineData("ä")]
    [InlineData("a.*")]
    [InlineData(">")]
    [InlineData("a*")]
    public async Task What_is_no_subject_is_not_published_to(string subject)
    {
        var bus = await NodeAsync();
        Assert.Throws<ArgumentException>(() => { bus.Publish(subject, "x"u8); });
        Assert.Throws<ArgumentException>(() => { bus.Publish("a", "x"u8, subject); });
        await Assert.ThrowsAsync<ArgumentException>(async () => await bus.SubscribeAsync("a", static (in BusMessage _) => { }, subject));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.>.b")]
    [InlineData(">.a")]
    [InlineData("a.b*")]
    [InlineData("a.**")]
    [InlineData("a.>>")]
    [InlineData("a b")]
    public async Task What_is_no_pattern_is_not_subscribed(string pattern)
    {
        var bus = await NodeAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () => await bus.SubscribeAsync(pattern, static (in BusMessage _) => { }));
    }

    [Fact]
    public async Task A_token_that_has_fired_subscribes_nothing()
    {
        var bus = await NodeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await bus.SubscribeAsync(Subject("a"), static (in BusMessage _) => { }, null, new CancellationToken(true)));
    }

    [Fact]
    public async Task A_closed_bus_says_so_and_takes_nothing()
    {
        var bus = await NodeAsync();
        Assert.Equal(BusState.Open, bus.State);
        var states = new ConcurrentQueue<BusState>();
        bus.StateChanged += states.Enqueue;
        var heard = await Inbox.OpenAsync(bus, Subject("a"));
        await bus.DisposeAsync();
        await bus.DisposeAsync();
        Assert.Equal(BusState.Closed, bus.State);
        Assert.Equal([BusState.Closed], states);
        Assert.Equal(EmitResult.Closed, bus.Publish(Subject("a"), "x"u8));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await bus.SubscribeAsync(Subject("a"), static (in BusMessage _) => { }));
        await heard.Subscription.DisposeAsync();
        Assert.False(heard.HasMore);
    }

    [Fact]
    public async Task A_request_is_answered_from_another_node_and_the_answers_find_their_requests()
    {
        var (one, two) = (await NodeAsync(), await NodeAsync());
        await two.SubscribeAsync(Subject("double"), (in BusMessage message) =>
        {
            var text = Encoding.UTF8.GetString(message.Payload);
            two.Reply(message, Encoding.UTF8.GetBytes(text + text));
        });
        await using var requester = await BusRequester.CreateAsync(one, Subject("inbox"));
        var requests = Enumerable.Range(0, 200).Select(i => requester.RequestAsync(Subject("double"), Encoding.UTF8.GetBytes($"{i},"), TimeSpan.FromMinutes(10)).AsTask()).ToArray();
        var replies = await Within(Task.WhenAll(requests));
        for (var i = 0; i < replies.Length; i++)
        {
            Assert.Equal(BusReplyStatus.Answered, replies[i].Status);
            Assert.Equal($"{i},{i},", Encoding.UTF8.GetString(replies[i].Payload.Span));
        }

        Assert.Equal(0, requester.Open);
    }

    [Fact]
    public async Task A_request_that_nobody_can_answer_ends_at_once()
    {
        var bus = await NodeAsync();
        await using var requester = await BusRequester.CreateAsync(bus, Subject("inbox"));
        var reply = await Within(requester.RequestAsync(Subject("nobody"), "x"u8, TimeSpan.FromHours(1)).AsTask());
        Assert.Equal(BusReplyStatus.NoResponders, reply.Status);
    }

    /// <summary>A connection of a node, open: a further one of the same cluster with each call.</summary>
    protected abstract ValueTask<IClusterBus> ConnectAsync();

    /// <summary>A subject that no other test has.</summary>
    protected string Subject(string name) => $"{_root}.{name}";

    /// <summary>What never comes must fail a test and not hang it.</summary>
    protected static Task<T> Within<T>(Task<T> task) => task.WaitAsync(TimeSpan.FromMinutes(1));

    /// <inheritdoc cref="Within{T}(Task{T})"/>
    protected static Task Within(Task task) => task.WaitAsync(TimeSpan.FromMinutes(1));

    private async ValueTask<IClusterBus> NodeAsync()
    {
        var node = await ConnectAsync();
        _nodes.Add(node);
        return node;
    }

    private static async Task EndAllAsync(params Inbox[] all)
    {
        foreach (var heard in all)
        {
            await heard.Subscription.DisposeAsync();
        }
    }

    /// <summary>A message as it came.</summary>
    private sealed record Heard(string Subject, string Text, string? ReplyTo);

    /// <summary>Reached when so many messages have come, to whomever.</summary>
    private sealed class Counted(int wanted)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public Task Reached => _reached.Task;

        public void One()
        {
            if (Interlocked.Increment(ref _count) == wanted)
            {
                _reached.SetResult();
            }
        }
    }

    /// <summary>A subscription that keeps what comes.</summary>
    private sealed class Inbox
    {
        private readonly Channel<Heard> _messages = Channel.CreateUnbounded<Heard>();

        public IBusSubscription Subscription { get; private set; } = null!;

        public bool HasMore => _messages.Reader.TryPeek(out _);

        public static async Task<Inbox> OpenAsync(IClusterBus bus, string subject, string? group = null, Counted? counted = null)
        {
            var inbox = new Inbox();
            inbox.Subscription = await bus.SubscribeAsync(
                subject,
                (in BusMessage message) =>
                {
                    inbox._messages.Writer.TryWrite(new Heard(message.Subject, Encoding.UTF8.GetString(message.Payload), message.ReplyTo));
                    counted?.One();
                },
                group);
            Assert.Equal(subject, inbox.Subscription.Subject);
            return inbox;
        }

        public Task<Heard> NextAsync() => Within(_messages.Reader.ReadAsync().AsTask());

        public async Task<string[]> NextAsync(int count)
        {
            var texts = new string[count];
            for (var i = 0; i < count; i++)
            {
                texts[i] = (await NextAsync()).Text;
            }

            return texts;
        }

        public string[] Rest()
        {
            List<string> texts = [];
            while (_messages.Reader.TryRead(out var message))
            {
                texts.Add(message.Text);
            }

            return [.. texts];
        }
    }
}
