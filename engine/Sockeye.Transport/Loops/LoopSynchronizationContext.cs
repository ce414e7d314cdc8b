namespace Sockeye.Transport;

/// <summary>Brings what follows an <c>await</c> back to the loop. Any thread.</summary>
internal sealed class LoopSynchronizationContext(LoopBase loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => loop.PostCallback(d, state);

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (loop.InEventLoop)
        {
            d(state);
            return;
        }

        using ManualResetEventSlim done = new();
        Exception? failure = null;
        loop.Post(
            _ =>
            {
                try { d(state); }
                catch (Exception e) { failure = e; }
                finally { done.Set(); }
            },
            null);
        done.Wait();
        if (failure is not null) { System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure); }
    }

    public override SynchronizationContext CreateCopy() => this;
}
