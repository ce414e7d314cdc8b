using System.Net;
using System.Text;
using Sockeye.EngineIO.Connections;
using Sockeye.EngineIO.WebSockets;
using Sockeye.Protocol;
using Sockeye.Protocol.Http;
using Sockeye.Protocol.WebSockets;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Http;

/// <summary>One request and its one response.</summary>
/// <remarks>
/// <para><b>Owns</b> the request's head and the headers of the response, and calls the handlers: what they throw ends here.</para>
/// <para><b>Thread.</b> The connection's loop only, for all members. An asynchronous handler comes back to it after each <c>await</c>.</para>
/// <para><b>Lifetime.</b> From the end of the request's head until the response is given, the connection upgraded or the exchange aborted; afterwards members that
/// answer do nothing, so a handler need not look first. The head may be kept.</para>
/// <para><b>Limits.</b> One exchange at a time per connection: the next request is parsed when the response has left.</para>
/// </remarks>
public sealed class HttpExchange : IActivitySource
{
    /// <summary>Bodies below this are copied behind their head and leave as one buffer: cheaper than a second one.</summary>
    internal const int SharedFrom = 16 * 1024;

    private const string TooLate = "Nobody would wait for the task: let the callback begin the asynchronous work and watch it.";

    private readonly HttpChannelHandler _channel;
    private List<KeyValuePair<string, string>>? _headers;

    internal HttpExchange(HttpChannelHandler channel, HttpRequestHead head, IHttpHandler handler)
    {
        _channel = channel;
        Head = head;
        Handler = handler;
    }

    /// <summary>The request's head: immutable, may outlive the exchange.</summary>
    public HttpRequestHead Head { get; }

    /// <summary>The first value of a parameter of the query, decoded; null if it is absent.</summary>
    /// <param name="name">Its name, decoded.</param>
    public string? Query(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return QueryString.TryGet(Head.Query, Encoding.UTF8.GetBytes(name), out var value) ? value : null;
    }

    /// <summary>The value of a header, whose name is compared without regard to case; null if it is absent. Several lines are joined.</summary>
    /// <param name="name">Its name.</param>
    public string? Header(string name) => Head.Header(name);

    /// <summary>The loop that the connection belongs to now.</summary>
    public ITransportLoop Loop => _channel.Loop;

    /// <summary>The peer's address.</summary>
    public IPEndPoint RemoteEndPoint => _channel.RemoteEndPoint;

    internal PeerAddress Peer => _channel.Peer;

    /// <summary>Whether the request came over TLS.</summary>
    public bool IsSecure => _channel.IsSecure;

