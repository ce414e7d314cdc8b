using System.Net.Sockets;
using Sockeye.Shared;
using Sockeye.Transport.Loops;
using Xunit;

namespace Sockeye.Transport.Tests;

/// <content>Code of the application that fails or holds its loop, and what stopping makes of it.</content>
public abstract partial class TransportSpec
{
    [Fact]
    public async Task An_async_void_that_fails_on_a_loop_or_after_its_end_is_told_and_ends_nothing()
    {
        Failures failures = new();
        Transport.Failures = failures;
        TaskCompletionSource go = new();
        await Wait.On(Transport.Loops[0], () => FailAfter(Task.CompletedTask, "at once"));
        await Wait.On(Transport.Loops[0], () => FailAfter(go.Task, "after the loop"));
        await failures.Count(1);
        Assert.Equal([("at once", Transport.Loops[0].Name)], failures.Told);
        await Transport.StopAsync().WaitAsync(Wait.Limit);
        go.SetResult();
        await failures.Count(2);
        Assert.Equal("after the loop", failures.Told.Last().Message);
    }

    [Fact]
    public async Task A_thread_is_on_a_loop_or_the_pool_if_they_run_it_whatever_context_somebody_has_set()
    {
        var loop = Transport.Loops[0];
        var own = Transport.CreateLoop("own");
        foreach (var running in new[] { loop, own })
        {
            ITransportLoop? current = null;
            await Wait.On(running, () =>
            {
                SynchronizationContext.SetSynchronizationContext(null);
                current = ITransportLoop.Current;
                SynchronizationContext.SetSynchronizationContext(running.Context);
            });
            Assert.Same(running, current);
        }

        TaskCompletionSource<bool> onPool = new();
        Transport.PoolContext.Post(_ => onPool.SetResult(Transport.PoolContext.IsRunningHere), null);
        Assert.True(await onPool.Task.WaitAsync(Wait.Limit));
        await Task.Run(() =>
        {
            foreach (var context in new[] { loop.Context, own.Context, Transport.PoolContext })
            {
                SynchronizationContext.SetSynchronizationContext(context);
                Assert.Null(ITransportLoop.Current);
                Assert.False(loop.InEventLoop || own.InEventLoop || Transport.PoolContext.IsRunningHere);
            }

            SynchronizationContext.SetSynchronizationContext(null);
        });
        await own.ShutdownGracefullyAsync(TimeSpan.Zero, TimeSpan.Zero).WaitAsync(Wait.Limit);
    }

    [Fact]
    public async Task A_thread_wakes_a_loop_once_for_all_that_it_posts_while_it_holds_the_wakes()
    {
        var loop = Transport.Loops[0];
        for (var round = 0; round < 20; round++)
        {
            TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var before = loop.Counters.Wakes;
            await Task.Run(() =>
            {
                HeldWakes.Begin();
                for (var left = 100; left > 0; left--)
                {
                    loop.Post(_ => { }, null);
                }

                loop.Post(_ => done.SetResult(), null);
                Assert.InRange(loop.Counters.Wakes - before, 0, 0);
                HeldWakes.End();
            });
            await done.Task.WaitAsync(Wait.Limit);
            Assert.InRange(loop.Counters.Wakes - before, 0, 1);
        }
    }

    [Fact]
    public async Task Application_code_may_wait_for_a_loop_whatever_its_thread_has_held_back()
    {
        await Task.Run(() =>
        {
            using ManualResetEventSlim has = new();
            HeldWakes.Begin();
            Transport.Loops[0].Post(_ => has.Set(), null);
            Transport.PoolContext.Run(new Work(() => Assert.True(has.Wait(Wait.Limit))));
            has.Reset();
            Transport.Loops[0].Post(_ => has.Set(), null);
            Assert.True(has.Wait(Wait.Limit));
        });
    }

