using System.Text;
using Microsoft.Extensions.Logging;
using Sockeye.Server.Sockets;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests;

public class MemoryBudgetTests : HostileTest
{
    /// <summary>What a frame costs beside its array.</summary>
    private const int FrameObjects = 104;

    [Theory, InlineData(1), InlineData(2)]
    public void Above_80_percent_of_the_budget_new_clients_get_503_with_Retry_After_and_below_it_they_are_taken(int loops)
    {
        var app = StartBudget(1_000_000, loops);
        var slow = app.Connect();
        slow.PauseReading();
        Owe(app, slow, 600_000);
        Assert.True(app.Connect().IsConnected);

        Owe(app, slow, 180_000);
        Assert.InRange(BufferCounters.HeldBytes, 800_001, 950_000);
        var refused = app.Connect(joins: false);
        Assert.StartsWith("HTTP/1.1 503 ", refused.HttpRefusal, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 5\r\n", refused.HttpRefusal, StringComparison.Ordinal);
        Assert.True(slow.IsConnected);
        Assert.Contains(Log.Lines, line => line.Level == LogLevel.Warning && line.Text.StartsWith("Engine:MemoryBudgetBytes = 1000000: ", StringComparison.Ordinal));
        Assert.Equal(1, Meters.Count("sockeye.protocol.errors", "engineio_memory_budget"));

        slow.ResumeReading();
        app.RunUntilIdle();
        Assert.True(app.Connect().IsConnected);
    }

    [Theory, InlineData(1), InlineData(3)]
    public void Above_95_percent_the_slowest_reader_is_closed_and_below_it_nobody(int loops)
    {
        var app = StartBudget(2_000_000, loops);
        var clients = Enumerable.Range(0, 3).Select(i => app.Connect(loop: i % loops)).ToArray();
        foreach (var (client, bytes) in clients.Zip([300_000, 800_000, 500_000]))
        {
            client.PauseReading();
            Owe(app, client, bytes);
        }

        app.Advance(TimeSpan.FromSeconds(2));
        Assert.All(clients, client => Assert.True(client.IsConnected));
        Assert.InRange(BufferCounters.HeldBytes, 1_600_000, 1_900_000);

        Owe(app, clients[0], 300_000);
        app.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(DisconnectReason.SlowConsumer, clients[1].Disconnected);
        Assert.Equal("the memory budget is used up", clients[1].DisconnectDetail);
        Assert.True(clients[0].IsConnected && clients[2].IsConnected);
        Assert.Equal(1, Meters.Count("sockeye.dropped", "budget"));
        Assert.Contains(Log.Lines, line => line.Text.Contains("the connections with the most are closed: 1", StringComparison.Ordinal));
    }

    [Theory, InlineData(1, false), InlineData(1, true), InlineData(3, false), InlineData(3, true)]
    public void Above_95_percent_whoever_holds_the_most_with_what_it_has_not_finished_is_closed_and_no_slow_reader_pays_for_it(int loops, bool isAttachment)
    {
        var app = StartBudget(3_000_000, loops);
        var slow = app.Connect(loop: loops - 1);
        slow.PauseReading();
        Owe(app, slow, 300_000);
        var holders = Enumerable.Range(0, 3).Select(i => app.Connect(loop: i % loops)).ToArray();
        foreach (var (holder, bytes) in holders.Zip([900_000, 950_000, 920_000]))
        {
            if (isAttachment)
            {
                holder.SendRaw("52-[\"e\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
                holder.SendRaw(new byte[bytes]);
            }
            else
            {
                holder.Peer.Send([0x81, 0xFF, 0, 0, 0, 0, 0, 0x0F, 0x40, 0, 0, 0, 0, 0, .. new byte[bytes]]);
            }

            app.RunUntilIdle();
        }

        app.Advance(TimeSpan.FromSeconds(1));
        Assert.True(slow.IsConnected);
        var closed = holders.Where(holder => !holder.IsConnected).ToArray();
        Assert.NotEmpty(closed);
        Assert.All(closed, holder => Assert.Equal("the memory budget is used up", holder.DisconnectDetail));
        Assert.InRange(BufferCounters.HeldBytes, 300_000, 2_850_000);
        Assert.Contains(holders, holder => holder.IsConnected);
    }

    [Fact]
    public void Growth_above_the_high_mark_is_acted_on_before_the_next_second()
    {
        var app = StartBudget(1_000_000, 1);
        var slow = app.Connect();
        slow.PauseReading();
        Owe(app, slow, 980_000);
        Assert.Equal(DisconnectReason.SlowConsumer, slow.Disconnected);
    }

    [Fact]
    public void A_message_that_many_outboxes_share_counts_once()
    {
        var app = Start(server => { });
        var before = BufferCounters.HeldBytes;
        foreach (var client in Enumerable.Range(0, 10).Select(_ => app.Connect()).ToArray())
        {
            client.PauseReading();
        }

        app.Server.Emit("e", new string('x', 200_000));
        app.RunUntilIdle();
        // Besides it, each connection has given its transport a batch of at most 64 KiB.
        Assert.InRange(BufferCounters.HeldBytes - before, 200_000, 200_000 + (11 * 65536));
    }

    [Fact]
    public void An_unfinished_message_counts_until_its_connection_ends()
    {
        var app = Start(server => { });
        var before = BufferCounters.HeldBytes;
        var client = app.Connect();
        client.Peer.Send([0x81, 0xFF, 0, 0, 0, 0, 0, 0x0C, 0, 0, 0, 0, 0, 0, .. new byte[300_000]]);
        app.RunUntilIdle();
        Assert.InRange(BufferCounters.HeldBytes - before, 300_000, 800_000);
        client.Reset();
        app.RunUntilIdle();
        Assert.Equal(before, BufferCounters.HeldBytes);
    }

    [Fact]
    public void Attachments_that_are_awaited_count()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var before = BufferCounters.HeldBytes;
        client.SendRaw("52-[\"e\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
        client.SendRaw(new byte[100_000]);
        app.RunUntilIdle();
        Assert.InRange(BufferCounters.HeldBytes - before, 100_000, 101_000);
        client.SendRaw(Encoding.ASCII.GetBytes("second"));
        app.RunUntilIdle();
        Assert.Equal(before, BufferCounters.HeldBytes);
    }

    [Fact]
    public void An_event_that_waits_for_its_handler_counts_once_its_text_and_its_attachments()
    {
        var release = new TaskCompletionSource();
        var app = Start(server => server.On("e", async () => await release.Task));
        var client = app.Connect();
        client.Emit("e");
        app.RunUntilIdle();
        var before = BufferCounters.HeldBytes;
        client.Emit("e", new string('x', 60_000));
        app.RunUntilIdle();
        Assert.Equal(65_536 + FrameObjects, BufferCounters.HeldBytes - before);    // the array of its frame, and its objects
        client.Emit("e", new byte[5000]);
        app.RunUntilIdle();
        Assert.Equal(65_536 + 64 + (2 * FrameObjects) + 5000, BufferCounters.HeldBytes - before);
        release.SetResult();
        Assert.True(app.RunUntil(() => BufferCounters.HeldBytes == before));
    }

    [Fact]
    public void What_clients_send_to_enter_namespaces_counts_as_long_as_they_are_there()
    {
        var app = Start(server =>
        {
            server.Of("/a");
            server.Of("/b").Use(socket => socket.Handshake.Auth.GetString("x")!.StartsWith('n') ? ConnectResult.Reject("no") : ConnectResult.Accept);
        });
        var client = app.Connect(joins: false);
        var before = BufferCounters.HeldBytes;
        string auth(char c) => "{\"x\":\"" + new string(c, 9_992) + "\"}";
        client.SendRaw("0/a," + auth('y'));
        client.SendRaw("0/b," + auth('n'));
        app.RunUntilIdle();
        Assert.Equal(10_000, BufferCounters.HeldBytes - before);
        client.SendRaw("0/b," + auth('y'));
        app.RunUntilIdle();
        Assert.Equal(20_000, BufferCounters.HeldBytes - before);
        client.SendRaw("1/a,");
        app.RunUntilIdle();
        Assert.Equal(10_000, BufferCounters.HeldBytes - before);
        client.Reset();
        app.RunUntilIdle();
        Assert.True(BufferCounters.HeldBytes <= before);
    }

    [Fact]
    public void A_pause_that_is_asked_for_after_the_end_of_a_connection_closes_nothing_later()
    {
        var app = StartHostile();
        var client = app.Connect();
        var socket = (ServerSocket)client.Socket!;
        client.Reset();
        app.RunUntilIdle();
        OnLoop(app, socket.PauseReading);
        app.Advance(TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(Log.Lines, static line => line.Text.Contains("handlers did not catch up", StringComparison.Ordinal));
    }

    private static void Owe(SockeyeTestServer app, SockeyeTestClient client, int bytes)
    {
        client.Socket!.Emit("e", new string('x', bytes));
        app.RunUntilIdle();
    }

    private SockeyeTestServer StartBudget(long bytes, int loops) =>
        StartHostile(null, builder => builder.Options.Engine.MemoryBudgetBytes = bytes, loops);
}
