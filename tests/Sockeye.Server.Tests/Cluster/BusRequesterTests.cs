using System.Text;
using System.Threading.Channels;
using Sockeye.Cluster;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>Requests and answers over a bus: their times, their bounds, and answers that nobody waits for.</summary>
public sealed class BusRequesterTests : ServerTest
{
    [Fact]
    public async Task A_request_ends_at_its_time_and_not_before_and_a_late_answer_is_dropped()
    {
        var app = Start(static _ => { });
        await using var bus = new InProcessBus();
        var asked = Channel.CreateUnbounded<string>();
        await using var service = await bus.SubscribeAsync("ask", (in BusMessage message) => asked.Writer.TryWrite(message.ReplyTo!));
        await using var requester = await BusRequester.CreateAsync(bus, time: app.Time);
        var request = requester.RequestAsync("ask", "x"u8, TimeSpan.FromSeconds(2)).AsTask();
        var replyTo = await asked.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience);
        app.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        Assert.False(request.IsCompleted);
        Assert.Equal(1, requester.Open);
        app.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(BusReplyStatus.TimedOut, (await request).Status);
        Assert.Equal(0, requester.Open);

        bus.Publish(replyTo, "late"u8);
        await RoundTrip(bus, requester);
        Assert.Equal(1, requester.Unexpected);
    }

    [Fact]
    public async Task The_first_answer_counts_and_those_that_somebody_made_up_are_dropped()
    {
        await using var bus = new InProcessBus();
        await using var service = await bus.SubscribeAsync("ask", (in BusMessage message) =>
        {
            var inbox = message.ReplyTo![..message.ReplyTo!.LastIndexOf('.')];
            bus.Publish(inbox + ".0", "foreign"u8);
            bus.Publish(inbox + ".not-a-number", "foreign"u8);
            bus.Publish(inbox + ".ffffffffffffffffffffff", "foreign"u8);
            Assert.Equal(EmitResult.Accepted, bus.Reply(message, "first"u8));
            bus.Reply(message, "second"u8);
        });
        await using var requester = await BusRequester.CreateAsync(bus, "answers");
        var reply = await requester.RequestAsync("ask", "x"u8, TimeSpan.FromMinutes(10));
        Assert.True(reply.IsAnswered);
        Assert.Equal("first", Encoding.UTF8.GetString(reply.Payload.Span));
        await RoundTrip(bus, requester);
        Assert.Equal(4, requester.Unexpected);
    }

    [Fact]
    public async Task As_many_requests_as_the_limit_says_are_open_and_a_further_one_is_not_sent()
    {
        await using var bus = new InProcessBus();
        var asked = Channel.CreateUnbounded<string>();
        await using var service = await bus.SubscribeAsync("ask", (in BusMessage message) => asked.Writer.TryWrite(message.ReplyTo!));
        await using var requester = await BusRequester.CreateAsync(bus, maxOpen: 2);
        Task<BusReply>[] open = [Ask(), Ask()];
        Assert.Equal(BusReplyStatus.Overloaded, (await Ask()).Status);
        string[] replyTo = [await asked.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience), await asked.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience)];
        bus.Publish(replyTo[0], "a"u8);
        await open[0];
        var third = Ask();
        Assert.Equal(2, requester.Open);
        bus.Publish(replyTo[1], "b"u8);
        bus.Publish(await asked.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience), "c"u8);
        Assert.Equal("b", Encoding.UTF8.GetString((await open[1]).Payload.Span));
        Assert.Equal("c", Encoding.UTF8.GetString((await third).Payload.Span));
        Assert.False(asked.Reader.TryRead(out _));

        Task<BusReply> Ask() => requester.RequestAsync("ask", "x"u8, TimeSpan.FromMinutes(10)).AsTask();
    }

    [Fact]
    public async Task A_request_that_is_given_up_is_cancelled_and_makes_room()
    {
        await using var bus = new InProcessBus();
        await using var service = await bus.SubscribeAsync("ask", static (in BusMessage _) => { });
        await using var requester = await BusRequester.CreateAsync(bus, maxOpen: 1);
        using var giveUp = new CancellationTokenSource();
        var request = requester.RequestAsync("ask", "x"u8, TimeSpan.FromMinutes(10), giveUp.Token).AsTask();
        giveUp.Cancel();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        Assert.Equal(giveUp.Token, cancelled.CancellationToken);
        Assert.Equal(0, requester.Open);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => requester.RequestAsync("ask", "x"u8, TimeSpan.FromMinutes(10), giveUp.Token).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(async () => await requester.RequestAsync("no subject", "x"u8, TimeSpan.FromMinutes(10)));
        Assert.Equal(0, requester.Open);
    }

    [Fact]
    public async Task Open_requests_end_with_their_requester_and_with_the_bus()
    {
        var bus = new InProcessBus();
        await using var service = await bus.SubscribeAsync("ask", static (in BusMessage _) => { });
        var requester = await BusRequester.CreateAsync(bus);
        var other = await BusRequester.CreateAsync(bus);
        var request = requester.RequestAsync("ask", "x"u8, TimeSpan.FromMinutes(10)).AsTask();
        var left = other.RequestAsync("ask", "x"u8, TimeSpan.FromMinutes(10)).AsTask();
        await requester.DisposeAsync();
        await requester.DisposeAsync();
        Assert.Equal(BusReplyStatus.Closed, (await request).Status);
        Assert.Equal(BusReplyStatus.Closed, (await requester.RequestAsync("ask", "x"u8, TimeSpan.FromMinutes(10))).Status);
        Assert.False(left.IsCompleted);
        await bus.DisposeAsync();
        Assert.Equal(BusReplyStatus.Closed, (await left).Status);
        Assert.Equal(BusReplyStatus.Closed, (await other.RequestAsync("ask", "x"u8, TimeSpan.FromMinutes(10))).Status);
        Assert.Equal(0, requester.Open + other.Open);
        await other.DisposeAsync();
    }

    [Fact]
    public async Task A_message_that_expects_no_answer_gets_none()
    {
        await using var bus = new InProcessBus();
        var result = new TaskCompletionSource<EmitResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var service = await bus.SubscribeAsync("ask", (in BusMessage message) => result.SetResult(bus.Reply(message, "answer"u8)));
        bus.Publish("ask", "x"u8);
        Assert.Equal(EmitResult.Dropped, await result.Task.WaitAsync(RealClient.Patience));
    }

    /// <summary>When its answer is there, the answers before it have been looked at.</summary>
    private static async Task RoundTrip(InProcessBus bus, BusRequester requester)
    {
        await using var echo = await bus.SubscribeAsync("echo", (in BusMessage message) => bus.Reply(message, "x"u8));
        Assert.True((await requester.RequestAsync("echo", "x"u8, TimeSpan.FromMinutes(10))).IsAnswered);
    }
}
