using System.Net;
using Microsoft.Extensions.Logging;

namespace Sockeye.EngineIO.Connections;

/// <summary>What is logged of a channel that speaks HTTP or WebSocket, and of their server: event ids 1200 to 1299. Text of a peer is passed through <see cref="LogText.Escape(string)"/> first.</summary>
internal static partial class ChannelLog
{
    [LoggerMessage(1200, LogLevel.Information, "Listening on {EndPoint} ({Transport})")]
    public static partial void Listening(ILogger logger, IPEndPoint endPoint, string transport);

    [LoggerMessage(EventId = 1201, Message = "Request of {Peer} refused with {Status}: {Reason}")]
    public static partial void RequestRefused(ILogger logger, LogLevel level, IPEndPoint peer, int status, string reason);

    [LoggerMessage(1202, LogLevel.Debug, "Request of {Peer} took too long ({Phase})")]
    public static partial void RequestTimedOut(ILogger logger, IPEndPoint peer, string phase);

    [LoggerMessage(1203, LogLevel.Error, "The handler of {Method} {Path} failed")]
    public static partial void RequestHandlerFailed(ILogger logger, string method, string path, Exception exception);

    [LoggerMessage(1204, LogLevel.Error, "The handler of {Method} {Path} ended without a response")]
    public static partial void RequestNotAnswered(ILogger logger, string method, string path);

    [LoggerMessage(1205, LogLevel.Error, "A pipeline handler of the connection of {Peer} failed; the connection is closed")]
    public static partial void PipelineFailed(ILogger logger, IPEndPoint peer, Exception exception);

    [LoggerMessage(1206, LogLevel.Information, "Connection of {Peer} reset: it took none of {Pending} waiting bytes in time")]
    public static partial void WriteStalled(ILogger logger, IPEndPoint peer, long pending);

    [LoggerMessage(1207, LogLevel.Warning, "WebSocket of {Peer} closed with {Code}: {Reason}")]
    public static partial void WebSocketRefused(ILogger logger, IPEndPoint peer, int code, string reason);

    [LoggerMessage(1208, LogLevel.Error, "The WebSocket listener of {Peer} failed; the connection is closed with 1011")]
    public static partial void ListenerFailed(ILogger logger, IPEndPoint peer, Exception exception);

    [LoggerMessage(1209, LogLevel.Warning, "WebSocket of {Peer} closed: its outbox was full, bytes: {Bytes}, messages: {Messages}")]
    public static partial void OutboxOverflowed(ILogger logger, IPEndPoint peer, int bytes, int messages);

    [LoggerMessage(1210, LogLevel.Error, "A connection could not be initialised")]
    public static partial void InitializeFailed(ILogger logger, Exception exception);

    [LoggerMessage(1211, LogLevel.Warning, "WebSocket of {Peer} refused: origin {Origin} is not allowed")]
    public static partial void OriginRefused(ILogger logger, IPEndPoint peer, string origin);

    [LoggerMessage(1213, LogLevel.Warning, "{Peer} speaks TLS, and http is served here: the address of the client begins with https or wss. A proxy in front may end TLS")]
    public static partial void TlsSpoken(ILogger logger, IPEndPoint peer);

    [LoggerMessage(1212, LogLevel.Error, "The observer of the engine failed in {Call}")]
    public static partial void ObserverFailed(ILogger logger, string call, Exception exception);
}
