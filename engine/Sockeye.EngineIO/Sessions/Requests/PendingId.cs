using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A handshake whose session gets its id from the application.</summary>
internal sealed class PendingId : PendingAnswer<string>
{
    private readonly RequestCheck _request;

    private PendingId(EngineServer server, HttpExchange exchange, in RequestCheck request)
        : base(server, exchange) => _request = request;

    /// <summary>Asks the application.</summary>
    public static void Begin(EngineServer server, HttpExchange exchange, in RequestCheck request)
        => new PendingId(server, exchange, in request).Begin(Ask(server.Options, EngineRequest.Of(exchange)));

    protected override void OnAnswer(string answer)
    {
        if (CustomIds.IsValid(answer))
        {
            Server.OpenSession(Exchange, in _request, answer);
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
