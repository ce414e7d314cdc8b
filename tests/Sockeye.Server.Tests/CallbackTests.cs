using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Callbacks that await, and callbacks that fail where nobody waits for them: none ends the process, each failure is told.</summary>
public class CallbackTests : ServerTest
{
    private readonly TaskCompletionSource _go = new();

    [Theory]
    [InlineData(HandlerThread.Loop)]
    [InlineData(HandlerThread.Pool)]
    public void An_async_void_that_a_handler_begins_fails_as_an_error_of_the_application(HandlerThread thread)
    {
        var app = Start(server =>
        {
            server.RunHandlers(thread);
            server.On("x", () => FailLater("behind an await"));
            server.On("y", () => FailNow("at once"));
        });
        var client = app.Connect();
        client.Emit("x");
        client.Emit("y");
        Assert.True(app.RunUntil(() => app.HandlerErrors.Count == 1));
        _go.SetResult();
        Assert.True(app.RunUntil(() => app.HandlerErrors.Count == 2));
        Assert.Equal(["at once", "behind an await"], app.HandlerErrors.Select(error => error.Exception.Message));
        Assert.All(app.HandlerErrors, error => Assert.Equal((HandlerKind.Other, null), (error.Kind, error.Socket)));
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void An_async_void_on_a_game_loop_and_one_that_outlives_it_fail_as_errors_of_the_application()
    {
        GameLoop loop = null!;
        var app = Start(server =>
        {
            loop = server.CreateLoop("arena", 10);
            loop.Post(0, _ => FailNow("on the loop"));
            loop.Post(0, _ => FailLater("after the loop"));
        });
        Assert.True(app.RunUntil(() => app.HandlerErrors.Count == 1));
        var ended = loop.DisposeAsync().AsTask();
        Assert.True(app.RunUntil(() => ended.IsCompleted));
        _go.SetResult();
        Assert.True(app.RunUntil(() => app.HandlerErrors.Count == 2));
        Assert.Equal(["on the loop", "after the loop"], app.HandlerErrors.Select(error => error.Exception.Message));
    }

    [Fact]
    public async Task An_async_void_that_outlives_its_server_fails_as_an_error_of_the_application()
    {
        List<string> failures = [];
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = SockeyeServerFactory.Build(builder => builder.Options.Urls.Add("http://127.0.0.1:0"));
        server.OnHandlerError(error =>
        {
            failures.Add(error.Exception.Message);
            told.TrySetResult();
        });
        var begun = new TaskCompletionSource();
        server.On("x", () =>
        {
            FailLater("after the server");
            begun.SetResult();
        });
        await server.StartAsync();
        await using var client = await RealClient.ConnectAsync(server);
        await client.EmitAsync("[\"x\"]");
        await begun.Task.WaitAsync(RealClient.Patience);
        await server.StopAsync();
        _go.SetResult();
        await told.Task.WaitAsync(RealClient.Patience);
        Assert.Equal(["after the server"], failures);
    }

    [Fact]
    public void Every_callback_of_a_namespace_may_await_and_its_failure_behind_the_await_is_told()
    {
        var app = Start(server =>
        {
            server.OnConnection(async _ => await FailAsync("connection"));
            server.OnAny(e => FailAsync("any"));
            server.OnRaw("x", e => FailAsync("raw"));
            server.On("x", (SockeyeSocket socket) =>
            {
                socket.OnAny(e => FailAsync("own any"));
                socket.OnAnyOutgoing(e => FailAsync("own outgoing"));
                socket.Post(0, (_, _) => FailAsync("posted"));
            });
            server.OnAnyOutgoing(e => FailAsync("outgoing"));
        });
        var client = app.Connect();
        client.Emit("x");
        _go.SetResult();
        app.RunUntilIdle();
        client.Socket!.Emit("y");
        client.Emit("z");
        app.RunUntilIdle();
        Assert.Equal(
            ["any", "any", "connection", "outgoing", "own any", "own outgoing", "posted", "raw"],
            app.HandlerErrors.Select(error => error.Exception.Message).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void OnSlow_and_OnWritable_may_await_and_their_failures_are_told()
    {
        var app = Start(server =>
        {
            server.OnSlow(async (_, _) => await FailAsync("slow"));
            server.OnWritable(async _ => await FailAsync("writable"));
        });
        _go.SetResult();
        var client = app.Connect();
        client.PauseReading();
        while (client.Socket!.Emit("x", new string('x', 100_000)) == EmitResult.Accepted)
        {
            app.RunUntilIdle();
        }

        app.RunUntilIdle();
        client.ResumeReading();
        app.RunUntilIdle();
        Assert.Equal(["slow", "writable"], app.HandlerErrors.Select(error => error.Exception.Message));
    }

    [Fact]
    public void Posted_work_that_awaits_holds_the_next_handler_up()
    {
        List<string> calls = [];
        var app = Start(server => server.On("x", () => calls.Add("x")));
        var client = app.Connect();
        client.Socket!.Post("work", async (_, name) =>
        {
            await _go.Task;
            calls.Add(name);
        });
        app.RunUntilIdle();
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Empty(calls);
        _go.SetResult();
        app.RunUntilIdle();
        Assert.Equal(["work", "x"], calls);
    }

    [Fact]
    public void A_listener_of_errors_that_fails_behind_its_await_or_causes_failures_ends_nothing()
    {
        var calls = 0;
        var app = Start(server =>
        {
            server.On("x", void () => throw new InvalidOperationException("x"));
            server.OnAnyOutgoing(_ => throw new InvalidOperationException("outgoing"));
            server.OnHandlerError(error =>
            {
                calls++;
                error.Socket.Emit("failed");
            });
            server.OnHandlerError(async _ => await FailAsync("listener"));
        });
        _go.SetResult();
        var client = app.Connect();
        client.Emit("x");
        app.RunUntilIdle();
        Assert.Equal(1, calls);
        Assert.Equal(1, client.Pending);
        Assert.Equal("x", Assert.Single(app.HandlerErrors).Exception.Message);
    }

    [Fact]
    public void A_tick_that_awaits_never_overlaps_itself_and_the_ticks_it_misses_are_skipped()
    {
        List<Tick> begun = [];
        var inside = 0;
        List<int> together = [];
        GameLoop loop = null!;
        var app = Start(server =>
        {
            loop = server.CreateLoop("arena", 10);
            loop.OnTick(async tick =>
            {
                begun.Add(tick);
                together.Add(++inside);
                await _go.Task;
                inside--;
            });
        });
        app.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal(1, Assert.Single(begun).Number);
        Assert.Equal((1, 3), (loop.Ticks, loop.SkippedTicks));
        _go.SetResult();
        app.Advance(TimeSpan.FromMilliseconds(200));
        Assert.All(together, number => Assert.Equal(1, number));
        Assert.Equal([1L, 5, 6], begun.Select(tick => tick.Number));
        Assert.Equal((3, TimeSpan.FromMilliseconds(400)), (begun[1].Skipped, begun[1].Elapsed));
        Assert.Equal((0, TimeSpan.FromMilliseconds(100)), (begun[2].Skipped, begun[2].Elapsed));
        Assert.Equal((3, 3), (loop.Ticks, loop.SkippedTicks));
    }

    [Fact]
    public void A_tick_or_posted_work_of_a_loop_that_fails_behind_its_await_is_told()
    {
        var app = Start(server =>
        {
            var loop = server.CreateLoop("arena", 10);
            loop.OnTick(tick => tick.Number == 1 ? FailAsync("tick") : Task.CompletedTask);
            loop.Post("work", FailAsync);
        });
        _go.SetResult();
        app.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal([(HandlerKind.Other, "work"), (HandlerKind.Tick, "tick")], app.HandlerErrors.Select(error => (error.Kind, error.Exception.Message)));
    }

    [Fact]
    public void Admission_with_a_socket_alone_may_await()
    {
        var app = Start(server => server.Use(async socket =>
        {
            await _go.Task;
            return ConnectResult.Reject("full");
        }));
        var client = app.Connect();
        Assert.Null(client.Refusal);
        _go.SetResult();
        app.RunUntilIdle();
        Assert.Equal("full", client.Refusal!.Value.GetProperty("message").GetString());
    }

    private async Task FailAsync(string message)
    {
        await _go.Task;
        throw new InvalidOperationException(message);
    }

    private async void FailLater(string message)
    {
        await _go.Task;
        throw new InvalidOperationException(message);
    }

    private static async void FailNow(string message)
    {
        await Task.CompletedTask;
        throw new InvalidOperationException(message);
    }
}
