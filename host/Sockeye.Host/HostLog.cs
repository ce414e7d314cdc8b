using Microsoft.Extensions.Logging;

namespace Sockeye.Host;

/// <summary>What the host itself logs, event ids 2300 to 2399.</summary>
internal static partial class HostLog
{
    [LoggerMessage(EventId = 2300, Message = "{Finding}")]
    public static partial void Machine(ILogger logger, LogLevel level, string finding);

    [LoggerMessage(EventId = 2301, Level = LogLevel.Information, Message = "SIGHUP: the settings and the folders of plugins are read again; SIGTERM ends the server")]
    public static partial void Hangup(ILogger logger);

    [LoggerMessage(EventId = 2320, Level = LogLevel.Warning, Message = "Nothing is read again, since the server starts or ends: send the signal again when it runs")]
    public static partial void NotRunning(ILogger logger);

    [LoggerMessage(EventId = 2302, Level = LogLevel.Information, Message = "The settings and plugins were read again")]
    public static partial void Reloaded(ILogger logger);

    [LoggerMessage(EventId = 2345, Level = LogLevel.Warning, Message = "The settings and plugins were read again, and something of these plugins was not taken, as the lines before say: {Plugins}")]
    public static partial void ReloadedInPart(ILogger logger, string plugins);

    [LoggerMessage(EventId = 2303, Level = LogLevel.Error, Message = "Not taken, and what was read before holds, folders of plugins included: {Fault}")]
    public static partial void NotReloaded(ILogger logger, string fault);

    [LoggerMessage(EventId = 2306, Level = LogLevel.Warning, Message = "The plugin {Id} has a section now and does not run: it comes with the host, and starts when that is started again")]
    public static partial void PluginWaits(ILogger logger, string id);

    [LoggerMessage(EventId = 2307, Level = LogLevel.Information, Message = "Holds from now on: {Change}")]
    public static partial void SettingTaken(ILogger logger, Settings.SettingChange change);

    [LoggerMessage(EventId = 2308, Level = LogLevel.Warning, Message = "Waits for the next start: {Keys}")]
    public static partial void NeedRestart(ILogger logger, string keys);

    [LoggerMessage(EventId = 2309, Level = LogLevel.Information, Message = "Changed for the plugin {Plugin}, which says whether it takes it: {Keys}")]
    public static partial void SectionChanged(ILogger logger, string plugin, string keys);

    [LoggerMessage(EventId = 2310, Level = LogLevel.Warning, Message = "Wrong credentials for the administration from {Address}{Omitted}")]
    private static partial void AdministrationRefused(ILogger logger, System.Net.IPAddress address, string omitted);

    public static void AdministrationRefused(ILogger logger, System.Net.IPAddress address, long omitted) =>
        AdministrationRefused(logger, address, omitted == 0 ? "" : $" (lines before that were left out: {omitted})");

    [LoggerMessage(EventId = 2311, Level = LogLevel.Information, Message = "{Who} puts the client of socket {Socket} from {Client} out")]
    public static partial void AdministrationDisconnects(ILogger logger, string who, string socket, System.Net.EndPoint client);

    [LoggerMessage(EventId = 2312, Level = LogLevel.Information, Message = "{Who} asks by the Admin UI: {Command} in {Namespace} for {Filter}")]
    public static partial void AdminUiCommand(ILogger logger, string who, string command, string @namespace, string filter);

    [LoggerMessage(EventId = 2313, Level = LogLevel.Warning, Message = "The Admin UI is told nothing this time")]
    public static partial void AdminUiFailed(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 2314, Level = LogLevel.Warning, Message = "A metric is left out, since its instrument throws; further failures of metrics are not told")]
    public static partial void InstrumentFailed(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 2315, Level = LogLevel.Warning, Message = "{Who} asks by the Admin UI for what cannot be done: {Command}: {Reason}")]
    public static partial void AdminUiRefused(ILogger logger, string who, string command, string reason);

    [LoggerMessage(EventId = 2316, Level = LogLevel.Debug, Message = "What operators ask for is compiled, after {Time}")]
    public static partial void WarmedUp(ILogger logger, TimeSpan time);

    [LoggerMessage(EventId = 2317, Level = LogLevel.Debug, Message = "What operators ask for could not be tried, and is compiled when they ask first")]
    public static partial void NotWarmedUp(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 2330, Level = LogLevel.Warning, Message = "The manager of services at {Socket} could not be told {State}: {Reason}")]
    public static partial void NotNotified(ILogger logger, string socket, string state, string reason);

    [LoggerMessage(EventId = 2331, Level = LogLevel.Error, Message = "The watchdog is not told, since not all event loops have ticked within {Time}")]
    public static partial void WatchdogNotTold(ILogger logger, TimeSpan time);

    [LoggerMessage(EventId = 2340, Level = LogLevel.Information, Message = "{What} are sent to {Endpoint} over {Protocol}")]
    public static partial void TelemetrySent(ILogger logger, string what, Uri endpoint, string protocol);

    [LoggerMessage(EventId = 2341, Level = LogLevel.Warning, Message = "Metrics or traces are not sent: {Reason}; further lines like this one are left out for {Interval}")]
    public static partial void TelemetryFailed(ILogger logger, string reason, TimeSpan interval);

    [LoggerMessage(EventId = 2342, Level = LogLevel.Information, Message = "{Endpoint} takes what is sent again")]
    public static partial void TelemetryAgain(ILogger logger, string endpoint);

    [LoggerMessage(EventId = 2343, Level = LogLevel.Warning, Message = "The last metrics or traces have not left within {Time}, and are left behind")]
    public static partial void TelemetryLeft(ILogger logger, TimeSpan time);

    [LoggerMessage(EventId = 2344, Level = LogLevel.Warning, Message = "The last metrics or traces have not left: {Reason}")]
    public static partial void TelemetryEndFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 2304, Level = LogLevel.Error, Message = "Reading the settings and plugins again has failed")]
    public static partial void ReloadFailed(ILogger logger, Exception failure);
}
