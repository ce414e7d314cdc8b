using Xunit;

namespace Sockeye.Server.Tests;

public class SlowClientTests : ServerTest
{
    [Fact]
    public void A_client_that_does_not_read_is_reported_then_spared_volatile_events_then_closed_and_nobody_else_notices()
    {
        List<EmitResult> slow = [];
        var app = Start(
            server => server.OnSlow((socket, result) => slow.Add(result)),
            builder =>
            {
                builder.Options.Outbox.HighWatermarkBytes = 4096;
                builder.Options.Outbox.LowWatermarkBytes = 1024;
                builder.Options.Outbox.MaxBytes = 20_480;
            });
        var lazy = app.Connect();
        var brisk = app.Connect();
        lazy.PauseReading();
        var text = new string('x', 3000);
        var results = new List<EmitResult>();
        OnLoop(app, () =>
        {
            results.Add(lazy.Socket!.Emit("e", text));
            results.Add(lazy.Socket.Emit("e", text));
            Assert.False(lazy.Socket.IsWritable);
            results.Add(lazy.Socket.Volatile.Emit("e", text));
            results.Add(lazy.Socket.Emit("e", text));
        });
        Assert.Equal([EmitResult.Accepted, EmitResult.AboveHighWatermark, EmitResult.Dropped, EmitResult.AboveHighWatermark], results);
        Assert.Equal([EmitResult.AboveHighWatermark], slow);
        Assert.True(lazy.Socket!.OutboxBytes > 9000);
        OnLoop(app, () =>
        {
            for (var i = 0; i < 4; i++)
            {
                app.Server.Emit("e", text);
            }
        });
        Assert.Equal(DisconnectReason.SlowConsumer, lazy.Disconnected);
        Assert.True(brisk.IsConnected);
        Assert.Equal(4, brisk.Pending);
        Assert.Contains(EmitResult.Closed, slow);
    }

    [Fact]
    public void What_is_emitted_when_a_member_is_found_slow_comes_after_the_broadcast_at_all_others()
    {
        SockeyeServer server = null!;
        var app = Start(
            made =>
            {
                server = made;
                server.OnSlow((socket, result) => server.Except(socket.Id).Emit("after"));
            },
            builder => builder.Options.Outbox.HighWatermarkBytes = builder.Options.Outbox.LowWatermarkBytes = 4096);
        var lazy = app.Connect();
        var brisk = app.Connect();
        lazy.PauseReading();
        OnLoop(app, () => app.Server.Emit("m", new string('x', 10_000)));
        Assert.Equal(["m", "after"], brisk.Events.Select(e => e.Name));
    }

    [Fact]
    public void Volatile_events_arrive_at_a_client_that_reads()
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.Socket!.Volatile.Emit("e", 1);
        app.Server.Volatile.Emit("e", 2);
        app.RunUntilIdle();
        Assert.Equal(2, client.Pending);
    }

    [Fact]
    public void A_client_that_reads_again_is_writable_again()
    {
        var writable = 0;
        var app = Start(server => server.OnWritable(socket => { writable++; }), builder =>
        {
            builder.Options.Outbox.HighWatermarkBytes = 4096;
            builder.Options.Outbox.LowWatermarkBytes = 1024;
        });
        var client = app.Connect();
        client.PauseReading();
        OnLoop(app, () =>
        {
            client.Socket!.Emit("e", new string('x', 5000));
        });
        Assert.False(client.Socket!.IsWritable);
        Assert.Equal(0, writable);
        client.ResumeReading();
        app.RunUntilIdle();
        Assert.Equal(1, writable);
        Assert.True(client.Socket.IsWritable);
        Assert.Equal(1, client.Pending);
    }

    [Fact]
    public void EmitAsync_waits_for_room_and_keeps_its_order()
    {
        var app = Start(server => { }, builder =>
        {
            builder.Options.Outbox.HighWatermarkBytes = 4096;
            builder.Options.Outbox.LowWatermarkBytes = 1024;
        });
        var client = app.Connect();
        client.PauseReading();
        var tasks = new List<Task<EmitResult>>();
        OnLoop(app, () =>
        {
            for (var i = 0; i < 10; i++)
            {
                tasks.Add(client.Socket!.EmitAsync("e", i + new string('x', 3000)));
            }
        });
        app.RunUntilIdle();
        Assert.Equal(2, tasks.Count(task => task.IsCompleted));
        client.ResumeReading();
        Assert.True(app.RunUntil(() => tasks.All(task => task.IsCompleted)));
        app.RunUntilIdle();
        Assert.Equal(Enumerable.Range(0, 10), client.Events.Select(e => e.Get<string>()![0] - '0'));
        Assert.All(tasks, task => Assert.True(app.Await(task) <= EmitResult.AboveHighWatermark));
    }

    [Fact]
    public void EmitAsync_ends_when_the_client_goes_and_when_the_caller_gives_up()
    {
        using var gaveUp = new CancellationTokenSource();
        var app = Start(server => { }, builder =>
        {
            builder.Options.Outbox.HighWatermarkBytes = 4096;
            builder.Options.Outbox.LowWatermarkBytes = 1024;
        });
        var client = app.Connect();
        client.PauseReading();
        client.Socket!.Emit("e", new string('x', 5000));
        app.RunUntilIdle();
        var cancelled = client.Socket.EmitAsync("e", 1, gaveUp.Token);
        var waiting = client.Socket.EmitAsync("e", 2);
        app.RunUntilIdle();
        Assert.False(cancelled.IsCompleted || waiting.IsCompleted);
        gaveUp.Cancel();
        Assert.True(cancelled.IsCanceled);
        client.Reset();
        Assert.Equal(EmitResult.Closed, app.Await(waiting));
        Assert.Equal(EmitResult.Closed, app.Await(client.Socket.EmitAsync("e", 3)));
    }

    [Fact]
    public void EmitAsync_with_room_hands_out_a_task_that_everybody_shares()
    {
        var app = Start(server => { });
        var client = app.Connect();
        Task<EmitResult>? first = null, second = null;
        OnLoop(app, () =>
        {
            first = client.Socket!.EmitAsync("e", 1);
            second = client.Socket.EmitAsync("e", 2);
        });
        Assert.Same(first, second);
        Assert.Equal(EmitResult.Accepted, app.Await(first!));
    }
}
