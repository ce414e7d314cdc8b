using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>Waiting for what happens on another thread.</summary>
internal static class Wait
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a function on the loop and gives its result.</summary>
    public static Task<T> On<T>(ITransportLoop loop, Func<T> function)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(
            _ =>
            {
                try
                {
                    done.SetResult(function());
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            },
            null);
        return done.Task.WaitAsync(Limit);
    }

    public static Task On(ITransportLoop loop, Action action) => On(loop, () =>
    {
        action();
        return 0;
    });

    /// <summary>Turns of the loop until the condition holds on it.</summary>
    public static async Task Until(ITransportLoop loop, Func<bool> condition, string what)
    {
        var start = Environment.TickCount64;
        while (!await On(loop, condition))
        {
            if (Environment.TickCount64 - start > Limit.TotalMilliseconds)
            {
                Assert.Fail("Waited in vain: " + what);
            }

            await Task.Yield();
        }
    }
}
