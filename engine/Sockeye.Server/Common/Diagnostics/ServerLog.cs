using System.Net;
using Microsoft.Extensions.Logging;
using Sockeye.Abstractions;
using Sockeye.Inspection;
using Sockeye.Server.Hooks;
using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>What the Socket.IO layer logs, event ids 2000 to 2199. Texts of clients are cut and escaped here, or not logged at all.</summary>
/// <remarks>Any thread; lives as long as the server. What clients or handlers can cause as often as they like is limited for each reason or kind by a <see cref="LogLimit"/>,
/// and ticks that were left out are summed up by each loop.</remarks>
internal sealed partial class ServerLog(ILogger logger, TimeProvider time, bool development)
{
    /// <summary>Handlers of one event on one target from which on somebody registers without end (Node warns at the eleventh too).</summary>
    private const int ManyHandlers = 11;

    private readonly LogLimit[] _expelled = Limits<DisconnectReason>(time);
    private readonly LogLimit[] _failed = Limits<HandlerKind>(time);
    private readonly LogLimit[] _refused = Limits<HandlerKind>(time);
    private readonly LogLimit[] _limited = Limits<RateLimit>(time);
    private readonly LogLimit _entered = new(time);
    private readonly LogLimit _left = new(time);
    private readonly LogLimit _rejected = new(time);
    private readonly LogLimit _unheard = new(time);
    private readonly LogLimit _unknown = new(time);
    private readonly LogLimit _crowded = new(time);
    private readonly LogLimit _doubted = new(time);
    private readonly NewNames _unheardNames = new();
    private readonly NewNames _unknownNames = new();
    private readonly LogLimit _faulted = new(time);
    private readonly LogLimit _outlived = new(time);
    private readonly LogLimit _reflected = new(time);

    // Servers of one process share a log: their end points tell them apart to the end, when they listen no more. Null: it never did, and whoever reads why it did not start has no use for its end.
    private volatile string? _endPoints;

    [LoggerMessage(2000, LogLevel.Information, "Listening on {EndPoints}, transport {Transport}, loops: {Loops}")]
    private static partial void Started(ILogger logger, string endPoints, string transport, int loops);

    [LoggerMessage(2008, LogLevel.Warning, "Nothing answers on listener {Listener}: of its routes ({Routes}) this server has none now, and every request there gets 404")]
    private static partial void NothingAnswers(ILogger logger, string listener, string routes);

    [LoggerMessage(2001, LogLevel.Information, "Stopping the server on {EndPoints}")]
    private static partial void Stopping(ILogger logger, string endPoints);

    [LoggerMessage(2002, LogLevel.Information, "Stopped the server on {EndPoints}")]
    private static partial void Stopped(ILogger logger, string endPoints);

    [LoggerMessage(2003, LogLevel.Warning, "What was queued did not leave in time; the rest is dropped")]
    private static partial void StopTimedOut(ILogger logger);

    [LoggerMessage(2004, LogLevel.Information, "Draining the server on {EndPoints} over at most {Over}, connections: {Connections}")]
    private static partial void Draining(ILogger logger, string endPoints, TimeSpan over, int connections);

    [LoggerMessage(2005, LogLevel.Warning, "Draining was cut short; connections that are told at once: {Connections}")]
    private static partial void DrainCut(ILogger logger, int connections);

    [LoggerMessage(2010, LogLevel.Warning, "Connection of {Peer} closed ({Reason}): {Rule}")]
    private static partial void Expelled(ILogger logger, EndPoint peer, string reason, string rule);

    [LoggerMessage(2011, LogLevel.Debug, "Socket {Socket} of {Peer} has entered {Namespace}")]
    private static partial void Entered(ILogger logger, string socket, EndPoint peer, string @namespace);

    [LoggerMessage(2012, LogLevel.Debug, "Socket {Socket} of {Peer} has left {Namespace}: {Reason}")]
    private static partial void Left(ILogger logger, string socket, EndPoint peer, string @namespace, string reason);

    [LoggerMessage(2013, LogLevel.Debug, "A client of {Peer} was refused in {Namespace}: {Reason}")]
    private static partial void Rejected(ILogger logger, EndPoint peer, string @namespace, string reason);

    [LoggerMessage(2014, LogLevel.Warning, "A client of {Peer} was refused in {Namespace}: it is in {Namespaces} others already (Limits:NamespacesPerConnection)")]
    private static partial void Crowded(ILogger logger, EndPoint peer, string @namespace, int namespaces);

