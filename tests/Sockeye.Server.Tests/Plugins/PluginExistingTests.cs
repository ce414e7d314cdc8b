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
