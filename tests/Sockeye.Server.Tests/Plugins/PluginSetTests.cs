using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>What a plugin registers on the server is in force as long as its generation, and as a whole.</summary>
public sealed class PluginSetTests : PluginTest
{
    /// <summary>Where handlers run.</summary>
    public enum Place
    {
        EventLoop,
        Pool,
        GameLoop,
    }

    [Fact]
    public void What_a_plugin_registers_runs_before_what_the_application_has_registered()
    {
        List<string> calls = [];
        var app = Start(
            server => server.On("event", (string _) => calls.Add("application")),
            builder => builder.AddPlugin(new DelegatePlugin(context => context.Server.On("event", (string _) => calls.Add("plugin")))));
        app.Connect().Tell("event");
        app.RunUntilIdle();
        Assert.Equal(["plugin", "application"], calls);
    }

    [Fact]
    public void Of_a_plugin_that_is_replaced_only_the_new_generation_is_called_and_of_one_that_goes_none()
    {
        List<string> calls = [];
        DelegatePlugin Generation(string name) => new(context =>
        {
            context.Server.OnConnection((SockeyeSocket _) => calls.Add("connection " + name));
            context.Server.UseEvent(_ =>
            {
                calls.Add("filter " + name);
                return default;
            });
            context.Server.OnAny(_ => calls.Add("any " + name));
            context.Server.On("event", (string _) => calls.Add("event " + name));
            context.Server.OnDisconnect((_, _) => calls.Add("disconnect " + name));
        });
        var app = Start(server => server.On("event", (string _) => calls.Add("application")), builder => builder.AddPlugin(Generation("1")));
        var client = app.Connect();
        client.Tell("event");
        app.RunUntilIdle();
        Assert.Equal(["connection 1", "any 1", "filter 1", "event 1", "application"], calls);
        calls.Clear();

        Replace(app, Generation("2"));
        client.Tell("event");
        app.RunUntilIdle();
        Assert.Equal(["any 2", "filter 2", "event 2", "application"], calls);
        Assert.Equal(2, Assert.Single(app.Server.Plugins.All).Generation);
        calls.Clear();

        Replace(app, null);
        client.Tell("event");
        client.Disconnect();
        app.RunUntilIdle();
        Assert.Equal(["application"], calls);
        Assert.Empty(app.Server.Plugins.All);
    }

    [Theory]
    [InlineData(Place.EventLoop)]
    [InlineData(Place.Pool)]
    [InlineData(Place.GameLoop)]
    public void Under_traffic_each_event_is_seen_once_by_one_generation_and_once_by_the_application(Place place)
    {
        const int Events = 400;
        var seen = new List<int>[2] { [], [] };
        var application = new List<int>();
        DelegatePlugin Generation(int number) => new(context => context.Server.On("event", (int i) => Add(seen[number], i)));
        var app = Start(
            server =>
            {
                if (place == Place.GameLoop)
                {
                    server.RunHandlersOn(server.CreateLoop("game", 50));
                }
                else
                {
                    server.RunHandlers(place == Place.Pool ? HandlerThread.Pool : HandlerThread.Loop);
                }

                server.On("event", (int i) => Add(application, i));
            },
            builder => builder.AddPlugin(new DelegatePlugin(context => context.Server.On("event", (int i) => Add(seen[0], i)))));
        var client = app.Connect();
        Task? replacing = null;
        for (var i = 0; i < Events; i++)
        {
            client.Emit("event", i);
            if (i == Events / 2)
            {
                // The pool may not have begun: then the old generation would see nothing.
                Assert.True(app.RunUntil(() => Count(seen[0]) > 0));
                replacing = Host(app).ReplaceAsync("test", new Server.Plugins.PluginEntry(Generation(1), null), CancellationToken.None);
            }

            if (i % 3 == 0)
            {
                app.RunUntilIdle();
            }
        }

        Assert.True(app.RunUntil(() => replacing!.IsCompleted && Count(application) == Events));
        int[] all = [.. Enumerable.Range(0, Events)];
        Assert.Equal(all, application);
        Assert.Equal(all, seen[0].Concat(seen[1]));
        Assert.NotEmpty(seen[0]);
        client.Emit("event", Events);
        Assert.True(app.RunUntil(() => Count(application) > Events));
        Assert.Equal(Events, seen[1][^1]);
        Assert.True(client.IsConnected);

        static void Add(List<int> list, int i)
        {
            lock (list)
            {
                list.Add(i);
            }
        }

        static int Count(List<int> list)
        {
            lock (list)
            {
                return list.Count;
            }
        }
    }