    [LoggerMessage(2020, LogLevel.Error, "{Handler} failed in {Namespace} for socket {Socket} of {Peer}")]
    private static partial void HandlerFailed(ILogger logger, string handler, string @namespace, string socket, EndPoint peer, Exception failure);

    [LoggerMessage(2021, LogLevel.Warning, "An event \"{Event}\" of socket {Socket} of {Peer} was refused in {Namespace}: {Reason}")]
    private static partial void EventRefused(ILogger logger, string @event, string socket, EndPoint peer, string @namespace, string reason);

    [LoggerMessage(EventId = 2023, Message = "Nobody listens to \"{Event}\" of socket {Socket} of {Peer} in {Namespace}{Hint}")]
    private static partial void Unheard(ILogger logger, LogLevel level, string @event, string socket, EndPoint peer, string @namespace, string hint);

    [LoggerMessage(EventId = 2024, Message = "A client of {Peer} asked for the namespace \"{Namespace}\", which does not exist here{Hint}")]
    private static partial void Unknown(ILogger logger, LogLevel level, EndPoint peer, string @namespace, string hint);

    [LoggerMessage(2140, LogLevel.Warning, "An event of socket {Socket} of {Peer} was refused in {Namespace}: too many, or too much, in too little time ({Limit})")]
    private static partial void RateLimited(ILogger logger, string socket, EndPoint peer, string @namespace, string limit);

    [LoggerMessage(2025, LogLevel.Error, "{Handler} failed in {Namespace}")]
    private static partial void ListenerFailed(ILogger logger, string handler, string @namespace, Exception failure);

    [LoggerMessage(2060, LogLevel.Warning, "{Doubt}")]
    private static partial void Doubted(ILogger logger, string doubt);

    [LoggerMessage(2022, LogLevel.Warning, "A handler of {Event} still runs {After} after its socket has gone; OnDisconnect of {Peer} in {Namespace} waits for it no longer")]
    private static partial void HandlerOutlived(ILogger logger, string @event, TimeSpan after, EndPoint? peer, string @namespace);

    [LoggerMessage(2030, LogLevel.Error, "{Part} failed while stopping")]
    private static partial void PartFailed(ILogger logger, string part, Exception failure);

    [LoggerMessage(2031, LogLevel.Information, "Plugin {Plugin} {Version} started")]
    private static partial void PluginStarted(ILogger logger, string plugin, string version);

    [LoggerMessage(2032, LogLevel.Information, "Plugin {Plugin} {Version} was loaded from {Folder}: generation {Generation}")]
    private static partial void PluginLoaded(ILogger logger, string plugin, string version, string folder, int generation);

    [LoggerMessage(2033, LogLevel.Information, "Plugin {Plugin} has gone with its folder {Folder}")]
    private static partial void PluginRemoved(ILogger logger, string plugin, string folder);

    [LoggerMessage(2042, LogLevel.Information, "Plugin {Plugin} has gone: its folder {Folder} has the plugin {Other} now")]
    private static partial void PluginReplaced(ILogger logger, string plugin, string folder, string other);

    [LoggerMessage(2034, LogLevel.Error, "A plugin was not loaded, {Rest}: {Fault}")]
    private static partial void PluginFailed(ILogger logger, string rest, string fault);

    [LoggerMessage(2039, LogLevel.Debug, "What the plugin in {Folder} has thrown before it ran: {Trace}")]
    private static partial void WritePluginThrew(ILogger logger, string folder, string trace);

    [LoggerMessage(2035, LogLevel.Warning, "Plugin {Plugin}: something holds the code of generations before, which are still in memory: {Count}")]
    private static partial void PluginStays(ILogger logger, string plugin, int count);

    [LoggerMessage(2036, LogLevel.Warning, "The type {Type} of {Plugin} is serialised by reflection, which keeps the plugin in memory after a reload: name it in a JsonSerializerContext and hand that to PluginContext.AddJson")]
    private static partial void PluginReflected(ILogger logger, string type, string? plugin);

    [LoggerMessage(2037, LogLevel.Warning, "The folder of plugins {Folder} was not watched without a gap; it is read as it is now")]
    private static partial void PluginWatchFailed(ILogger logger, string folder, Exception failure);

    [LoggerMessage(2038, LogLevel.Information, "Generation {Generation} of plugin {Plugin} has ended")]
    private static partial void PluginEnded(ILogger logger, int generation, string plugin);

