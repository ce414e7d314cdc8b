using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A handshake whose session gets its id from the application.</summary>
internal sealed class PendingId : PendingAnswer<string>
{
    private PendingId(EngineServer server, HttpExchange exchange)
        : base(server, exchange)
    {
    }

    /// <summary>Asks the application.</summary>
    public static void Begin(EngineServer server, HttpExchange exchange) => new PendingId(server, exchange).Begin(Ask(server.Options, EngineRequest.Of(exchange)));

    protected override void OnAnswer(string answer)
    {
        if (CustomIds.IsValid(answer))
        {
            Server.OpenSession(Exchange, answer);
        }
        else
        {
            Server.RefuseId(Exchange, $"it is not {CustomIds.MinLength} to {CustomIds.MaxLength} letters, digits, '-' or '_'");
        }
    }

    protected override void OnFailed(Exception failure)
    {
        Server.HookFailed(Exchange, nameof(EngineOptions.GenerateId), failure);
        Server.Refuse(Exchange, Refusal.BadRequest("ID_GENERATION_ERROR"));
    }

    protected override void OnTimeout() => Server.RefuseId(Exchange, "it did not come in time");

    private static ValueTask<string> Ask(EngineOptions options, EngineRequest request)
    {
        try
        {
            return options.GenerateIdAsync is { } ask ? ask(request) : ValueTask.FromResult(options.GenerateId!(request));
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<string>(exception);
        }
    }
}
