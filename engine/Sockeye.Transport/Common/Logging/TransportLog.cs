using System.Net;
using Microsoft.Extensions.Logging;

namespace Sockeye.Transport.Common;

/// <summary>Every log entry of this assembly. Event ids 1000 to 1099; a retired id is never used again.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(1000, LogLevel.Error, "An exception reached loop {Loop} out of {Source}; the loop goes on.")]
    internal static partial void LoopFault(ILogger logger, Exception exception, string loop, object source);

    [LoggerMessage(1001, LogLevel.Warning, "A turn of loop {Loop} took {Milliseconds:F0} ms; last activity: {Activity}. A handler blocked the loop, or the machine is busy.")]
    internal static partial void Stall(ILogger logger, string loop, double milliseconds, string activity);

    [LoggerMessage(1002, LogLevel.Warning, "Accepting on {EndPoint} pauses for {Milliseconds} ms: {Reason}.")]
    internal static partial void AcceptPaused(ILogger logger, IPEndPoint endPoint, int milliseconds, string reason);

    [LoggerMessage(1003, LogLevel.Error, "The initialiser of a new channel failed; the connection is closed.")]
    internal static partial void InitializerFailed(ILogger logger, Exception exception);

    [LoggerMessage(1004, LogLevel.Debug, "Connection {RemoteEndPoint} ended with an error of the socket: {Error}.")]
    internal static partial void ConnectionFailed(ILogger logger, EndPoint? remoteEndPoint, string error);

    [LoggerMessage(1005, LogLevel.Information, "Connection {RemoteEndPoint} did not take its last bytes in time and was aborted.")]
    internal static partial void CloseTimedOut(ILogger logger, EndPoint? remoteEndPoint);

    [LoggerMessage(1006, LogLevel.Critical, "Loop {Loop} has ended with an exception.")]
    internal static partial void LoopDied(ILogger logger, Exception exception, string loop);

    [LoggerMessage(1007, LogLevel.Information, "Accepting on {EndPoint} pauses: the limit of connections, {Count}, is reached.")]
    internal static partial void ConnectionLimitReached(ILogger logger, IPEndPoint endPoint, int count);

    [LoggerMessage(1008, LogLevel.Information, "MaxConnections is {Wanted}, but the process has descriptors for {Fitting}, {Kept} kept aside for the rest; further connections wait in the backlog. The limit of open files is ulimit -n, or LimitNOFILE of a systemd unit.")]
    internal static partial void FewFiles(ILogger logger, int wanted, int fitting, int kept);

    [LoggerMessage(1009, LogLevel.Error, "Loop {Loop} has been held for {Milliseconds:F0} ms and more by {Activity}. Everything else of the loop waits: handlers await, or run on HandlerThread.Pool if they must block.")]
    internal static partial void LoopHeld(ILogger logger, string loop, double milliseconds, string activity);

    [LoggerMessage(1010, LogLevel.Error, "What the application has begun on {Where} has failed, and nobody waits for it.")]
    internal static partial void ApplicationFailed(ILogger logger, Exception exception, string where);

    [LoggerMessage(1011, LogLevel.Error, "Loop {Loop} has not ended in time and is left behind: it is held by {Activity}.")]
    internal static partial void LoopLeft(ILogger logger, string loop, string activity);

    [LoggerMessage(1012, LogLevel.Warning, "There is no native transport here: {Reason}. The portable one carries the connections, on one loop and at a higher cost for each message.")]
    internal static partial void NoNative(ILogger logger, string? reason);

    [LoggerMessage(1013, LogLevel.Warning, "EventLoops is {Wanted}, but the portable transport has one loop.")]
    internal static partial void OneLoop(ILogger logger, int wanted);

    [LoggerMessage(1014, LogLevel.Debug, "A turn of loop {Loop} took {Milliseconds:F0} ms, {Compiling:F0} of them to compile code that ran for the first time; last activity: {Activity}.")]
    internal static partial void FirstRun(ILogger logger, string loop, double milliseconds, double compiling, string activity);

    [LoggerMessage(1015, LogLevel.Information, "Accepting on {EndPoint} pauses: the limit of connections of listener {Listener}, {Count}, is reached.")]
    internal static partial void ListenerLimitReached(ILogger logger, string listener, IPEndPoint endPoint, int count);
}