    [Fact]
    public async Task What_the_pool_context_runs_may_fail_there_and_begin_what_fails_later()
    {
        Failures failures = new();
        Transport.Failures = failures;
        TaskCompletionSource go = new();
        Transport.PoolContext.Post(
            _ =>
            {
                FailAfter(go.Task, "later");
                throw new InvalidOperationException("now");
            },
            null);
        await failures.Count(1);
        go.SetResult();
        await failures.Count(2);
        Assert.Equal(["now", "later"], failures.Told.Select(told => told.Message));
    }

    [Fact]
    public async Task A_loop_that_is_held_is_named_with_what_holds_it_while_it_does_and_counted()
    {
        AwaitedLog log = new();
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1, LoggerFactory = log });
        var loop = transport.Loops[0];
        using ManualResetEventSlim release = new();
        loop.Post(
            _ =>
            {
                loop.SetActivity("move", new Described("socket 7"));
                release.Wait();
            },
            null);
        var line = await log.Line("has been held").WaitAsync(Wait.Limit);
        Assert.False(release.IsSet);
        Assert.Contains("move of socket 7", line, StringComparison.Ordinal);
        Assert.Contains(loop.Name, line, StringComparison.Ordinal);
        Assert.Equal(1, loop.Counters.Blocked);
        release.Set();
        await Wait.On(loop, () => { });
        Assert.Equal(1, loop.Counters.Blocked);
    }

    [Fact]
    public async Task What_follows_an_await_and_holds_the_loop_is_named_by_its_method()
    {
        AwaitedLog log = new();
        await using var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1, LoggerFactory = log });
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim release = new();
        await Wait.On(transport.Loops[0], () => { _ = BlockAfter(go.Task, release); });
        go.SetResult();
        var line = await log.Line("has been held").WaitAsync(Wait.Limit);
        Assert.Contains(nameof(BlockAfter), line, StringComparison.Ordinal);
        release.Set();
    }

    [Fact]
    public async Task A_loop_that_never_comes_back_keeps_neither_the_port_nor_the_end()
    {
        AwaitedLog log = new();
        var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1, LoggerFactory = log });
        var listener = await transport.ListenAsync(Loopback, _ => { });
        using ManualResetEventSlim release = new();
        using ManualResetEventSlim entered = new();
        transport.Loops[0].Post(
            _ =>
            {
                entered.Set();
                release.Wait();
            },
            null);
        Assert.True(entered.Wait(Wait.Limit));
        await transport.StopAsync(TimeSpan.FromMilliseconds(100)).WaitAsync(Wait.Limit);
        Assert.Contains(transport.Loops[0].Name, await log.Line("is left behind").WaitAsync(Wait.Limit), StringComparison.Ordinal);
        using (Socket next = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            next.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            next.Bind(listener.EndPoint);
            next.Listen();
        }

        release.Set();
        await transport.Loops[0].TerminationCompletion.WaitAsync(Wait.Limit);
    }

    [Fact]
    public async Task Listening_while_it_stops_leaves_no_listener()
    {
        for (var i = 0; i < 20; i++)
        {
            var transport = SocketTransport.Create(new TransportOptions { Kind = Kind, LoopCount = 1 });
            var listening = Task.Run(() => transport.ListenAsync(Loopback, _ => { }));
            await transport.StopAsync().WaitAsync(Wait.Limit);
            try
            {
                var listener = await listening.WaitAsync(Wait.Limit);
                await Nobody.ListensAtAsync(listener.EndPoint);
            }
            catch (ObjectDisposedException)
            {
                // It came too late, and says so.
            }
        }
    }

    private static async void FailAfter(Task task, string message)
    {
        await task;
        throw new InvalidOperationException(message);
    }

    private static async Task BlockAfter(Task task, ManualResetEventSlim release)
    {
        await task;
        release.Wait();
    }

    private sealed class Work(Action run) : ILoopWork
    {
        public void Run() => run();
    }
}
