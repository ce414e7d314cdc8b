using System.Net;
using Microsoft.Extensions.Logging;

namespace Sockeye;

/// <summary>What the Socket.IO layer logs, event ids 2000 to 2199. Texts of clients are escaped before they come here, or not logged at all.</summary>
internal sealed partial class ServerLog(ILogger logger)
{
    [LoggerMessage(2000, LogLevel.Information, "Listening on {EndPoints}, transport {Transport}, {Loops} loops")]
    private static partial void Started(ILogger logger, string endPoints, string transport, int loops);

    [LoggerMessage(2001, LogLevel.Information, "Stopping")]
    private static partial void Stopping(ILogger logger);

    [LoggerMessage(2002, LogLevel.Information, "Stopped")]
    private static partial void Stopped(ILogger logger);

    [LoggerMessage(2003, LogLevel.Warning, "What was queued did not leave in time; the rest is dropped")]
    private static partial void StopTimedOut(ILogger logger);

    [LoggerMessage(2010, LogLevel.Information, "Connection of {Peer} closed ({Reason}): {Rule}")]
    private static partial void Expelled(ILogger logger, EndPoint peer, string reason, string rule);

    [LoggerMessage(2020, LogLevel.Error, "{Kind} handler failed in {Namespace}, event {Event}")]
    private static partial void HandlerFailed(ILogger logger, HandlerKind kind, string @namespace, string @event, Exception failure);

    [LoggerMessage(2021, LogLevel.Warning, "An event {Event} was refused in {Namespace}: {Reason}")]
    private static partial void EventRefused(ILogger logger, string @event, string @namespace, string reason);

    [LoggerMessage(2030, LogLevel.Error, "Plugin {Plugin} failed while stopping")]
    private static partial void PluginFailed(ILogger logger, string plugin, Exception failure);

    [LoggerMessage(2031, LogLevel.Information, "Plugin {Plugin} {Version} started")]
    private static partial void PluginStarted(ILogger logger, string plugin, string version);

    [LoggerMessage(2099, LogLevel.Critical, "A fault of the engine, please report it")]
    private static partial void Faulted(ILogger logger, Exception fault);

    public void Started(IEnumerable<EndPoint> endPoints, string transport, int loops) => Started(logger, string.Join(", ", endPoints), transport, loops);

    public void Stopping() => Stopping(logger);

    public void Stopped() => Stopped(logger);

    public void StopTimedOut() => StopTimedOut(logger);

    public void Expelled(EndPoint peer, string reason, string rule) => Expelled(logger, peer, reason, rule);

    /// <summary>What a client caused is a warning, what the application did an error.</summary>
    public void HandlerFailed(HandlerKind kind, string nsp, string name, Exception failure)
    {
        if (failure is EventFormatException or EventRejectedException)
        {
            EventRefused(logger, Escape(name), Escape(nsp), failure.Message);
        }
        else
        {
            HandlerFailed(logger, kind, Escape(nsp), Escape(name), failure);
        }
    }

    public void PluginFailed(string plugin, Exception failure) => PluginFailed(logger, plugin, failure);

    public void PluginStarted(string plugin, string version) => PluginStarted(logger, plugin, version);

    public void Faulted(Exception fault) => Faulted(logger, fault);

    /// <summary>Names of namespaces and events may come from clients: no control character reaches a log.</summary>
    private static string Escape(string text) =>
        text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.Contains('\x7f', StringComparison.Ordinal)
            ? string.Concat(text.Select(static c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()))
            : text;
}
