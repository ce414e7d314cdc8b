using Sockeye.Server.Common;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>On which loop a thread is: the loops say so, and a synchronisation context that the application has set fools nobody.</summary>
public class WhereTests : GameLoopTest
{
    [Fact]
    public void A_thread_that_carries_the_context_of_an_event_loop_does_not_touch_its_sockets()
    {
        var app = Start(server => { });
        var client = app.Connect();
        var socket = client.Socket!;
        Under(app.Transport.Loops[0].Context, () =>
        {
            Assert.Equal(-1, app.Context.Loops.Current());
            socket.Emit("one");
            app.Server.Emit("two");
            socket.Join("room");
            socket.Disconnect();

            // Nothing has been done on this thread: it waits for the loop.
            Assert.True(socket.IsConnected);
            Assert.Equal(4, app.Namespaces.Main.DeliveryOrder.ShardOf(0).Queue.Count);
        });
        app.RunUntilIdle();
        client.Next("one");
        client.Next("two");
        Assert.False(socket.IsConnected);
    }

    [Fact]
    public void A_thread_that_carries_the_context_of_an_event_loop_may_block_for_what_the_loop_completes()
    {
        var app = Start(server => { });
        app.Connect();
        Under(app.Transport.Loops[0].Context, () =>
        {
            var answers = app.Server.EmitWithAckAsync<int>("ask");
            Assert.False(answers.Wait(0));
            app.RunUntilIdle();
            Assert.False(answers.IsFaulted);
        });
        app.Advance(TimeSpan.FromSeconds(11));
    }

    [Fact]
    public void A_thread_that_carries_the_context_of_a_game_loop_is_not_on_it_and_holds_nothing_back()
    {
        var app = Start(server => OnLoop(server));
        var client = app.Connect();
        Under(((ServerGameLoop)_loop).Loop.Context, () =>
        {
            Assert.False(_loop.IsCurrent);
            Assert.Null(app.Context.Loops.CurrentGameLoop());
            app.Server.Emit("now");
            Assert.Equal(0UL, app.Namespaces.Main.DeliveryOrder.ShardOf(0).Queue.Holders);
        });
        app.RunUntilIdle();
        client.Next("now");
    }

    [Fact]
    public void A_thread_that_carries_the_context_of_the_pool_is_not_inside_a_handler()
    {
        var app = Start(server => { });
        Under(app.Context.PoolContext, () => Assert.False(app.Context.IsInside));
    }

    [Fact]
    public void A_handler_that_sets_another_context_is_still_on_its_loop()
    {
        var app = Start(server =>
        {
            OnLoop(server);
            server.On("go", () => Under(new SynchronizationContext(), () => _calls.Add($"{server.Emit("gone")} {((SocketServer)server).Context.Loops.Current()}")));
            server.Of("/arena").On("go", () => Under(new SynchronizationContext(), () => Note("arena")));
        });
        var client = app.Connect();
        var player = app.Connect("/arena");
        client.Emit("go");
        player.Emit("go");
        app.RunUntilIdle();
        Assert.Equal(["Accepted 0", "arena True"], _calls);
        client.Next("gone");
    }

    private static void Under(SynchronizationContext context, Action action)
    {
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }
}
