using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO.Sessions;

/// <summary>The middleware looks at one request, one after the other; the first that answers ends it.</summary>
/// <remarks>It owns what the middleware sees of the request. Thread, lifetime and limit are those of a <see cref="PendingAnswer{T}"/>.</remarks>
internal sealed class MiddlewareRun : PendingAnswer<bool>
{
    private readonly EngineMiddlewareContext _context;

    private MiddlewareRun(EngineServer server, HttpExchange exchange)
        : base(server, exchange) => _context = new EngineMiddlewareContext(exchange);

    /// <summary>Runs it; what does not wait is done when this returns.</summary>
    public static void Begin(EngineServer server, IReadOnlyList<EngineMiddleware> middleware, HttpExchange exchange)
    {
        var run = new MiddlewareRun(server, exchange);
        run.Begin(RunAsync(middleware, run._context));
    }

    protected override void OnAnswer(bool answer)
    {
        _context.End(isAborted: false);
        if (answer)
        {
            Server.Verify(Exchange);
        }
    }

    protected override void OnFailed(Exception failure)
    {
        _context.End(isAborted: false);
        Server.HookFailed(Exchange, "Middleware", failure);
        Refuse();
    }

    protected override void OnTimeout()
    {
        _context.End(isAborted: true);
        Server.HookTimedOut(Exchange, "Middleware");
        Refuse(("message", "timeout"));
    }

    protected override void OnGone() => _context.End(isAborted: true);

    /// <returns>Whether the request goes on: nobody has answered it and its peer is there.</returns>
    private static async ValueTask<bool> RunAsync(IReadOnlyList<EngineMiddleware> middleware, EngineMiddlewareContext context)
    {
        for (var i = 0; i < middleware.Count && context.IsOpen; i++)
        {
            await middleware[i](context);       // comes back to the loop, whose context is current here
        }

        return context.IsOpen;
    }

    private void Refuse(params ReadOnlySpan<(string Name, string Value)> context)
    {
        // Middleware that has answered before it failed has answered.
        if (Exchange.IsOpen)
        {
            Server.Refuse(Exchange, Refusal.BadRequest("MIDDLEWARE_FAILURE", context));
        }
    }
}