    [Fact]
    public async Task A_version_that_fails_to_start_leaves_the_old_one_running_and_nothing_of_itself()
    {
        var disposed = 0;
        var app = Start(_ => { }, builder => builder.AddPlugin(new DelegatePlugin(context => context.Server.OnWithAck("who", () => "old"))));
        var client = app.Connect();
        var broken = new DelegatePlugin(
            context =>
            {
                context.Server.OnWithAck("who", () => "broken");
                context.Server.Of("/made");
                context.MapHttp("GET", "/status", (_, _) => new(Sockeye.Plugins.PluginResponse.Text("broken")));
                throw new FormatException("no good");
            },
            () => disposed++);
        var replacing = Host(app).ReplaceAsync("test", new Server.Plugins.PluginEntry(broken, null), CancellationToken.None);
        Assert.True(app.RunUntil(() => replacing.IsCompleted));
        await Assert.ThrowsAsync<FormatException>(() => replacing);
        Assert.Equal(1, disposed);
        Assert.Equal("old", client.Call<string>("who"));
        Assert.NotNull(app.Connect("/made").Refusal);
        Assert.StartsWith("HTTP/1.1 404 ", Request(app, "GET", "/plugins/test/status"), StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(app.Server.Plugins.All).Generation);
    }

    [Fact]
    public void A_namespace_that_a_plugin_has_named_takes_clients_as_long_as_the_plugin_is_there_and_keeps_those_it_has()
    {
        DelegatePlugin Generation(string name) => new(context => context.Server.Of("/shop").OnWithAck("who", () => name));
        var app = Start(_ => { }, builder => builder.AddPlugin(Generation("1")));
        var client = app.Connect("/shop");
        Assert.Equal("1", client.Call<string>("who"));
        Replace(app, Generation("2"));
        Assert.Equal("2", client.Call<string>("who"));
        Assert.Equal("2", app.Connect("/shop").Call<string>("who"));
        Replace(app, null);
        Assert.True(client.IsConnected);
        Assert.NotNull(app.Connect("/shop").Refusal);
        Replace(app, Generation("3"));
        Assert.Equal("3", client.Call<string>("who"));
        Assert.True(app.Connect("/shop").IsConnected);
    }

    [Fact]
    public void A_pattern_and_a_predicate_pass_to_the_next_generation_with_their_sockets_and_go_with_the_last()
    {
        DelegatePlugin Generation(string name) => new(context =>
        {
            context.Server.Of("/orders-{id}").OnWithAck("who", () => "pattern " + name);
            context.Server.Of((nsp, _) => nsp.StartsWith("/by-", StringComparison.Ordinal)).OnWithAck("who", () => "predicate " + name);
        });
        var app = Start(_ => { }, builder => builder.AddPlugin(Generation("1")));
        var order = app.Connect("/orders-7");
        var other = app.Connect("/by-predicate");
        Assert.Equal("pattern 1", order.Call<string>("who"));
        Assert.Equal("predicate 1", other.Call<string>("who"));
        Replace(app, Generation("2"));
        Assert.Equal("pattern 2", order.Call<string>("who"));
        Assert.Equal("predicate 2", other.Call<string>("who"));
        Assert.Equal("predicate 2", app.Connect("/by-another").Call<string>("who"));
        Replace(app, null);
        Assert.True(order.IsConnected && other.IsConnected);
        foreach (var name in new[] { "/orders-7", "/orders-8", "/by-predicate", "/by-new" })
        {
            Assert.NotNull(app.Connect(name).Refusal);
        }
    }

    [Fact]
    public void A_namespace_that_is_made_later_has_what_a_plugin_has_registered_for_its_name()
    {
        var app = Start(
            server => server.Of("/rooms-{id}").OnWithAck("app", () => "application"),
            builder => builder.AddPlugin(new DelegatePlugin(context =>
            {
                context.Server.Of("/rooms-{id}").OnWithAck("all", () => "all");
                context.Server.Of("/rooms-1").OnWithAck("one", () => "one");
            })));
        var one = app.Connect("/rooms-1");
        Assert.Equal("all", one.Call<string>("all"));
        Assert.Equal("one", one.Call<string>("one"));
        Assert.Equal("application", one.Call<string>("app"));
        Assert.Equal("all", app.Connect("/rooms-2").Call<string>("all"));
        Replace(app, null);
        Assert.Equal("application", app.Connect("/rooms-3").Call<string>("app"));
    }

