using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A handshake about which the application has not decided yet.</summary>
internal sealed class PendingHandshake : PendingAnswer<AllowRequestResult>
{
    private readonly RequestCheck _request;

    private PendingHandshake(EngineServer server, HttpExchange exchange, in RequestCheck request)
        : base(server, exchange) => _request = request;

    /// <summary>Asks the application.</summary>
    public static void Begin(EngineServer server, HttpExchange exchange, in RequestCheck request)
        => new PendingHandshake(server, exchange, in request).Begin(Ask(server.Options, EngineRequest.Of(exchange)));

    protected override void OnAnswer(AllowRequestResult answer) => Server.OnDecided(Exchange, in _request, answer);

    protected override void OnFailed(Exception failure)
    {
        Server.HookFailed(Exchange, nameof(EngineOptions.AllowRequest), failure);
        Server.OnDecided(Exchange, in _request, AllowRequestResult.Deny());
    }

    protected override void OnTimeout()
    {
        Server.HookTimedOut(Exchange, nameof(EngineOptions.AllowRequestAsync));
        Server.OnDecided(Exchange, in _request, AllowRequestResult.Deny("timeout"));
    }

    private static ValueTask<AllowRequestResult> Ask(EngineOptions options, EngineRequest request)
    {
        try
        {
            var result = options.AllowRequest?.Invoke(request) ?? AllowRequestResult.Allow;
            return result.IsAllowed && options.AllowRequestAsync is { } ask ? ask(request) : ValueTask.FromResult(result);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<AllowRequestResult>(exception);
        }
    }
}
