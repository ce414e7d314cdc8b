using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A handshake about which the application has not decided yet. The exchange is held; whichever comes first counts: the decision, the timeout, the end of the peer.</summary>
internal sealed class PendingHandshake : DueEntry
{
    private readonly EngineServer _server;
    private readonly HttpExchange _exchange;
    private readonly EngineRequest _request;
    private readonly ILogger _logger;
    private AllowRequestResult _result;
    private bool _isDone;

    private PendingHandshake(EngineServer server, HttpExchange exchange, EngineRequest request, ILogger logger)
    {
        _server = server;
        _exchange = exchange;
        _request = request;
        _logger = logger;
    }

    /// <summary>Asks the application. What it can answer at once is done at once.</summary>
    public static void Begin(EngineServer server, HttpExchange exchange, EngineRequest request, ILogger logger)
    {
        var pending = new PendingHandshake(server, exchange, request, logger);
        ValueTask<AllowRequestResult> decision = pending.Ask();
        if (decision.IsCompleted)
        {
            pending._result = pending.Outcome(decision);
            pending.Decide();
            return;
        }

        exchange.State = pending;
        exchange.Loop.DueList(server.Options.AllowRequestTimeout).Add(pending);
        _ = pending.WaitAsync(decision);
    }

    /// <summary>The peer went away.</summary>
    public void Cancel() => _isDone = Leave();

    protected override void OnDue(TimeSpan due)
    {
        _result = AllowRequestResult.Deny("timeout");
        Decide();
    }

    private ValueTask<AllowRequestResult> Ask()
    {
        EngineOptions options = _server.Options;
        try
        {
            AllowRequestResult result = options.AllowRequest?.Invoke(_request) ?? AllowRequestResult.Allow;
            return result.IsAllowed && options.AllowRequestAsync is { } ask ? ask(_request) : ValueTask.FromResult(result);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<AllowRequestResult>(exception);
        }
    }

    // Begun on the loop, whose context is current there, so the decision comes back to it wherever it was made.
    private async Task WaitAsync(ValueTask<AllowRequestResult> decision)
    {
        Task<AllowRequestResult> task = decision.AsTask();
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!_isDone)
        {
            _result = Outcome(new ValueTask<AllowRequestResult>(task));
            Decide();
        }
    }

    private AllowRequestResult Outcome(ValueTask<AllowRequestResult> decision)
    {
        try
        {
            return decision.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            EngineLog.HookFailed(_logger, _request.RemoteEndPoint, nameof(EngineOptions.AllowRequest), exception);
            return AllowRequestResult.Deny();
        }
    }

    private void Decide()
    {
        _isDone = Leave();
        _exchange.State = null;
        _server.OnDecided(_exchange, _request, _result);
    }

    private bool Leave()
    {
        if (IsScheduled)
        {
            _exchange.Loop.DueList(_server.Options.AllowRequestTimeout).Remove(this);
        }

        return true;
    }
}
