using System.Collections.Concurrent;
using Sockeye.Plugins;
using Sockeye.Server.Plugins;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Sockets that are there when a generation of a plugin comes are shown to it.</summary>
public sealed class PluginExistingTests : PluginTest
{
    [Theory]
    [InlineData(PluginSetTests.Place.EventLoop)]
    [InlineData(PluginSetTests.Place.Pool)]
    [InlineData(PluginSetTests.Place.GameLoop)]
    public void Each_generation_is_shown_each_socket_once_before_its_next_event_where_its_handlers_run(PluginSetTests.Place place)
    {
        var seen = new ConcurrentQueue<(string Id, string What)>();
        var app = Start(server =>
        {
            if (place == PluginSetTests.Place.GameLoop)
            {
                server.RunHandlersOn(server.CreateLoop("game", 50));
            }
            else
            {
                server.RunHandlers(place == PluginSetTests.Place.Pool ? HandlerThread.Pool : HandlerThread.Loop);
            }

            server.On("event", (SockeyeSocket socket, string _) => seen.Enqueue((socket.Id, "event")));
        });
        SockeyeTestClient[] clients = [app.Connect(), app.Connect()];
        for (var generation = 1; generation <= 2; generation++)
        {
            seen.Clear();
            var number = generation;
            var plugin = new ExistingPlugin(socket => seen.Enqueue((socket.Id, $"shown {number} on {Here(app)}")));
            var before = app.Context.Hooks;
            var replacing = Host(app).ReplaceAsync("test", new PluginEntry(plugin, null), CancellationToken.None);

            // Its start runs on a thread of its own. The loops stand still meanwhile, so nobody has been shown when the events come.
            Assert.True(SpinWait.SpinUntil(() => app.Context.Hooks != before, TimeSpan.FromSeconds(30)));
            foreach (var client in clients)
            {
                client.Tell("event");
                client.Tell("event");
            }

            Assert.True(app.RunUntil(() => replacing.IsCompleted && seen.Count(call => call.What == "event") == 4));
            foreach (var client in clients)
            {
                Assert.Equal([$"shown {number} on {place}", "event", "event"], seen.Where(call => call.Id == client.Id).Select(call => call.What));
            }

            // One that comes later is not there before it.
            var late = app.Connect();
            late.Tell("event");
            Assert.True(app.RunUntil(() => seen.Any(call => call == (late.Id, "event"))));
            Assert.Equal(["event"], seen.Where(call => call.Id == late.Id).Select(call => call.What));
            late.Disconnect();
            app.RunUntilIdle();
        }
    }

    [Fact]
    public void A_socket_whose_handler_awaits_is_shown_when_that_has_ended_and_before_what_waits()
    {
        var goOn = new TaskCompletionSource();
        List<string> seen = [];
        var app = Start(server =>
        {
            server.On("slow", async (string _) =>
            {
                await goOn.Task;
                seen.Add("slow");
            });
            server.On("event", (string _) => seen.Add("event"));
        });
        var client = app.Connect();
        client.Tell("slow");
        client.Tell("event");
        app.RunUntilIdle();
        Replace(app, new ExistingPlugin(_ => seen.Add("shown")));
        app.RunUntilIdle();
        Assert.Empty(seen);
        goOn.SetResult();
        app.RunUntilIdle();
        Assert.Equal(["slow", "shown", "event"], seen);
    }

    [Fact]
    public void Many_sockets_are_shown_some_at_a_time_with_rests_and_who_sends_meanwhile_before_its_event()
    {
        List<string> seen = [];
        var app = Start(server => server.On("event", (SockeyeSocket socket, string _) => seen.Add($"event of {socket.Id}")));
        var clients = Enumerable.Range(0, 70).Select(_ => app.Connect()).ToArray();
        Replace(app, new ExistingPlugin(socket => seen.Add(socket.Id)));
        app.RunUntilIdle();
        Assert.Equal(32, seen.Count);

        var left = clients.Where(client => !seen.Contains(client.Id!)).ToArray();
        left[^1].Tell("event");
        left[^2].Disconnect();
        app.RunUntilIdle();
        Assert.Equal([left[^1].Id, $"event of {left[^1].Id}"], seen.Skip(32));

        app.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(34, seen.Count);
        app.Advance(TimeSpan.FromMilliseconds(1));

        // The two of above may be among the 32 of this turn.
        Assert.InRange(seen.Count, 64, 66);
        app.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(clients.Where(client => client != left[^2]).Select(static client => client.Id).Append($"event of {left[^1].Id}").Order(), seen.Order());
    }

