using Sockeye.Plugins;
using Sockeye.Server.Hooks;
using Sockeye.Server.Plugins;
using Sockeye.Shared;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>A generation that is not in force any more is disposed when no thread is in it, or when it has been waited for long enough.</summary>
public sealed class PluginDrainTests : PluginTest
{
    /// <summary>Who calls the plugin and does not come back.</summary>
    public enum Held
    {
        Pool,
        Emit,
        Room,
    }

    [Theory]
    [InlineData(Held.Pool, true)]
    [InlineData(Held.Pool, false)]
    [InlineData(Held.Emit, true)]
    [InlineData(Held.Emit, false)]
    [InlineData(Held.Room, true)]
    [InlineData(Held.Room, false)]
    public void A_thread_that_is_in_the_old_generation_is_waited_for_as_long_as_PluginDrainTime_says(Held held, bool comesBack)
    {
        using var inside = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var ended = false;
        bool? disposedAfter = null;
        void Hold()
        {
            inside.Set();
            goOn.Wait();
            Volatile.Write(ref ended, true);
        }

        var plugin = new RoomPlugin(
            context =>
            {
                if (held == Held.Pool)
                {
                    context.Server.On("hold", (string _) => Hold());
                }
                else if (held == Held.Emit)
                {
                    context.Server.OnAnyOutgoing(_ => Hold());
                }
            },
            Hold,
            () => disposedAfter = Volatile.Read(ref ended));
        var app = Start(
            server => server.RunHandlers(held == Held.Pool ? HandlerThread.Pool : HandlerThread.Loop),
            builder =>
            {
                builder.Options.PluginDrainTime = TimeSpan.FromSeconds(3);
                builder.AddPlugin(plugin);
            });
        var client = app.Connect();
        var socket = client.Socket!;
        var holding = held switch
        {
            Held.Emit => Task.Run(() => app.Server.Emit("x")),
            Held.Room => Task.Run(() => socket.Join("room")),
            _ => Task.CompletedTask,
        };
        if (held == Held.Pool)
        {
            client.Tell("hold");
            app.RunUntilIdle();
        }

        Assert.True(inside.Wait(RealClient.Patience));
        var replacing = Host(app).ReplaceAsync("test", null, CancellationToken.None);

        // What it waits for, asked for once more.
        Assert.False(new HookGrace().IsOver);
        app.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Null(disposedAfter);
        Assert.False(replacing.IsCompleted);
        if (comesBack)
        {
            goOn.Set();
        }
        else
        {
            app.Advance(TimeSpan.FromSeconds(0.2));
        }

        Assert.True(app.RunUntil(() => replacing.IsCompleted));
        Assert.Equal(comesBack, disposedAfter);
        goOn.Set();
        Assert.True(app.RunUntil(() => Volatile.Read(ref ended) && holding.IsCompleted));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_of_a_plugin_that_holds_a_loop_is_named_with_it_and_over_before_its_generation_is_disposed(bool isGameLoop)
    {
        using var log = new AwaitedLog();
        using var goOn = new ManualResetEventSlim();
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = false;
        bool? disposedAfter = null;
        await using var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.EventLoops = 1;
            builder.Options.PluginDrainTime = RealClient.Patience;
            builder.LoggerFactory = log;
            builder.AddPlugin(new DelegatePlugin(
                context => context.Server.On("hold", (string _) =>
                {
                    inside.SetResult();
                    goOn.Wait();
                    Volatile.Write(ref ended, true);
                }),
                () => disposedAfter = Volatile.Read(ref ended)));
        });
        if (isGameLoop)
        {
            server.RunHandlersOn(server.CreateLoop("game", 20));
        }

        await server.StartAsync();
        await using var client = await RealClient.ConnectAsync(server);
        var named = log.Line("has been held for");
        await client.EmitAsync("[\"hold\",\"x\"]");
        await inside.Task.WaitAsync(RealClient.Patience);
        var replacing = ((PluginHost)server.Plugins).ReplaceAsync("test", null, CancellationToken.None);
        Assert.Contains("\"hold\" of plugin \"test\"", await named.WaitAsync(RealClient.Patience), StringComparison.Ordinal);
        Assert.Null(disposedAfter);
        goOn.Set();
        await replacing.WaitAsync(RealClient.Patience);
        Assert.True(disposedAfter);
    }

    [SockeyePlugin("test", "1.0")]
    private sealed class RoomPlugin(Action<PluginContext> start, Action joined, Action disposed) : DelegatePlugin(start, disposed), IRoomHook
    {
        public void OnRoom(RoomChange change)
        {
            if (change.Room == "room")
            {
                joined();
            }
        }
    }
}