    [LoggerMessage(2040, LogLevel.Information, "The process is quiet: the heap went from {Before} to {After} bytes, with a pause of {Milliseconds:0.0} ms")]
    private static partial void Trimmed(ILogger logger, long before, long after, double milliseconds);

    [LoggerMessage(2041, LogLevel.Warning, "The idle trim failed; memory is kept")]
    private static partial void TrimFailed(ILogger logger, Exception failure);

    [LoggerMessage(2050, LogLevel.Error, "{Handler} failed on {Loop}")]
    private static partial void LoopFailed(ILogger logger, string handler, string loop, Exception failure);

    [LoggerMessage(2051, LogLevel.Warning, "Loop {Loop} was late: ticks left out between tick {From} and tick {Number}: {Skipped}")]
    private static partial void TicksSkipped(ILogger logger, string loop, long from, long number, long skipped);

    [LoggerMessage(2052, LogLevel.Warning, "Loop {Loop}: a handler of ticks still awaited when others were due: missed after tick {From}, up to tick {Number}: {Missed}")]
    private static partial void TicksMissed(ILogger logger, string loop, long from, long number, long missed);

    [LoggerMessage(2053, LogLevel.Error, "Loop {Loop} does not end and is left behind: a handler or tick blocks it")]
    private static partial void LoopLeft(ILogger logger, string loop);

    [LoggerMessage(2006, LogLevel.Warning, "Handlers have not ended in time, and nothing of them begins any more; sockets: {Sockets}")]
    private static partial void HandlersLeft(ILogger logger, int sockets);

    [LoggerMessage(2007, LogLevel.Warning, "{Part} has not ended in time and is left behind")]
    private static partial void PartLeft(ILogger logger, string part);

    [LoggerMessage(2070, LogLevel.Error, "{Hook} has thrown")]
    private static partial void HookThrew(ILogger logger, string hook, Exception failure);

    [LoggerMessage(2075, LogLevel.Warning, "{Hook} could not read an event, which is a fault of the hook: {Reason}. TryRead does not throw")]
    private static partial void HookCouldNotRead(ILogger logger, string hook, string reason);

    [LoggerMessage(2076, LogLevel.Debug, "What {Hook} has thrown at an event")]
    private static partial void HookThrewAtEvent(ILogger logger, string hook, Exception failure);

    [LoggerMessage(2071, LogLevel.Error, "{Hook} {Fault}")]
    private static partial void HookFailed(ILogger logger, string hook, string fault);

    [LoggerMessage(2074, LogLevel.Warning, "{Hook} has held its thread for longer than Hooks:Budget; what it decided holds")]
    private static partial void HookOverran(ILogger logger, string hook);

    [LoggerMessage(2077, LogLevel.Debug, "{Hook} has held its thread for {Milliseconds} ms in its first call, which counts as no fault: the runtime compiles its code then")]
    private static partial void HookWasCold(ILogger logger, string hook, long milliseconds);

    [LoggerMessage(2072, LogLevel.Error, "{Hook} is not asked for at least {Seconds} s (Hooks:RetryAfter): it has failed too often, or does not come back; meanwhile what it decides about is {Consequence}")]
    private static partial void CircuitOpened(ILogger logger, string hook, double seconds, string consequence);

    [LoggerMessage(2073, LogLevel.Information, "{Hook} works again")]
    private static partial void CircuitClosed(ILogger logger, string hook);

    [LoggerMessage(2080, LogLevel.Error, "Plugin {Plugin}: {What} has failed")]
    private static partial void PluginWorkFailed(ILogger logger, string plugin, string what, Exception failure);

    [LoggerMessage(2081, LogLevel.Warning, "Plugin {Plugin}: {Calls} of generation {Generation} has not ended in time (PluginDrainTime); it is disposed all the same")]
    private static partial void PluginDrainCut(ILogger logger, string plugin, int generation, string calls);

    [LoggerMessage(2082, LogLevel.Information, "Plugin {Plugin} has taken {What}")]
    private static partial void PluginConfigured(ILogger logger, string plugin, string what);

    [LoggerMessage(2083, LogLevel.Error, "Plugin {Plugin} has refused a changed configuration and goes on with the one before: {Fault}")]
    private static partial void PluginNotConfigured(ILogger logger, string plugin, string fault);

    [LoggerMessage(2084, LogLevel.Debug, "What plugin {Plugin} has thrown at a changed configuration")]
    private static partial void PluginThrewAtConfiguration(ILogger logger, string plugin, Exception failure);

    [LoggerMessage(2090, LogLevel.Warning, "Lines like the next one that were left out: {Omitted}")]
    private static partial void Omitted(ILogger logger, long omitted);

