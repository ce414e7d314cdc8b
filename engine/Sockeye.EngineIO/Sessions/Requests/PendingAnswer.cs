using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A question about a request that the application has not answered yet; the handler of the exchange meanwhile.</summary>
/// <remarks>It owns the timeout, and holds the exchange. The connection's loop. Lives until the first of these comes, which alone counts: the answer, the timeout, the end of the peer.
/// It waits at most <see cref="EngineOptions.HookTimeout"/>.</remarks>
internal abstract class PendingAnswer<T>(EngineServer server, HttpExchange exchange) : DueEntry, IHttpExchangeHandler
{
    private bool _isDone;

    protected EngineServer Server => server;

    protected HttpExchange Exchange => exchange;

    /// <inheritdoc />
    protected sealed override bool IsDeadline => true;

    /// <summary>Whether it waits for a limited time.</summary>
    protected virtual bool HasTimeout => true;

    void IHttpExchangeHandler.OnAborted(HttpExchange aborted)
    {
        Leave();
        OnGone();
    }

    /// <summary>Waits. What is answered already is done at once.</summary>
    protected void Begin(ValueTask<T> answer)
    {
        if (answer.IsCompleted)
        {
            Decide(answer);
            return;
        }

        exchange.Handler = this;
        if (HasTimeout)
        {
            exchange.Loop.DueList(server.Options.HookTimeout).Add(this);
        }

        _ = WaitAsync(answer.AsTask());
    }

    protected abstract void OnAnswer(T answer);

    /// <summary>The application has thrown.</summary>
    protected abstract void OnFailed(Exception failure);

    /// <summary>The application took longer than <see cref="EngineOptions.HookTimeout"/>.</summary>
    protected abstract void OnTimeout();

    /// <summary>Nobody waits for the answer any longer.</summary>
    protected virtual void OnGone()
    {
    }

    /// <inheritdoc />
    protected sealed override void OnDue(TimeSpan due)
    {
        Leave();
        OnTimeout();
    }

    // The loop's context is current where this begins, so the answer comes back to the loop wherever it was made.
    private async Task WaitAsync(Task<T> answer)
    {
        await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (_isDone)
        {
            return;
        }

        try
        {
            Decide(new ValueTask<T>(answer));
        }
        catch (Exception fault)
        {
            // Nobody awaits this task: what would be the fault of a handler that answers at once must not leave the request without an answer.
            server.HookFailed(exchange, GetType().Name, fault);
            exchange.RespondAndClose(500, null, default);
        }
    }

    private void Decide(ValueTask<T> answer)
    {
        Leave();
        T value;
        try
        {
            value = answer.GetAwaiter().GetResult();
        }
        catch (Exception failure)
        {
            OnFailed(failure);
            return;
        }

        OnAnswer(value);
    }

    private void Leave()
    {
        _isDone = true;
        exchange.Handler = server;
        DueList.Cancel(this);
    }
}
