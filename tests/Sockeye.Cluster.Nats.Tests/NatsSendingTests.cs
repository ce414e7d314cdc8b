using System.Text;
using static Sockeye.Cluster.Nats.Tests.NatsTest;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>What is published goes past the client of NATS, on the same connection.</summary>
public sealed class NatsSendingTests(SharedNats nats)
{
    private static readonly string[] Commands =
    [
        "CONNECT {\"verbose\":false,\"name\":\"PUB a 100\"}\r\n", "PING\r\n", "PONG\r\n", "SUB sockeye.x 12\r\n", "SUB sockeye.y group 13\r\n", "UNSUB 12\r\n", "UNSUB 12 100\r\n",
        "PUB sockeye.12 4\r\n\r\n\r\n\r\n", "PUB a reply.99 0\r\n\r\n", "HPUB a 12 14\r\nNATS/1.0\r\n\r\nab\r\n", "PUB a 13\r\nPUB b 100\r\nab\r\n",
    ];

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(7), InlineData(1000)]
    public void Commands_of_the_client_end_where_they_end_however_they_are_cut(int piece)
    {
        HashSet<int> ends = [];
        var all = new StringBuilder();
        foreach (var command in Commands)
        {
            all.Append(command);
            ends.Add(all.Length);
        }

        var bytes = Encoding.ASCII.GetBytes(all.ToString());
        var passed = default(NatsCommands);
        Assert.False(passed.IsBetween);
        for (var at = 0; at < bytes.Length; at += piece)
        {
            var end = Math.Min(bytes.Length, at + piece);
            passed.Pass(bytes.AsSpan(at..end));
            Assert.Equal(ends.Contains(end), passed.IsBetween);
        }

        Assert.True(passed.IsBetween);
    }

    [Fact]
    public void A_batch_that_is_sent_in_part_knows_which_messages_have_not_gone()
    {
        var batch = new NatsBatch();
        Assert.True(batch.IsEmpty);
        batch.Add("a", "he"u8, ["llo"u8.ToArray()], 5, null, 1);
        var first = batch.Rest.Length;
        batch.Add("b", [], [], 0, "r", 2);
        Assert.Equal("PUB a 5\r\nhello\r\nPUB b r 0\r\n\r\n", Encoding.ASCII.GetString(batch.Rest.Span));
        batch.Sent = first - 1;
        Assert.Equal(["a", "b"], batch.Unsent().Select(static item => item.Subject));
        Assert.Equal("hello", Encoding.ASCII.GetString(batch.Unsent().First().Payload));
        batch.Sent = first;
        Assert.Equal(new NatsItem("b", batch.Unsent().Single().Payload, "r", 2), batch.Unsent().Single());
        batch.Clear();
        Assert.Equal((true, 0, false), (batch.IsEmpty, batch.Count, batch.IsFull));
        batch.Add("a", new byte[NatsBatch.FullBytes], [], NatsBatch.FullBytes, null, 1);
        Assert.True(batch.IsFull);
    }

    [Fact]
    public async Task What_several_threads_publish_and_subscribe_at_once_arrives_whole_and_each_in_its_order()
    {
        const int threads = 4, messages = 400;
        var root = "sending." + Guid.NewGuid().ToString("N");
        await using var one = await ConnectAsync(nats.Server.Url, static options => options.OutageBytes = 64 << 20);
        await using var two = await ConnectAsync(nats.Server.Url, static options => options.PendingMessages = 100_000);
        var heard = await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Heard.OpenAsync(two, $"{root}.{thread}")));
        var subscribing = SubscribeAsync();
        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < messages; i++)
            {
                Assert.Equal(EmitResult.Accepted, one.Say($"{root}.{thread}", $"{i} {new string('x', i * 20)}"));
            }
        })));
        for (var thread = 0; thread < threads; thread++)
        {
            Assert.Equal(Enumerable.Range(0, messages).Select(static i => $"{i} {new string('x', i * 20)}"), await heard[thread].NextAsync(messages));
        }

        await subscribing;
        Assert.Equal((BusState.Open, 0L, 0L), (one.State, one.DroppedMessages, one.Messages.Reconnects));
        Assert.Equal(threads * messages, one.Messages.Published);

        async Task SubscribeAsync()
        {
            for (var i = 0; i < 50; i++)
            {
                await using var gone = (await Heard.OpenAsync(one, $"{root}.sub.{i}")).Subscription;
            }
        }
    }
}