    [LoggerMessage(2099, LogLevel.Critical, "A fault of the engine, please report it")]
    private static partial void Faulted(ILogger logger, Exception fault);

    public void Started(IEnumerable<string> endPoints, string transport, int loops) => Started(logger, _endPoints = string.Join(", ", endPoints), transport, loops);

    public void NothingAnswers(ServerListener listener) => NothingAnswers(logger, listener.Name, string.Join(", ", listener.Routes ?? []));

    public void Draining(int connections, TimeSpan over)
    {
        if (_endPoints is { } endPoints)
        {
            Draining(logger, endPoints, over, connections);
        }
    }

    public void DrainCut(int connections) => DrainCut(logger, connections);

    public void Stopping()
    {
        if (_endPoints is { } endPoints)
        {
            Stopping(logger, endPoints);
        }
    }

    public void Stopped()
    {
        if (_endPoints is { } endPoints)
        {
            Stopped(logger, endPoints);
        }
    }

    public void StopTimedOut() => StopTimedOut(logger);

    public void Expelled(EndPoint peer, DisconnectReason reason, string rule)
    {
        if (IsDue(_expelled[(int)reason], LogLevel.Warning))
        {
            Expelled(logger, peer, reason.Text(), rule);
        }
    }

    /// <summary>Whether somebody is told of events that nobody listens to. Before any text for it is made.</summary>
    public bool TellsUnheard => logger.IsEnabled(development ? LogLevel.Warning : LogLevel.Debug);

    public void Entered(SockeyeSocket socket, EndPoint peer)
    {
        if (IsDue(_entered, LogLevel.Debug))
        {
            Entered(logger, socket.Id, peer, LogText.Escape(socket.Namespace.Name));
        }
    }

    public void Left(SockeyeSocket socket, EndPoint peer, DisconnectReason reason, string? detail)
    {
        if (IsDue(_left, LogLevel.Debug))
        {
            Left(logger, socket.Id, peer, LogText.Escape(socket.Namespace.Name), detail is null ? reason.Text() : $"{reason.Text()} ({LogText.Escape(detail)})");
        }
    }

    public void RateLimited(RateLimit limit, SockeyeSocket socket, EndPoint peer)
    {
        if (IsDue(_limited[(int)limit], LogLevel.Warning))
        {
            RateLimited(logger, socket.Id, peer, LogText.Escape(socket.Namespace.Name), limit.Name());
        }
    }

    public void Rejected(EndPoint peer, string nsp, string reason)
    {
        if (IsDue(_rejected, LogLevel.Debug))
        {
            Rejected(logger, peer, LogText.Escape(nsp), LogText.Escape(reason));
        }
    }

    public void Crowded(EndPoint peer, string nsp, int namespaces)
    {
        if (IsDue(_crowded, LogLevel.Warning))
        {
            Crowded(logger, peer, LogText.Escape(nsp), namespaces);
        }
    }

    /// <summary>Whether an event without a handler is told: in development each name that is new as a warning, and a few of all of them to who debugs. Before what may be meant is looked for.</summary>
    public bool IsUnheardDue(string nsp, EventName name, out LogLevel level) => IsDue(_unheardNames, _unheard, LogText.Escape(nsp), LogText.Escape(name.ToString()), out level);

    /// <summary>An event without a handler.</summary>
    public void Unheard(LogLevel level, SockeyeSocket socket, EndPoint peer, EventName name, string hint)
    {
        var text = LogText.Escape(name.ToString());
        var nsp = LogText.Escape(socket.Namespace.Name);
        Unheard(logger, level, text, socket.Id, peer, nsp, hint);
    }

    /// <summary>As <see cref="IsUnheardDue"/>, for a namespace that does not exist.</summary>
    public bool IsUnknownDue(string nsp, out LogLevel level) => IsDue(_unknownNames, _unknown, LogText.Escape(nsp), "", out level);

    /// <summary>A namespace that does not exist.</summary>
    public void Unknown(LogLevel level, EndPoint peer, string nsp, string hint)
    {
        nsp = LogText.Escape(nsp);
        Unknown(logger, level, peer, nsp, hint);
    }

