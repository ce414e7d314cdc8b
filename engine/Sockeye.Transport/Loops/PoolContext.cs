namespace Sockeye.Transport;

/// <summary>
/// Runs what application code has begun on the thread pool, and catches what comes out of it: an <c>async void</c> that fails there would end
/// the process. Current where handlers run on the pool, and in place of a loop that has ended. Any thread; lives as long as its transport.
/// </summary>
internal sealed class PoolContext(LoopSettings settings) : SynchronizationContext
{
    private const string Where = "the thread pool";

    /// <summary>Without the caller's execution context, as on a loop: what an async method carries it restores itself.</summary>
    public override void Post(SendOrPostCallback d, object? state) => ThreadPool.UnsafeQueueUserWorkItem(new Item(this, d, state), preferLocal: false);

    public override SynchronizationContext CreateCopy() => this;

    private sealed class Item(PoolContext context, SendOrPostCallback callback, object? state) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            SynchronizationContext? outer = Current;
            SetSynchronizationContext(context);
            try { callback(state); }
            catch (Exception e) { context.Report(e); }
            finally { SetSynchronizationContext(outer); }
        }
    }

    private void Report(Exception exception) => settings.ReportApplication(exception, Where);
}
