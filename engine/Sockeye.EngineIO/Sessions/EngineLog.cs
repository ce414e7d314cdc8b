using System.Net;
using Microsoft.Extensions.Logging;

namespace Sockeye.EngineIO.Sessions;

/// <summary>What the sessions log: event ids 1100 to 1199. Text of a peer is passed through <see cref="LogText.Escape(string)"/> first; a session id is never logged.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1100, LogLevel.Debug, "Request of {Peer} refused with code {Code}: {Message} ({Rule})")]
    public static partial void Refused(ILogger logger, IPEndPoint peer, int code, string message, string rule);

    [LoggerMessage(1101, LogLevel.Debug, "Session of {Peer} over {Transport} closed: {Reason} ({Detail})")]
    public static partial void Closed(ILogger logger, IPEndPoint peer, string transport, string reason, string detail);

    [LoggerMessage(1102, LogLevel.Error, "The engine handler failed in {Call} for the session of {Peer}; the session lives on")]
    public static partial void HandlerFailed(ILogger logger, IPEndPoint peer, string call, Exception exception);

    [LoggerMessage(1103, LogLevel.Error, "The hook {Hook} failed for a request of {Peer}")]
    public static partial void HookFailed(ILogger logger, IPEndPoint peer, string hook, Exception exception);

    [LoggerMessage(1104, LogLevel.Warning, "Session of {Peer} closed: its outbox is full, bytes: {Bytes}, messages: {Messages}")]
    public static partial void SlowConsumer(ILogger logger, IPEndPoint peer, int bytes, int messages);

    [LoggerMessage(1105, LogLevel.Debug, "Handshake of {Peer} refused: there are Engine:MaxSessions = {Max} sessions")]
    public static partial void TooManySessions(ILogger logger, IPEndPoint peer, int max);

    [LoggerMessage(1106, LogLevel.Warning, "The engine stopped; sessions that did not end in time: {Sessions}")]
    public static partial void CloseTimedOut(ILogger logger, int sessions);

    [LoggerMessage(1107, LogLevel.Error, "The hook {Hook} took too long with a request of {Peer}")]
    public static partial void HookTimedOut(ILogger logger, IPEndPoint peer, string hook);

    [LoggerMessage(1108, LogLevel.Error, "The id that was generated for a session of {Peer} cannot be used: {Fault}")]
    public static partial void IdRefused(ILogger logger, IPEndPoint peer, string fault);

    [LoggerMessage(1109, LogLevel.Warning, "Engine:MemoryBudgetBytes = {Budget}: {Held} bytes are held, new clients are refused")]
    public static partial void BudgetRefuses(ILogger logger, long budget, long held);

    [LoggerMessage(1110, LogLevel.Information, "Engine:MemoryBudgetBytes = {Budget}: {Held} bytes are held, new clients are taken again")]
    public static partial void BudgetTakes(ILogger logger, long budget, long held);

    [LoggerMessage(1112, LogLevel.Warning, "A client of {Peer} speaks an older protocol: Socket.IO 2 or before, or no EIO=4 in its query. Clients of Socket.IO 3 and 4 are served")]
    public static partial void OldClient(ILogger logger, IPEndPoint peer);

    [LoggerMessage(1113, LogLevel.Warning, "A page of {Origin} has asked for a session from {Peer}, but its browser keeps the answer from it: Engine:Cors does not allow that origin, or a proxy does not pass the Host of the page")]
    public static partial void ForeignPage(ILogger logger, IPEndPoint peer, string origin);

    [LoggerMessage(1114, LogLevel.Warning, "A client of {Peer} looks for the server at {Asked}; it is served at {Path}")]
    public static partial void Elsewhere(ILogger logger, IPEndPoint peer, string asked, string path);

    [LoggerMessage(1111, LogLevel.Warning, "Engine:MemoryBudgetBytes = {Budget}: {Held} bytes are held, the connections with the most are closed: {Count}; {Bytes} bytes are held for the first")]
    public static partial void BudgetCloses(ILogger logger, long budget, long held, int count, long bytes);
}