    [Fact]
    public void Settings_go_through_to_the_namespace_and_a_socket_knows_the_real_one()
    {
        var app = Start(
            _ => { },
            builder => builder.AddPlugin(new DelegatePlugin(context =>
            {
                var shop = context.Server.Of("shop");
                shop.AckErrors = true;
                shop.OutboxPolicy = OutboxPolicy.DropOldest;
                shop.RoomOutbox("room").WhenFull = OutboxPolicy.DropNewest;
            })));
        var real = app.Server.Of("/shop");
        Assert.True(real.AckErrors);
        Assert.Equal(OutboxPolicy.DropOldest, real.OutboxPolicy);
        var client = app.Connect("/shop");
        Assert.Same(real, client.Socket!.Namespace);
        Assert.Contains("unknown_event", client.CallRaw("nobody").Json, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_sets_of_which_one_handles_an_event_a_late_failure_is_told_once()
    {
        var app = Start(
            server => server.On("fails", async (string _) =>
            {
                await Task.Yield();
                throw new FormatException("no good");
            }),
            builder =>
            {
                builder.Options.AckErrors = true;
                builder.AddPlugin(new DelegatePlugin(context => context.Server.On("other", (string _) => { })));
            });
        var client = app.Connect();
        Assert.Contains("handler_failed", client.CallRaw("fails", "x").Json, StringComparison.Ordinal);
        Assert.Contains("unknown_event", client.CallRaw("nobody").Json, StringComparison.Ordinal);
        Assert.Equal(1, app.HandlerErrorCount);
    }

    [Fact]
    public void An_old_generation_is_disposed_when_its_last_handler_has_ended()
    {
        var release = new TaskCompletionSource();
        var ended = false;
        var disposedAfter = (bool?)null;
        var app = Start(
            _ => { },
            builder => builder.AddPlugin(new DelegatePlugin(
                context => context.Server.On("slow", async (string _) =>
                {
                    await release.Task;
                    ended = true;
                }),
                () => disposedAfter = ended)));
        app.Connect().Tell("slow");
        app.RunUntilIdle();
        var replacing = Host(app).ReplaceAsync("test", null, CancellationToken.None);
        app.RunUntilIdle();
        Assert.Null(disposedAfter);
        Assert.Empty(app.Server.Plugins.All);
        release.SetResult();
        Assert.True(app.RunUntil(() => replacing.IsCompleted));
        Assert.True(disposedAfter);
    }

    [Fact]
    public void A_handler_that_does_not_end_is_waited_for_as_long_as_PluginDrainTime_says()
    {
        var never = new TaskCompletionSource();
        var disposed = false;
        var app = Start(
            _ => { },
            builder =>
            {
                builder.Options.PluginDrainTime = TimeSpan.FromSeconds(3);
                builder.AddPlugin(new DelegatePlugin(context => context.Server.On("slow", (string _) => never.Task), () => disposed = true));
            });
        app.Connect().Tell("slow");
        app.RunUntilIdle();
        var replacing = Host(app).ReplaceAsync("test", null, CancellationToken.None);
        app.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(disposed);
        app.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(app.RunUntil(() => replacing.IsCompleted));
        Assert.True(disposed);
        never.SetResult();
        app.RunUntilIdle();
    }

    [Fact]
    public async Task The_server_of_a_plugin_is_not_the_plugins_to_start_run_or_dispose()
    {
        var plugin = new DelegatePlugin(_ => { });
        var app = Start(_ => { }, builder => builder.AddPlugin(plugin));
        var server = plugin.Context!.Server;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await server.StartAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await server.RunAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await server.DisposeAsync());
        Assert.Equal(app.Server.NodeId, server.NodeId);
        Assert.True(app.Connect().IsConnected);
    }

    [Fact]
    public void Two_plugins_of_one_id_are_refused_when_they_are_added()
    {
        var error = Assert.Throws<ArgumentException>(() => SockeyeServer.Create(builder => builder.AddPlugin(new DelegatePlugin(_ => { })).AddPlugin(new DelegatePlugin(_ => { }))));
        Assert.Contains("\"test\"", error.Message, StringComparison.Ordinal);
    }
}

/// <summary>What these tests send.</summary>
internal static class PluginTestClients
{
    /// <summary>An event with a text, without an acknowledgement.</summary>
    public static void Tell(this SockeyeTestClient client, string name) => client.Emit(name, "x");
}
