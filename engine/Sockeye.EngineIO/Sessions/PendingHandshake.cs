using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A handshake about which the application has not decided yet.</summary>
internal sealed class PendingHandshake : PendingAnswer<AllowRequestResult>
{
    private PendingHandshake(EngineServer server, HttpExchange exchange)
        : base(server, exchange)
    {
    }

    /// <summary>Asks the application.</summary>
    public static void Begin(EngineServer server, HttpExchange exchange) => new PendingHandshake(server, exchange).Begin(Ask(server.Options, EngineRequest.Of(exchange)));

    protected override void OnAnswer(AllowRequestResult answer) => Server.OnDecided(Exchange, answer);

    protected override void OnFailed(Exception failure)
    {
        Server.HookFailed(Exchange, nameof(EngineOptions.AllowRequest), failure);
        Server.OnDecided(Exchange, AllowRequestResult.Deny());
    }

    protected override void OnTimeout()
    {
        Server.HookTimedOut(Exchange, nameof(EngineOptions.AllowRequestAsync));
        Server.OnDecided(Exchange, AllowRequestResult.Deny("timeout"));
    }

    private static ValueTask<AllowRequestResult> Ask(EngineOptions options, EngineRequest request)
    {
        try
        {
            AllowRequestResult result = options.AllowRequest?.Invoke(request) ?? AllowRequestResult.Allow;
            return result.IsAllowed && options.AllowRequestAsync is { } ask ? ask(request) : ValueTask.FromResult(result);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<AllowRequestResult>(exception);
        }
    }
}
