using Sockeye.EngineIO.Http;

namespace Sockeye.EngineIO;

/// <summary>Looks at a request of the engine's path before the engine does, and answers it, adds headers to whatever the answer will be, or lets it go on.</summary>
/// <remarks>Called on the loop of the request's connection, for every request but a preflight that CORS has answered: handshakes, polls, messages, upgrades. It must not block;
/// its task comes back to the loop after each <c>await</c>. The request is held meanwhile, its body unread, for at most <see cref="EngineOptions.HookTimeout"/>.</remarks>
public delegate ValueTask EngineMiddleware(EngineMiddlewareContext context);

/// <summary>One request as <see cref="EngineOptions.Use(EngineMiddleware)"/> shows it to middleware.</summary>
/// <remarks>It owns the token of the peer. <b>Thread.</b> The loop of the request's connection. <b>Lifetime.</b> Until the middleware has decided, its time is over or the peer is gone;
/// afterwards the members that answer do nothing. <b>Limits.</b> <see cref="EngineOptions.HookTimeout"/> for all middleware together.</remarks>
public sealed class EngineMiddlewareContext
{
    private readonly HttpExchange _exchange;
    private CancellationTokenSource? _aborted;
    private bool _isOver;

    internal EngineMiddlewareContext(HttpExchange exchange) => _exchange = exchange;

    /// <summary>The request; the session that it opens keeps it, with what is put into its <see cref="EngineRequest.Items"/>.</summary>
    public EngineRequest Request => EngineRequest.Of(_exchange);

    /// <summary>Whether nobody has answered yet and the peer is still there.</summary>
    public bool IsOpen => !_isOver && _exchange.IsOpen;

    /// <summary>Cancelled when the peer is gone or the time of the middleware is over. What is registered with it runs on the loop, in its next turn.</summary>
    public CancellationToken Aborted => IsOpen ? (_aborted ??= new CancellationTokenSource()).Token : _aborted?.Token ?? new CancellationToken(canceled: true);

    /// <summary>Adds a header to the answer, whoever gives it, a 101 included; several of one name are several lines.</summary>
    /// <exception cref="ArgumentException">The name is no token, the value holds CR, LF, NUL or another control character, or the connection writes the header itself.</exception>
    public void AddHeader(string name, string value)
    {
        if (IsOpen)
        {
            _exchange.AddHeader(name, value);
        }
    }

    /// <summary>Adds <paramref name="value"/> to the comma-separated list of a header, such as Vary, in the answer.</summary>
    /// <exception cref="ArgumentException">As <see cref="AddHeader"/>.</exception>
    public void AppendHeader(string name, string value)
    {
        if (IsOpen)
        {
            _exchange.AppendHeader(name, value);
        }
    }

    /// <summary>Answers the request: neither further middleware nor the engine sees it. To an upgrade it is an HTTP answer in place of the 101, and the connection ends.</summary>
    /// <param name="status">200 to 599.</param>
    /// <param name="contentType">The Content-Type, or null for none.</param>
    /// <param name="body">Copied during the call.</param>
    public void Respond(int status, string? contentType = null, ReadOnlySpan<byte> body = default)
    {
        if (!IsOpen)
        {
            return;
        }

        if (_exchange.Head.IsUpgrade)
        {
            _exchange.RespondAndClose(status, contentType, body);
        }
        else
        {
            _exchange.Respond(status, contentType, body);
        }
    }

    /// <summary>The middleware has no say any longer.</summary>
    internal void End(bool isAborted)
    {
        _isOver = true;
        if (isAborted && _aborted is { } aborted)
        {
            // The context calls what was registered: what that throws is a failure of the application, and none of it runs inside of what ends the middleware.
            _exchange.Loop.Context.Post(static source => ((CancellationTokenSource)source!).Cancel(), aborted);
        }
    }
}