    [Theory, InlineData(1, 1000), InlineData(3, 400)]
    public void Slow_hooks_have_fewer_sockets_shown_in_a_turn_and_their_rest_comes_behind_them(int shown, int microseconds)
    {
        List<string> seen = [];
        var app = Start(server => server.On("event", (SockeyeSocket socket, string _) => seen.Add("event")));
        var clients = Enumerable.Range(0, 40).Select(_ => app.Connect()).ToArray();
        Replace(app, new ExistingPlugin(socket =>
        {
            seen.Add(socket.Id);
            app.Transport.HoldUp(TimeSpan.FromMicroseconds(microseconds));
        }));
        app.RunUntilIdle();
        Assert.Equal(shown, seen.Count);
        app.Advance(TimeSpan.FromMilliseconds(1.9));
        Assert.Equal(shown, seen.Count);
        clients.First(client => seen.Contains(client.Id!)).Tell("event");
        app.RunUntilIdle();
        Assert.Equal("event", seen[^1]);
        app.Advance(TimeSpan.FromMilliseconds(0.1));
        Assert.Equal((2 * shown) + 1, seen.Count);
        app.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(clients.Select(static client => client.Id).Append("event").Order(), seen.Order());
    }

    [Fact]
    public void Sockets_that_have_gone_or_were_shown_take_nobodys_turn()
    {
        List<string> seen = [];
        var app = Start(server => server.On("event", static (string _) => { }));
        var clients = Enumerable.Range(0, 200).Select(_ => app.Connect()).ToArray();
        Replace(app, new ExistingPlugin(socket => seen.Add(socket.Id)));
        app.RunUntilIdle();
        var left = clients.Where(client => !seen.Contains(client.Id!)).ToArray();
        foreach (var gone in left[..100])
        {
            gone.Disconnect();
        }

        foreach (var telling in left[100..^30])
        {
            telling.Tell("event");
        }

        app.RunUntilIdle();
        seen.Clear();
        app.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(left[^30..].Select(static client => client.Id).Order(), seen.Order());
    }

    [Fact]
    public void A_generation_that_comes_while_the_one_before_is_still_shown_sockets_is_shown_each_once_and_the_other_none_any_more()
    {
        List<(int Generation, string Id)> seen = [];
        var app = Start(static _ => { }, loops: 2);
        var clients = Enumerable.Range(0, 200).Select(_ => app.Connect()).ToArray();
        for (var generation = 1; generation <= 3; generation++)
        {
            var number = generation;
            Replace(app, new ExistingPlugin(socket => seen.Add((number, socket.Id))));
            app.RunUntilIdle();
            Assert.All(seen.Skip(1), call => Assert.InRange(call.Generation, 1, number));
        }

        var before = seen.Count(static call => call.Generation < 3);
        Assert.InRange(before, 2, 2 * 200 - 2);
        app.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(before, seen.Count(static call => call.Generation < 3));
        Assert.Equal(clients.Select(static client => client.Id).Order(), seen.Where(static call => call.Generation == 3).Select(static call => call.Id).Order());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Sockets_wait_for_a_hook_whose_circuit_is_open(bool onPool)
    {
        var isBroken = true;
        ConcurrentQueue<string> seen = new(), events = new();
        var app = Start(server =>
        {
            server.RunHandlers(onPool ? HandlerThread.Pool : HandlerThread.Loop);
            server.On("event", (SockeyeSocket socket, string _) => events.Enqueue(socket.Id));
        });
        var clients = Enumerable.Range(0, 200).Select(_ => app.Connect()).ToArray();
        Replace(app, new ExistingPlugin(socket =>
        {
            seen.Enqueue(socket.Id);
            if (isBroken)
            {
                throw new InvalidOperationException("It fails.");
            }
        }));
        Assert.True(app.RunUntil(() => app.Server.Plugins.All[0].Hooks.Single().IsOpen));
        app.Advance(TimeSpan.FromSeconds(4));
        var failed = seen.Count;
        Assert.InRange(failed, app.Context.HookOptions.Faults, app.Context.HookOptions.Faults + 32);

        // Events are handled meanwhile, as those of sockets that were shown.
        var waiting = clients.First(client => !seen.Contains(client.Id!));
        waiting.Tell("event");
        Assert.True(app.RunUntil(() => events.Count == 1));
        Assert.Equal(failed, seen.Count);
        isBroken = false;
        for (var i = 0; i < 1000 && !app.RunUntil(() => seen.Count >= 200, TimeSpan.FromMilliseconds(1)); i++)
        {
            app.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal(clients.Select(static client => client.Id).Order(), seen.Order());
        Assert.False(app.Server.Plugins.All[0].Hooks.Single().IsOpen);
    }

    private static PluginSetTests.Place Here(SockeyeTestServer app) =>
        app.Context.Loops.CurrentGameLoop() is not null ? PluginSetTests.Place.GameLoop
        : app.Context.Loops.Current() >= 0 ? PluginSetTests.Place.EventLoop
        : PluginSetTests.Place.Pool;

    [SockeyePlugin("test", "1.0")]
    private sealed class ExistingPlugin(Action<SockeyeSocket> shown) : DelegatePlugin(_ => { }), IExistingHook
    {
        public void OnExisting(SockeyeSocket socket) => shown(socket);
    }
}