    /// <summary>A handler was registered on a server, a namespace or a socket: some registrations are nearly always mistakes.</summary>
    public void Registered(string where, EventName name, int count)
    {
        var doubt = name.Text == "connection"
            ? $"On(\"connection\", …) in {LogText.Escape(where)} is called for events of that name, which clients would have to send. For clients that connect write OnConnection(socket => …)"
            : count == ManyHandlers
            ? $"\"{LogText.Escape(name.ToString())}\" has {count} handlers in {LogText.Escape(where)}, and each event calls them all. Is On called for each client, inside of OnConnection? There it is socket.On(…), or server.On(…) once before"
            : null;
        if (doubt is not null && IsDue(_doubted, LogLevel.Warning))
        {
            Doubted(logger, doubt);
        }
    }

    /// <summary>What a client caused is a warning, what the application did an error.</summary>
    public void HandlerFailed(HandlerKind kind, EventName name, SockeyeSocket socket, EndPoint peer, Exception failure)
    {
        if (failure is EventFormatException or EventRefusedException)
        {
            if (IsDue(_refused[(int)kind], LogLevel.Warning))
            {
                var handler = failure is EventFormatException { Handler: { } method } ? $" ({MethodText.Of(method)})" : "";
                EventRefused(logger, LogText.Escape(name.ToString()), socket.Id, peer, LogText.Escape(socket.Namespace.Name), failure.Message + handler);
            }
        }
        else if (IsDue(_failed[(int)kind], LogLevel.Error))
        {
            HandlerFailed(logger, HandlerError.Describe(kind, name), LogText.Escape(socket.Namespace.Name), socket.Id, peer, failure);
        }
    }

    /// <summary>A listener that no socket has called.</summary>
    public void ListenerFailed(HandlerKind kind, string listener, string nsp, Exception failure)
    {
        if (IsDue(_failed[(int)kind], LogLevel.Error))
        {
            ListenerFailed(logger, listener, LogText.Escape(nsp), failure);
        }
    }

    public void HandlerOutlived(string name, string nsp, EndPoint? peer, TimeSpan after)
    {
        if (IsDue(_outlived, LogLevel.Warning))
        {
            HandlerOutlived(logger, LogText.Escape(name), after, peer, LogText.Escape(nsp));
        }
    }

    public void LoopFailed(HandlerKind kind, string loop, Exception failure)
    {
        if (IsDue(_failed[(int)kind], LogLevel.Error))
        {
            LoopFailed(logger, kind == HandlerKind.Tick ? "A handler of ticks" : "What was begun and is awaited by nobody (async void, posted work)", loop, failure);
        }
    }

    /// <summary>A game loop was late. Its <see cref="TickSum"/> says how often this is called.</summary>
    public void TicksSkipped(string loop, long from, long number, long skipped) => TicksSkipped(logger, loop, from, number, skipped);

    /// <inheritdoc cref="TicksSkipped(string, long, long, long)" />
    public void TicksMissed(string loop, long from, long number, long missed) => TicksMissed(logger, loop, from, number, missed);

    public void LoopLeft(string loop) => LoopLeft(logger, loop);

    public void HandlersLeft(int sockets) => HandlersLeft(logger, sockets);

    public void PartLeft(string part) => PartLeft(logger, part);

    public void PartFailed(string part, Exception failure) => PartFailed(logger, part, failure);

    public void PluginStarted(string plugin, string version) => PluginStarted(logger, plugin, version);

    /// <summary>A plugin has not taken a changed configuration. What is wrong with a file is no fault of code: its stack is for who debugs.</summary>
    /// <param name="guard">Its hook.</param>
    /// <param name="faults">What is wrong, a line each.</param>
    /// <param name="failure">What was thrown.</param>
    public void NotConfigured(HookGuard guard, IReadOnlyList<string> faults, Exception failure)
    {
        if (!IsDue(guard.Log, LogLevel.Error))
        {
            return;
        }

        foreach (var fault in faults)
        {
            PluginNotConfigured(logger, guard.Plugin, fault);
        }

        PluginThrewAtConfiguration(logger, guard.Plugin, failure);
    }

    public void HookFaulted(HookGuard guard, HookFault fault, Exception? failure)
    {
        if (!IsDue(guard.Log, LogLevel.Error))
        {
            return;
        }

        if (failure is EventFormatException && fault == HookFault.Threw)
        {
            // A client may cause it, and the stack says nothing of that.
            HookCouldNotRead(logger, guard.Name, failure.Message);
            HookThrewAtEvent(logger, guard.Name, failure);
            return;
        }

        if (failure is not null && fault == HookFault.Threw)
        {
            HookThrew(logger, guard.Name, failure);
            return;
        }

        if (fault == HookFault.Overran)
        {
            HookOverran(logger, guard.Name);
            return;
        }

        HookFailed(logger, guard.Name, fault switch
        {
            HookFault.Late => "has not answered in time (AdmissionTimeout of a client, Engine:HookTimeout of a handshake or a configuration)",
            HookFault.Blocked => "does not come back, and holds its thread",
            HookFault.Behind => "is so far behind that changes of rooms were left out (Hooks:QueuedRoomChanges)",
            _ => "has decided what cannot be done: " + (failure?.Message ?? "the replacement is no event"),
        });
    }

