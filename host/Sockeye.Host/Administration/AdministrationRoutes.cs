using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.Host.Administration;

/// <summary>The routes of the listener of operators, each behind <see cref="AdministrationAccess"/> unless it is mapped as open.</summary>
/// <remarks>Used while the host is built; what it maps runs on the loop of that listener.</remarks>
internal sealed class AdministrationRoutes(SockeyeBuilder builder, AdministrationAccess access, ILogger logger)
{
    // Whoever reaches the listener can cause it.
    private readonly LogLimit _refusals = new(builder.Time);

    /// <summary>Bytes of the largest body of a request. Own: ids and names.</summary>
    public const int MaxBody = 16_384;

    /// <summary>Answers GET and HEAD for those who may administer.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Has responded when its task completes.</param>
    public void MapGet(string path, Func<HttpExchange, Task> handler) => builder.MapGet(path, exchange => GuardAsync(exchange, _ => handler(exchange)));

    /// <summary>Answers POST for those who may administer; it is logged who has asked.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Gets the request, who has sent it, and its body; has responded when its task completes.</param>
    public void MapPost(string path, Func<HttpExchange, string, ReadOnlyMemory<byte>, Task> handler) =>
        builder.MapPost(path, (exchange, body) => GuardAsync(exchange, who => handler(exchange, who, body)), MaxBody);

    /// <summary>Answers GET and HEAD for whoever reaches the listener, such as the probes of an orchestrator.</summary>
    /// <param name="path">The exact path.</param>
    /// <param name="handler">Gets the request, and whether it comes from somebody who may administer; has responded when its task completes.</param>
    public void MapOpen(string path, Func<HttpExchange, bool, Task> handler) =>
        builder.MapGet(path, async exchange =>
        {
            var verdict = await access.CheckAsync(exchange);
            TellWrong(exchange, verdict);
            Harden(exchange);
            await handler(exchange, verdict.IsAllowed);
        });

    /// <summary>What every answer says to browsers: nothing of it is kept, guessed at, or shown inside another page.</summary>
    public static void Harden(HttpExchange exchange)
    {
        exchange.AddHeader("Cache-Control", "no-store");
        exchange.AddHeader("X-Content-Type-Options", "nosniff");
        exchange.AddHeader("X-Frame-Options", "DENY");
    }

    // Whoever guesses, where what is answered says whether he was right, is seen.
    private void TellWrong(HttpExchange exchange, AdministrationVerdict verdict)
    {
        if (verdict.Status == 401 && exchange.Header("Authorization") is not null && _refusals.Admits(out var omitted))
        {
            HostLog.AdministrationRefused(logger, exchange.RemoteEndPoint.Address, omitted);
        }
    }

    private async Task GuardAsync(HttpExchange exchange, Func<string, Task> handler)
    {
        var verdict = await access.CheckAsync(exchange);
        TellWrong(exchange, verdict);
        Harden(exchange);
        switch (verdict.Status)
        {
            case 200:
                await handler(verdict.Who);
                return;
            case 401:
                exchange.AddHeader("WWW-Authenticate", "Basic realm=\"Sockeye\", charset=\"UTF-8\"");
                break;
            case 429 or 503:
                exchange.AddHeader("Retry-After", "60");
                break;
        }

        exchange.RespondText(verdict.Status, verdict.Status switch
        {
            401 => "who are you? A user and password of Administration:Users, or a bearer token of Administration:Tokens\n",
            403 => "a page of another site may not do this\n",
            421 => "without credentials this listener answers to localhost and to addresses alone\n",
            429 => "too many wrong credentials; try again in a minute\n",
            _ => "too many passwords are being checked; try again\n",
        });
    }
}
