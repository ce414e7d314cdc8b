using Sockeye.Transport.Loops;

namespace Sockeye.Transport;

/// <summary>
/// Runs what application code has begun on the thread pool, and catches what comes out of it: an <c>async void</c> that fails there would end
/// the process. Current where handlers run on the pool, and in place of a loop that has ended. It owns nothing that waits: that is the pool's.
/// </summary>
/// <remarks>Any thread. Lives as long as its transport.</remarks>
public sealed class PoolContext : SynchronizationContext
{
    private const string Where = "the thread pool";

    private readonly LoopSettings _settings;

    internal PoolContext(LoopSettings settings) => _settings = settings;

    /// <summary>Whether the caller is inside of <see cref="Run"/>, or of what was posted here. Any thread. That the context is current does not count: anybody may set it.</summary>
    public bool IsRunningHere => RunningHere.Pool == this;

    /// <summary>Runs work on the calling thread, with this context current. What it throws comes out.</summary>
    /// <param name="work">The work.</param>
    public void Run(ILoopWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        HeldWakes.End();
        var outer = Current;
        var outerPool = RunningHere.Pool;
        SetSynchronizationContext(this);
        RunningHere.Pool = this;
        try
        {
            work.Run();
        }
        finally
        {
            RunningHere.Pool = outerPool;
            SetSynchronizationContext(outer);
        }
    }

    /// <summary>Without the caller's execution context, as on a loop: what an async method carries it restores itself.</summary>
    /// <param name="d">The callback.</param>
    /// <param name="state">Handed to <paramref name="d"/>.</param>
    public override void Post(SendOrPostCallback d, object? state) => ThreadPool.UnsafeQueueUserWorkItem(new Item(this, d, state), preferLocal: false);

    /// <summary>The same context.</summary>
    public override SynchronizationContext CreateCopy() => this;

    private void Report(Exception exception) => _settings.ReportApplication(exception, Where);

    private sealed class Item(PoolContext context, SendOrPostCallback callback, object? state) : IThreadPoolWorkItem, ILoopWork
    {
        void IThreadPoolWorkItem.Execute() => context.Run(this);

        void ILoopWork.Run()
        {
            try
            {
                callback(state);
            }
            catch (Exception e)
            {
                context.Report(e);
            }
        }
    }
}
