using Sockeye.Server.Namespaces;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

public class DropMetricsTests : HostileTest
{
    private static readonly string Text = new('x', 3000);

    [Fact]
    public void A_volatile_event_is_counted_whether_a_socket_or_a_broadcast_drops_it()
    {
        var client = Begin(out var app);
        OnLoop(app, () =>
        {
            Assert.Equal(EmitResult.Dropped, client.Socket!.Volatile.Emit("e"));
            Assert.Equal(EmitResult.Dropped, app.Server.To("r").Volatile.Emit("e"));
        });
        Assert.Equal(2, Count("volatile"));
        Assert.Equal(2, client.Socket!.Connection.DroppedMessages);
    }

    [Theory, InlineData(OutboxPolicy.Wait), InlineData(OutboxPolicy.DropNewest)]
    public void What_is_refused_is_counted(OutboxPolicy policy)
    {
        var client = Begin(out var app);
        OnLoop(app, () => Assert.Equal(EmitResult.Dropped, client.Socket!.WhenFull(policy).Emit("e", Text)));
        Assert.Equal(1, Count("refused"));
    }

    [Fact]
    public void What_is_given_up_for_newer_ones_is_counted()
    {
        var client = Begin(out var app, OutboxPolicy.DropOldest);
        OnLoop(app, () => client.Socket!.WhenFull(OutboxPolicy.DropOldest).Emit("e", Text));
        Assert.Equal(1, Count("oldest"));
        Assert.Equal(1, client.Socket!.Connection.DroppedMessages);
    }

    [Fact]
    public void What_is_replaced_by_a_newer_one_of_its_key_is_counted()
    {
        var client = Begin(out var app, count: 2);
        OnLoop(app, () =>
        {
            client.Socket!.Latest("k").Emit("e", 1);
            client.Socket.Latest("k").Emit("e", 2);
            client.Socket.Latest("k").Emit("e", 3);
        });
        Assert.Equal(2, Count("replaced"));
    }

    [Fact]
    public void What_a_reader_loses_who_is_closed_over_the_hard_limit_is_counted()
    {
        var client = Begin(out var app);
        OnLoop(app, () => Assert.Equal(EmitResult.Closed, client.Socket!.Emit("e", Text)));
        Assert.Equal(DisconnectReason.SlowConsumer, client.Disconnected);
        Assert.True(Count("overflow") > 1, $"{Count("overflow")}");
        Assert.Equal(0, Count("closed"));
    }

    [Fact]
    public void What_a_client_loses_that_goes_is_counted()
    {
        var client = Begin(out var app);
        client.Reset();
        app.RunUntilIdle();
        Assert.True(Count("closed") > 1, $"{Count("closed")}");
        Assert.Equal(0, Count("overflow"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void What_waits_for_a_loop_counts_what_it_costs_in_memory(bool broadcasts)
    {
        var app = StartHostile();
        var client = app.Connect();
        var queue = ((ServerNamespace)app.Server.Of("/")).DeliveryOrder.ShardOf(0).Queue;
        var taken = 0;
        while ((broadcasts ? app.Server.Emit("e") : client.Socket!.Emit("e")) != EmitResult.Dropped)
        {
            taken++;
        }

        Assert.Equal(1, Count("delivery_queue"));
        Assert.Equal(taken, queue.Count);
        var each = queue.Cost / taken;
        Assert.InRange(each, 168, 1024);        // the least that a frame costs
        Assert.InRange(DeliveryOrder.MaxQueueBytes - queue.Cost, 0, each - 1);
        app.RunUntilIdle();
        Assert.Equal(0, queue.Cost);
        Assert.Equal(taken, client.Pending);
    }

    private long Count(string reason) => Meters.Count("sockeye.dropped", reason);

    /// <summary>A client that does not read, with an outbox without room for another <see cref="Text"/>, or with some of them.</summary>
    private SockeyeTestClient Begin(out SockeyeTestServer app, OutboxPolicy policy = OutboxPolicy.Disconnect, int count = 5)
    {
        app = StartHostile(null, builder =>
        {
            builder.Options.Outbox.LowWatermarkBytes = 1024;
            builder.Options.Outbox.HighWatermarkBytes = 4096;
            builder.Options.Outbox.MaxBytes = 20_480;
        });
        var client = app.Connect();
        client.Socket!.Join("r");
        client.PauseReading();
        for (var i = 0; i < count; i++)
        {
            client.Socket.WhenFull(policy).Emit("fill", Text);
            app.RunUntilIdle();
        }

        return client;
    }
}
