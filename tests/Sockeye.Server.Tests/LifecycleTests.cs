using Sockeye.Plugins;
using Sockeye.Server.Tests.Hostile;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>What starts before the listeners and stops after the sessions: its order, and what becomes of the others when one fails.</summary>
public class LifecycleTests : ServerTest
{
    private readonly List<string> _calls = [];

    [Fact]
    public void Parts_start_one_after_the_other_before_the_server_listens_and_stop_in_reverse_after_its_sessions()
    {
        var app = Start(
            server => server.OnDisconnect((_, _) => _calls.Add("session gone")),
            builder => builder.AddPlugin(new Part(this, "a") { Yields = true }).AddPlugin(new Part(this, "b")).AddPlugin(new Part(this, "c") { Yields = true }));
        Assert.Equal(["start a, listening False", "started a", "start b, listening False", "started b", "start c, listening False", "started c"], _calls);
        _calls.Clear();
        app.Connect();
        var stop = app.Server.StopAsync();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
        Assert.Equal(["session gone", "stop c", "stop b", "stop a"], _calls);
        Assert.Same(stop, app.Server.StopAsync());
    }

    [Fact]
    public void Servers_that_share_a_log_are_told_apart_to_the_end()
    {
        AwaitedLog log = new();
        var app = Start(static _ => { }, builder => builder.LoggerFactory = log);
        var drain = app.Server.DrainAsync(TimeSpan.Zero);
        Assert.True(app.RunUntil(() => drain.IsCompleted));
        var where = app.Server.Endpoints[0];
        Assert.Equal(
            [
                $"Listening on {where}, transport memory, loops: 1",
                $"Draining the server on {where} over at most 00:00:00, connections: 0",
                $"Stopping the server on {where}",
                $"Stopped the server on {where}",
            ], log.Lines.Where(static line => line.Contains(", transport ", StringComparison.Ordinal) || line.StartsWith("Drain", StringComparison.Ordinal) || line.StartsWith("Stop", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_says_where_it_stands()
    {
        var seen = new List<ServerState>();
        SockeyeServer server = null!;
        var (made, loops) = Build(new Part(this, "a") { OnStart = () => seen.Add(server.State) });
        server = made;
        Assert.Equal(ServerState.Created, server.State);
        var start = server.StartAsync();
        Assert.True(loops.RunUntil(() => start.IsCompleted));
        Assert.Equal(ServerState.Running, server.State);
        var drain = server.DrainAsync(TimeSpan.Zero);
        Assert.Equal(ServerState.Ending, server.State);
        Assert.True(loops.RunUntil(() => drain.IsCompleted));
        Assert.Equal(ServerState.Stopped, server.State);
        Assert.Equal([ServerState.Starting], seen);
        await Ends(server, loops);
    }

    [Fact]
    public async Task A_server_that_could_not_start_has_stopped()
    {
        var (server, loops) = Build(new Part(this, "broken") { FailsToStart = true });
        var start = server.StartAsync();
        Assert.True(loops.RunUntil(() => start.IsCompleted));
        Assert.Equal(ServerState.Stopped, server.State);
        await Assert.ThrowsAsync<InvalidOperationException>(() => start);
        await Ends(server, loops);
    }

    [Fact]
    public async Task A_check_of_the_loops_waits_for_all_of_them()
    {
        var app = Start(_ => { }, loops: 3);
        using var patience = new CancellationTokenSource();
        var check = app.Server.CheckLoopsAsync(patience.Token);
        Assert.False(check.IsCompleted);
        app.RunUntilIdle();
        await check;
        var second = app.Server.CheckLoopsAsync(patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        app.RunUntilIdle();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_part_that_fails_to_start_is_stopped_with_those_that_had_started_and_no_other_starts(bool yields)
    {
        var (server, loops) = Build(new Part(this, "a"), new Part(this, "b"), new Part(this, "broken") { FailsToStart = true, Yields = yields }, new Part(this, "d"));
        var start = server.StartAsync();
        Assert.True(loops.RunUntil(() => start.IsCompleted));
        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => start)).Message);
        Assert.Equal(["a", "b"], _calls.Where(call => call.StartsWith("started", StringComparison.Ordinal)).Select(call => call[8..]));
        Assert.Equal(["stop broken", "stop b", "stop a"], _calls.Where(call => call.StartsWith("stop", StringComparison.Ordinal)));
        Assert.DoesNotContain("start d, listening False", _calls);
        Assert.Empty(server.Endpoints);
        await Ends(server, loops);
        Assert.Equal(3, _calls.Count(call => call.StartsWith("stop", StringComparison.Ordinal)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync());
    }

    [Fact]
    public async Task A_listener_that_cannot_be_had_stops_what_had_started()
    {
        await using var first = SockeyeServer.Create("http://127.0.0.1:0");
        await first.StartAsync(TestContext.Current.CancellationToken);
        await using var second = SockeyeServer.Create("http://" + first.Endpoints[0], builder => builder.AddPlugin(new Part(this, "a")).AddPlugin(new Part(this, "b")));
        await Assert.ThrowsAnyAsync<IOException>(() => second.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["stop b", "stop a"], _calls[^2..]);
    }

    [Fact]
    public async Task A_start_that_is_given_up_between_two_parts_stops_what_had_started()
    {
        using var givesUp = new CancellationTokenSource();
        var (server, loops) = Build(new Part(this, "a"), new Part(this, "b") { OnStart = givesUp.Cancel });
        var start = server.StartAsync(givesUp.Token);
        Assert.True(loops.RunUntil(() => start.IsCompleted));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        Assert.Equal(["stop b", "stop a"], _calls[^2..]);
        Assert.Empty(server.Endpoints);
        await Ends(server, loops);
    }

    [Fact]
    public async Task A_part_that_is_starting_when_the_server_stops_stops_at_once_and_no_other_starts()
    {
        var release = new TaskCompletionSource();
        var (server, loops) = Build(new Part(this, "a"), new Part(this, "slow") { Gate = release.Task }, new Part(this, "c"));
        var start = server.StartAsync();
        Assert.True(loops.RunUntil(() => Has("start slow, listening False")));  // on a thread of its own
        await Ends(server, loops);
        Assert.Equal(["stop a"], _calls.Where(call => call.StartsWith("stop", StringComparison.Ordinal)));
        release.SetResult();
        Assert.True(loops.RunUntil(() => start.IsCompleted));
        await Assert.ThrowsAsync<InvalidOperationException>(() => start);
        Assert.Equal("stop slow", _calls[^1]);
        Assert.DoesNotContain("start c, listening False", _calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_part_that_fails_to_stop_is_named_and_keeps_no_other_from_stopping(bool yields)
    {
        var log = new RecordedLog();
        var app = Start(
            server => { },
            builder =>
            {
                builder.LoggerFactory = log;
                builder.AddPlugin(new Part(this, "a")).AddPlugin(new Part(this, "broken") { FailsToStop = true, Yields = yields }).AddPlugin(new Part(this, "c"));
            });
        var stop = app.Server.StopAsync();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
        Assert.True(stop.IsCompletedSuccessfully);
        Assert.Equal(["stop c", "stop broken", "stop a"], _calls[^3..]);
        Assert.Single(log.Lines, line => line.Id.Id == 2030 && line.Text.Contains("broken", StringComparison.Ordinal));
    }

    private static (SockeyeServer Server, Transport.MemoryTransport Loops) Build(params Part[] parts)
    {
        var loops = new Transport.MemoryTransport();
        var server = SockeyeServerFactory.Build(builder =>
        {
            builder.CustomTransport = loops;
            foreach (var part in parts)
            {
                builder.AddPlugin(part);
            }
        });
        return (server, loops);
    }

    private static async Task Ends(SockeyeServer server, Transport.MemoryTransport loops)
    {
        var stop = server.StopAsync();
        Assert.True(loops.RunUntil(() => stop.IsCompleted));
        await stop;
    }

    private sealed class Part(LifecycleTests test, string name) : ISockeyePlugin
    {
        public bool Yields { get; init; }

        public bool FailsToStart { get; init; }

        public bool FailsToStop { get; init; }

        public Task Gate { get; init; } = Task.CompletedTask;

        public Action? OnStart { get; init; }

        public async ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            test.Note($"start {name}, listening {context.Server.Endpoints.Count > 0}");
            if (Yields)
            {
                await Task.Yield();
            }

            await Gate;
            OnStart?.Invoke();
            if (FailsToStart)
            {
                throw new InvalidOperationException(name);
            }

            test.Note("started " + name);
        }

        public ValueTask DisposeAsync()
        {
            test.Note("stop " + name);
            return !FailsToStop ? ValueTask.CompletedTask : Yields ? LaterAsync() : throw new InvalidOperationException(name);

            async ValueTask LaterAsync()
            {
                await Task.Yield();
                throw new InvalidOperationException(name);
            }
        }
    }

    private bool Has(string call)
    {
        lock (_calls)
        {
            return _calls.Contains(call);
        }
    }

    private void Note(string call)
    {
        lock (_calls)
        {
            _calls.Add(call);
        }
    }
}
