namespace Sockeye.EngineIO.Http;

/// <summary>Answers requests. All members are called on the connection's loop.</summary>
/// <remarks>An exception is logged and answered with 500 (if nothing was answered yet); it never reaches the pipeline.</remarks>
public interface IHttpHandler : IHttpExchangeHandler
{
    /// <summary>The head is complete, the body unread. Respond at once, call <see cref="HttpExchange.ReadBody"/>, hold the exchange
    /// and respond later, move it to another loop, or upgrade it. What becomes of the exchange is told to <see cref="HttpExchange.Handler"/>.</summary>
    void OnRequest(HttpExchange exchange);
}
