using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Handlers that block their loop for a task which only that loop can complete.</summary>
public class BlockingWaitTests : ServerTest
{
    private static readonly string Text = new('x', 3000);

    public static TheoryData<string> Waits =>
    [
        "value", "result", "args", "wait", "get result", "wait all", "with token", "broadcast", "broadcast with token", "emit", "emit with token", "awaited broadcast",
    ];

    [Theory]
    [MemberData(nameof(Waits))]
    public void A_task_that_its_own_loop_blocks_for_throws_a_sentence_and_the_client_goes_on(string how) => Block(how, onGameLoop: false);

    /// <summary>It holds back what it emits until its turn ends, so nothing of it would ever be answered.</summary>
    [Theory]
    [MemberData(nameof(Waits))]
    public void A_task_that_a_game_loop_blocks_for_throws_a_sentence_and_the_client_goes_on(string how) => Block(how, onGameLoop: true);

    private void Block(string how, bool onGameLoop)
    {
        using var source = new CancellationTokenSource();
        var token = source.Token;
        Exception? failure = null;
        var app = Start(
            server =>
            {
                if (onGameLoop)
                {
                    server.RunHandlersOn(server.CreateLoop("arena", 20));
                }

                server.OnHandlerError(error => failure = error.Exception);
                server.OnConnection(socket => socket.Join("r"));
                server.OnWithAck("echo", (int number) => number);
                server.On("ask", (SockeyeSocket socket) =>
                {
                    switch (how)
                    {
                        case "value": _ = socket.EmitWithAckAsync<int>("q").Result; break;
                        case "result": _ = socket.TryEmitWithAckAsync<int>("q").Result; break;
                        case "args": _ = socket.EmitArgsWithAckAsync<int>("q", [1, "a"]).Result; break;
                        case "wait": socket.EmitWithAckAsync<int>("q").Wait(); break;
                        case "get result": _ = socket.EmitWithAckAsync<int>("q").GetAwaiter().GetResult(); break;
                        case "wait all": Task.WaitAll(socket.EmitWithAckAsync<int>("q"), socket.EmitWithAckAsync<int>("q")); break;
                        case "with token": _ = socket.EmitWithAckAsync<int>("q", token).Result; break;
                        case "broadcast": _ = server.EmitWithAckAsync<int>("q").Result; break;
                        case "broadcast with token": _ = server.To("r").EmitWithAckAsync<int>("q", token).GetAwaiter().GetResult(); break;
                        case "emit": Fill(socket); _ = socket.EmitAsync("e", 1).Result; break;
                        case "emit with token": Fill(socket); _ = socket.EmitAsync("e", 1, token).GetAwaiter().GetResult(); break;
                        default: Fill(socket); server.To("r").EmitAsync("e", 1).Wait(); break;
                    }
                });
            },
            builder => builder.Options.Outbox.HighWatermarkBytes = 100_000);
        var client = app.Connect();
        if (how.Contains("emit", StringComparison.Ordinal) || how == "awaited broadcast")
        {
            client.PauseReading();
        }

        client.Emit("ask");
        app.RunUntilIdle();
        var refused = Assert.IsType<InvalidOperationException>(failure is AggregateException { InnerException: { } inner } ? inner : failure);
        Assert.Contains("Use 'await'", refused.Message, StringComparison.Ordinal);
        client.ResumeReading();
        app.RunUntilIdle();
        Assert.Equal(7, client.Call<int>("echo", 7));
        source.Cancel();
        app.Advance(TimeSpan.FromMinutes(1));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_loop_that_blocks_for_an_emit_to_a_pattern_gets_a_sentence_and_one_that_awaits_it_the_worst_result(bool onGameLoop)
    {
        Exception? failure = null;
        var results = new List<EmitResult>();
        var app = Start(
            server =>
            {
                var pattern = server.Of("/n-{id}");
                if (onGameLoop)
                {
                    pattern.RunHandlersOn(server.CreateLoop("arena", 20));
                }

                server.OnHandlerError(error => failure = error.Exception);
                pattern.OnHandlerError(error => failure = error.Exception);
                pattern.On("block", (SockeyeSocket socket) =>
                {
                    Fill(socket);
                    pattern.EmitAsync("e", 1).Wait();
                });
                pattern.On("await", async () => results.Add(await pattern.EmitAsync("e", 1)));
            },
            builder => builder.Options.Outbox.HighWatermarkBytes = 100_000,
            loops: 2);
        var client = app.Connect("/n-1");
        var other = app.Connect("/n-2", loop: 1);
        client.PauseReading();
        client.Emit("block");
        app.RunUntilIdle();
        var refused = Assert.IsType<InvalidOperationException>(Assert.IsType<AggregateException>(failure).InnerException);
        Assert.Contains("Use 'await'", refused.Message, StringComparison.Ordinal);
        client.ResumeReading();
        app.RunUntilIdle();
        client.Emit("await");
        Assert.True(app.RunUntil(() => results.Count > 0));
        Assert.Equal([EmitResult.Accepted], results);
        other.Next("e");
    }

    [Fact]
    public void Awaited_combined_continued_and_limited_in_time_an_acknowledgement_comes_on_its_loop()
    {
        var sum = 0;
        TaskScheduler? scheduler = null;
        var app = Start(server => server.On("ask", async (SockeyeSocket socket) =>
        {
            var all = await Task.WhenAll(socket.EmitWithAckAsync<int>("q"), socket.EmitWithAckAsync<int>("q"));
            var limited = await socket.EmitWithAckAsync<int>("q").WaitAsync(TimeSpan.FromMinutes(5));
            var continued = await socket.EmitWithAckAsync<int>("q").ContinueWith(
                static task => task.Result, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            scheduler = TaskScheduler.Current;
            sum = all.Sum() + limited + continued;
        }));
        var client = app.Connect();
        client.Emit("ask");
        for (var i = 0; i < 4; i++)
        {
            RunUntil(app, () => client.Pending > 0);
            client.Next("q").Answer(i);
        }

        RunUntil(app, () => Volatile.Read(ref sum) != 0);
        Assert.Equal(6, sum);
        Assert.Same(TaskScheduler.Default, scheduler);
    }

    [Fact]
    public void A_token_that_fires_cancels_with_that_token_and_the_client_owes_nothing()
    {
        var app = Start(server => { });
        var client = app.Connect();
        using var source = new CancellationTokenSource();
        var value = client.Socket!.EmitWithAckAsync<int>("q", source.Token);
        var result = client.Socket.TryEmitWithAckAsync<int>("q", source.Token);
        var broadcast = app.Server.EmitWithAckAsync<int>("q", source.Token);
        app.RunUntilIdle();
        source.Cancel();
        app.RunUntilIdle();
        foreach (var task in (Task[])[value, result, broadcast])
        {
            Assert.True(task.IsCanceled);
            Assert.Equal(source.Token, Assert.Throws<TaskCanceledException>(() => task.GetAwaiter().GetResult()).CancellationToken);
        }

        app.Advance(TimeSpan.FromMinutes(1));
    }

    /// <summary>What combines tasks runs on the thread pool in between.</summary>
    private static void RunUntil(SockeyeTestServer app, Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            app.RunUntilIdle();
            return isSo();
        },
        TimeSpan.FromMinutes(1)));

    private static void Fill(SockeyeSocket socket)
    {
        while (socket.Emit("fill", Text) == EmitResult.Accepted)
        {
        }
    }
}
