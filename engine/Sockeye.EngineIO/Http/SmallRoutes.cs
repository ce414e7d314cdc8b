using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Connections;
using Sockeye.Protocol.Http;

namespace Sockeye.EngineIO.Http;

/// <summary>A GET route made from a delegate, which returns null if it may hold the exchange and respond later.</summary>
internal sealed class SmallRoute(Func<HttpExchange, Task?> handler, ILogger logger) : IHttpHandler
{
    public void OnRequest(HttpExchange exchange)
    {
        if (exchange.Head.Method is not (HttpMethod.Get or HttpMethod.Head))
        {
            exchange.AddHeader("Allow", "GET, HEAD");
            exchange.Respond(405, null, default);
            return;
        }

        exchange.Loop.SetActivity("GET", exchange);
        RouteTask.Watch(handler(exchange), exchange, logger);
    }
}

/// <summary>A POST route made from a delegate.</summary>
internal sealed class SmallPostRoute(HttpBodyHandler handler, long maxBytes, ILogger logger) : IHttpHandler
{
    public void OnRequest(HttpExchange exchange)
    {
        if (exchange.Head.Method != HttpMethod.Post)
        {
            exchange.AddHeader("Allow", "POST");
            exchange.Respond(405, null, default);
            return;
        }

        exchange.ReadBody(maxBytes);
    }

    public void OnBody(HttpExchange exchange, ReadOnlySpan<byte> body)
    {
        exchange.Loop.SetActivity("POST", exchange);
        RouteTask.Watch(handler(exchange, body.ToArray()), exchange, logger);
    }
}

/// <summary>Sees to it that an asynchronous handler ends with a response.</summary>
internal static class RouteTask
{
    public static void Watch(Task? task, HttpExchange exchange, ILogger logger)
    {
        if (task is not null && (exchange.IsOpen || !task.IsCompletedSuccessfully))
        {
            _ = WatchAsync(task, exchange, logger);
        }
    }

    private static async Task WatchAsync(Task task, HttpExchange exchange, ILogger logger)
    {
        var method = LogText.Escape(exchange.Head.MethodText);
        var path = LogText.Escape(exchange.Head.Path);
        try
        {
            await task;     // continues on the loop: its synchronization context is current while handlers run
            if (exchange.IsOpen)
            {
                ChannelLog.RequestNotAnswered(logger, method, path);
                exchange.RespondAndClose(500, null, default);
            }
        }
        catch (Exception exception)
        {
            ChannelLog.RequestHandlerFailed(logger, method, path, exception);
            exchange.RespondAndClose(500, null, default);
        }
    }
}