    public void HookWasCold(HookGuard guard, long milliseconds) => HookWasCold(logger, guard.Name, milliseconds);

    public void CircuitChanged(HookGuard guard, bool isOpen)
    {
        if (isOpen)
        {
            CircuitOpened(logger, guard.Name, guard.RetryAfter.TotalSeconds, guard.IsClosedWhenFaulted ? "refused" : "let through");
        }
        else
        {
            CircuitClosed(logger, guard.Name);
        }
    }

    /// <param name="limit">Thins the lines of one generation.</param>
    /// <param name="plugin">The plugin.</param>
    /// <param name="what">What has failed.</param>
    /// <param name="failure">What was thrown.</param>
    public void PluginWorkFailed(LogLimit limit, string plugin, string what, Exception failure)
    {
        if (IsDue(limit, LogLevel.Error))
        {
            PluginWorkFailed(logger, plugin, LogText.Escape(what), failure);
        }
    }

    /// <param name="plugin">The plugin.</param>
    /// <param name="generation">Which of it.</param>
    /// <param name="awaiting">Its calls that await; 0: what is left holds its thread, which nobody counts.</param>
    public void PluginDrainCut(string plugin, int generation, int awaiting) => PluginDrainCut(logger, plugin, generation, awaiting switch
    {
        0 => "a call that holds its thread",
        1 => "a call that awaits",
        _ => $"each of {awaiting} calls that await",
    });

    public void PluginConfigured(string plugin, bool isChanged) => PluginConfigured(logger, plugin, isChanged ? "a changed configuration" : "its configuration again, with the files that it names; its settings are the same as before");

    public void Trimmed(long before, long after, TimeSpan pause) => Trimmed(logger, before, after, pause.TotalMilliseconds);

    public void TrimFailed(Exception failure) => TrimFailed(logger, failure);

    public void Faulted(Exception fault)
    {
        if (IsDue(_faulted, LogLevel.Critical))
        {
            Faulted(logger, fault);
        }
    }

    // New names are few enough to be told without a limit, which would take the first line of one away for good.
    private bool IsDue(NewNames names, LogLimit limit, string nsp, string name, out LogLevel level)
    {
        var isNew = development && names.IsNew(nsp, name);
        level = isNew ? LogLevel.Warning : LogLevel.Debug;
        return isNew ? logger.IsEnabled(level) : IsDue(limit, level);
    }

    public void PluginLoaded(string plugin, string version, string folder, int generation) => PluginLoaded(logger, plugin, LogText.Escape(version), folder, generation);

    public void PluginRemoved(string plugin, string folder) => PluginRemoved(logger, plugin, folder);

    public void PluginReplaced(string plugin, string folder, string other) => PluginReplaced(logger, plugin, folder, other);

    public void PluginFailed(string fault, bool isRunning) => PluginFailed(logger, isRunning ? "what ran before goes on" : "and nothing runs from its folder", fault);

    public void PluginThrew(string folder, string? trace)
    {
        if (trace is not null)
        {
            WritePluginThrew(logger, folder, trace.ReplaceLineEndings(""));
        }
    }

    public void PluginEnded(string plugin, int generation) => PluginEnded(logger, generation, plugin);

    public void PluginStays(string plugin, int count) => PluginStays(logger, plugin, count);

    public void PluginReflected(Type type)
    {
        if (IsDue(_reflected, LogLevel.Warning))
        {
            PluginReflected(logger, TypeText.Of(type), System.Runtime.Loader.AssemblyLoadContext.GetLoadContext(type.Assembly)?.Name);
        }
    }

    public void PluginWatchFailed(string folder, Exception failure) => PluginWatchFailed(logger, folder, failure);

    private bool IsDue(LogLimit limit, LogLevel level)
    {
        if (!logger.IsEnabled(level) || !limit.Admits(out var omitted))
        {
            return false;
        }

        if (omitted > 0)
        {
            Omitted(logger, omitted);
        }

        return true;
    }

    private static LogLimit[] Limits<T>(TimeProvider time)
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(_ => new LogLimit(time))];
}