    /// <summary>Who hears what becomes of the exchange: at first the <see cref="IHttpHandler"/> of its route. One that keeps something for each exchange sets an object of its own.</summary>
    public IHttpExchangeHandler Handler
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }

    /// <summary>Whether a response was given or the connection upgraded.</summary>
    public bool IsResponded { get; internal set; }

    /// <summary>Whether the exchange ended without a response of the handler: the peer is gone, or the connection answered a faulty body itself.</summary>
    public bool IsAborted { get; internal set; }

    /// <summary>The status with which the connection answered a faulty body itself; 0 if the peer went away.</summary>
    public int FaultStatus { get; internal set; }

    /// <summary>Whether it came from another server of the cluster, which had it from the peer: it is not handed on again.</summary>
    internal bool IsRelayed => _channel.IsRelayed;

    /// <summary>Whether the response comes in parts and is not complete.</summary>
    internal bool IsInParts { get; set; }

    /// <summary>What the layer above shows of the request, made when it is first asked for.</summary>
    internal object? View { get; set; }

    internal bool IsOpen => !IsResponded && !IsAborted;

    /// <summary>Whether the response ends the connection.</summary>
    internal bool IsLast { get; set; }

    /// <summary>The body of the response, if it is memory that stays whether or not it is sent.</summary>
    internal byte[]? SharedBody { get; private set; }

    internal IReadOnlyList<KeyValuePair<string, string>> Headers => _headers is null ? [] : _headers;

    /// <summary>Adds a header to the response; several of one name are several lines.</summary>
    /// <exception cref="ArgumentException">The name is no token, the value holds CR, LF, NUL or another control character,
    /// or it is a header that the connection writes itself (Content-Length, Transfer-Encoding, Connection).</exception>
    public void AddHeader(string name, string value)
    {
        CheckHeader(name, value);
        if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"The connection writes {name} itself.", nameof(name));
        }

        (_headers ??= new List<KeyValuePair<string, string>>(4)).Add(new(name, value));
    }

    /// <summary>Adds <paramref name="value"/> to the comma-separated list of a header, such as Vary, in the response.</summary>
    /// <exception cref="ArgumentException">As <see cref="AddHeader"/>.</exception>
    public void AppendHeader(string name, string value)
    {
        for (var i = 0; i < Headers.Count; i++)
        {
            if (_headers![i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                CheckHeader(name, value);
                _headers[i] = new(_headers[i].Key, _headers[i].Value + ", " + value);
                return;
            }
        }

        AddHeader(name, value);
    }

    /// <summary>Reads the whole body, then calls <see cref="IHttpExchangeHandler.OnBody"/> (after the current call of the handler has returned).
    /// A body of more than <paramref name="maxBytes"/> is answered with 413 and aborts the exchange.</summary>
    public void ReadBody(long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        if (IsOpen)
        {
            _channel.ReadBody(this, maxBytes);
        }
    }

    /// <summary>Answers. A response to HEAD, 204 and 304 leaves without its body. An unread request body is read and thrown away
    /// (<see cref="HttpOptions.MaxDrainBytes"/>), or the connection closed.</summary>
    /// <param name="status">100 excluded: 200 to 599.</param>
    /// <param name="contentType">The Content-Type, or null for none.</param>
    /// <param name="body">Copied during the call.</param>
    public void Respond(int status, string? contentType, ReadOnlySpan<byte> body)
    {
        if (status is < 200 or > 599)
        {
            throw new ArgumentOutOfRangeException(nameof(status), status, "A final status is 200 to 599.");
        }

        if (contentType is not null)
        {
            CheckHeader("Content-Type", contentType);
        }

        if (IsOpen)
        {
            IsResponded = true;
            _channel.Respond(this, status, contentType, body);
        }
    }

    /// <summary>Answers with a text, as UTF-8. As <see cref="Respond"/>.</summary>
    /// <param name="status">As there.</param>
    /// <param name="text">The body.</param>
    /// <param name="contentType">The Content-Type. Default: plain text.</param>
    public void RespondText(int status, string text, string contentType = "text/plain; charset=utf-8")
    {
        ArgumentNullException.ThrowIfNull(text);
        Respond(status, contentType, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>As <see cref="Respond"/>, with a body that is sent from where it lies, so that a client that does not read costs nothing.</summary>
    /// <param name="status">As there.</param>
    /// <param name="contentType">As there.</param>
    /// <param name="body">Not copied, must never change.</param>
    internal void RespondShared(int status, string? contentType, byte[] body)
    {
        SharedBody = body.Length >= SharedFrom ? body : null;
        Respond(status, contentType, body);
    }

    /// <summary>As <see cref="Respond"/>, with "Connection: close": the connection ends when the answer has left.</summary>
    public void RespondAndClose(int status, string? contentType, ReadOnlySpan<byte> body)
    {
        IsLast |= IsOpen;
        Respond(status, contentType, body);
    }

    /// <summary>Answers with a response that somebody else writes, head and body, in parts: the first of several calls of <see cref="WritePart"/>, behind which <see cref="EndParts"/> comes. What becomes of it is told
    /// as of other responses; the room for further parts by <see cref="IHttpExchangeHandler.OnWritable"/>.</summary>
    /// <param name="isLast">Whether the connection closes behind it in any case.</param>
    /// <returns>Whether the connection closes behind it: then its head has to say so.</returns>
    public bool BeginParts(bool isLast)
    {
        if (IsOpen)
        {
            IsLast |= isLast;
            IsResponded = IsInParts = true;
            _channel.BeginParts(this);
        }

        return IsLast;
    }

    /// <summary>Writes a part of the response.</summary>
    /// <param name="bytes">Copied during the call.</param>
    /// <returns>Whether the kernel has taken all of it.</returns>
    public bool WritePart(ReadOnlySpan<byte> bytes) => !IsInParts || _channel.WritePart(this, bytes);

    /// <summary>The response is complete.</summary>
    public void EndParts()
    {
        if (IsInParts)
        {
            IsInParts = false;
            _channel.EndParts(this);
        }
    }

    /// <summary>Hands the connection to somebody who brings and takes its bytes from now on, the answer to the request included.</summary>
    /// <param name="listener">Hears what comes.</param>
    /// <returns>The connection; null: it has ended, or the exchange was answered.</returns>
    public IHttpTunnel? BeginTunnel(IHttpTunnelListener listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        if (!IsOpen)
        {
            return null;
        }

        IsResponded = true;
        return _channel.BeginTunnel(this, listener);
    }

    /// <summary>There is no room for a new client at the moment: 503, come back later.</summary>
    internal void RefuseForNow()
    {
        AddHeader("Retry-After", "5");
        AppendHeader("Cache-Control", "no-store");
        RespondAndClose(503, null, default);
    }

    /// <summary>Moves the connection to another loop of the transport; what was read of it comes along. The exchange must not be touched until
    /// <paramref name="arrived"/> is called there; if the connection ends on the way, <see cref="IHttpExchangeHandler.OnAborted"/> is called instead.
    /// On the same loop <paramref name="arrived"/> is called at once.</summary>
    public void MoveTo(ITransportLoop loop, Action<HttpExchange> arrived)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(arrived);
        if (IsOpen)
        {
            _channel.MoveTo(this, loop, arrived);
        }
    }

    /// <summary>Refused: nobody would wait for the task.</summary>
    [Obsolete(TooLate, error: true)]
    public void MoveTo(ITransportLoop loop, Func<HttpExchange, Task> arrived) => throw new NotSupportedException(TooLate);

    /// <summary>Checks the request as a WebSocket handshake. A bad one is answered here: 400, or 426 when only the version is wrong.</summary>
    /// <returns>Whether <see cref="Upgrade"/> may be called.</returns>
    public bool ValidateUpgrade()
    {
        var error = WebSocketHandshake.Validate(Head, out _);
        if (error == ProtocolError.None || !IsOpen)
        {
            return error == ProtocolError.None && IsOpen;
        }

        var info = ProtocolErrors.Describe(error);
        _channel.OnRuleBroken(info.HttpStatus, info);
        AppendHeader("Cache-Control", "no-store");
        if (info.HttpStatus == 426)
        {
            AddHeader("Upgrade", "websocket");
            AddHeader("Sec-WebSocket-Version", "13");
        }

        RespondAndClose(info.HttpStatus, null, default);
        return false;
    }

    /// <summary>Answers 101 and hands the connection to <paramref name="listener"/>. The response leaves at the end of this turn, together with
    /// what is queued until then; frames that the peer has sent already are delivered after the current call.</summary>
    /// <param name="listener">Gets the messages.</param>
    /// <param name="limits">Limits of incoming messages.</param>
    /// <param name="subprotocol">One that the peer has offered, or null.</param>
    /// <exception cref="InvalidOperationException">The exchange has ended, or the handshake is not valid: call <see cref="ValidateUpgrade"/> first.</exception>
    public WebSocketChannelHandler Upgrade(IWebSocketListener listener, WebSocketLimits limits, string? subprotocol = null)
    {
        ArgumentNullException.ThrowIfNull(listener);
        ArgumentNullException.ThrowIfNull(limits);
        if (subprotocol is not null && !HttpResponseHead.IsValidHeaderName(subprotocol))
        {
            throw new ArgumentException($"Not a subprotocol: '{LogText.Escape(subprotocol)}'; it is a token.", nameof(subprotocol));
        }

        if (!IsOpen || WebSocketHandshake.Validate(Head, out var key) != ProtocolError.None)
        {
            throw new InvalidOperationException("The exchange cannot be upgraded: it has ended, or the handshake is not valid.");
        }

        IsResponded = true;
        return _channel.Upgrade(this, key, listener, limits, subprotocol);
    }

    string IActivitySource.Describe(string activity) => $"{activity} {LogText.Escape(Head.Path)} of {RemoteEndPoint}";

    /// <summary>Resets the connection without an answer. <see cref="IHttpExchangeHandler.OnAborted"/> is not called.</summary>
    public void Abort()
    {
        IsAborted = true;
        _channel.Abort();
    }

    /// <summary>The request goes to its handler.</summary>
    internal void Begin(IHttpHandler handler)
    {
        Loop.SetActivity("request", this);
        try
        {
            handler.OnRequest(this);
        }
        catch (Exception exception)
        {
            OnHandlerFailed(exception);
        }
    }

    /// <summary>The connection has come to the loop to which it was moved.</summary>
    internal void Arrive(Action<HttpExchange> arrived)
    {
        Loop.SetActivity("request", this);
        try
        {
            arrived(this);
        }
        catch (Exception exception)
        {
            OnHandlerFailed(exception);
        }
    }

    /// <summary>The body is here.</summary>
    internal void Deliver(ReadOnlySpan<byte> body)
    {
        if (!IsOpen)
        {
            return;
        }

        try
        {
            Handler.OnBody(this, body);
        }
        catch (Exception exception)
        {
            OnHandlerFailed(exception);
        }
    }

    /// <summary>There will be no response, unless it was given.</summary>
    internal void End()
    {
        if (!IsOpen)
        {
            return;
        }

        IsAborted = true;
        try
        {
            Handler.OnAborted(this);
        }
        catch (Exception exception)
        {
            LogFailure(exception);
        }
    }

    /// <summary>The response has left, or never will.</summary>
    internal void EndResponse(bool isTaken)
    {
        try
        {
            Handler.OnResponseEnded(this, isTaken);
        }
        catch (Exception exception)
        {
            LogFailure(exception);
        }
    }

    /// <summary>There is room for the next part.</summary>
    internal void TellWritable()
    {
        try
        {
            Handler.OnWritable(this);
        }
        catch (Exception exception)
        {
            LogFailure(exception);
            Abort();
        }
    }

    /// <summary>The server stops.</summary>
    internal void TellStopping()
    {
        try
        {
            Handler.OnStopping(this);
        }
        catch (Exception exception)
        {
            LogFailure(exception);
        }
    }

    // The handler's fault: a 500 without details, unless something was answered.
    private void OnHandlerFailed(Exception exception)
    {
        LogFailure(exception);
        RespondAndClose(500, null, default);
    }

    private void LogFailure(Exception exception) => ChannelLog.RequestHandlerFailed(_channel.Logger, LogText.Escape(Head.MethodText), LogText.Escape(Head.Path), exception);

    private static void CheckHeader(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        if (!HttpResponseHead.IsValidHeaderName(name) || !HttpResponseHead.IsValidHeaderValue(value))
        {
            throw new ArgumentException($"Not a response header: '{LogText.Escape(name)}: {LogText.Escape(value)}'.");
        }
    }
}
