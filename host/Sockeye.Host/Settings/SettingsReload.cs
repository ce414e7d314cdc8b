using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Host.Administration;
using Sockeye.Host.Doctor;
using Sockeye.Host.Lifecycle;
using Sockeye.Hosting;

namespace Sockeye.Host.Settings;

/// <summary>Reads the settings again while the host runs: all of them are checked before anything changes, what may change does, and what waits for the next start is named.</summary>
/// <remarks>Any thread; lives as long as the host. One reading at a time, the others wait for their turn. What is at fault leaves everything as it was, and is told in the log and by
/// <see cref="ConfigurationState"/>.</remarks>
internal sealed class SettingsReload : IDisposable
{
    private readonly string[] _args;
    private readonly IConfigurationRoot _settings;
    private readonly SockeyeServer _server;
    private readonly AdministrationAccess? _access;
    private readonly ConfigurationState _state;
    private readonly SystemdNotifier _systemd;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, string?> _atStart;
    private readonly int _operators;

    /// <param name="args">The arguments behind the command.</param>
    /// <param name="settings">The settings that the host was started with; levels of the log and sections of plugins are read from them.</param>
    /// <param name="server">The server of clients.</param>
    /// <param name="access">Who may administer; null: there is no listener for that.</param>
    /// <param name="state">Hears what became of it.</param>
    /// <param name="systemd">Hears that they are read, where the host is a service.</param>
    /// <param name="loggers">Where it is told.</param>
    public SettingsReload(string[] args, IConfigurationRoot settings, SockeyeServer server, AdministrationAccess? access, ConfigurationState state, SystemdNotifier systemd, ILoggerFactory loggers)
    {
        (_args, _settings, _server, _access, _state, _systemd) = (args, settings, server, access, state, systemd);
        _logger = loggers.CreateLogger("Sockeye.Host");
        _atStart = SettingChanges.Of(settings);
        _operators = HostConfiguration.OperatorConnections(settings); // their listener is another one from the next start on
    }

    /// <summary>Hears of the options of the server that hold from then on; null: nobody.</summary>
    public Action<SockeyeServerOptions>? Taken { get; init; }

    /// <summary>Hears what the files look like that are about to be read; null: nobody.</summary>
    public Action<FileStamps>? Reading { get; set; }

    /// <summary>Reads them, if the server runs. Never fails.</summary>
    public async Task RunAsync()
    {
        await _turn.WaitAsync();
        try
        {
            // Within the turn: READY=1 is the end of the reload that systemd was told of last.
            using var reloading = _systemd.Reloading();
            await TryAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task TryAsync()
    {
        try
        {
            if (_server.State == ServerState.Running)
            {
                await ReadAsync();
            }
            else
            {
                HostLog.NotRunning(_logger);
            }
        }
        catch (Exception fault) when (fault is HostConfigurationException or FormatException)
        {
            Refuse(fault.Message.Split('\n'));
        }
#pragma warning disable CA1031 // Nobody waits for this; what happens is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _state.Refuse([failure.Message]);
            HostLog.ReloadFailed(_logger, failure);
        }
    }

    private async Task ReadAsync()
    {
        var before = FileStamps.Of(_settings);
        Reading?.Invoke(before);

        // Apart first: a file that is no JSON would leave the settings empty.
        var next = HostConfiguration.Read(_args);
        if (HostConfiguration.Gone(_settings, next) is { Count: > 0 } gone)
        {
            throw new HostConfigurationException(gone);
        }

        var options = Options(next);
        var administration = AdministrationSettings.Read(next);
        var now = SettingChanges.Of(next);
        var changes = SettingChanges.Between(SettingChanges.Of(_settings), now);
        List<string> waiting = [.. SettingChanges.Between(_atStart, now).Where(change => !Holds(change)).Select(static change => change.Key)];

        Reading?.Invoke(FileStamps.Of(next).AsOf(before)); // plugins read the files that are named now when the settings are taken
        HostConfiguration.Take(_settings, next);
        _server.Reconfigure(options);
        Taken?.Invoke(options);
        var isOpenToNobody = administration is not null && _access?.TryTake(administration) == false;
        if (isOpenToNobody)
        {
            waiting.Add($"{AdministrationSettings.Section} (nobody is named any more)");
        }

        foreach (var change in changes.Where(change => Holds(change) && change.Plugin is null && !(isOpenToNobody && change.IsOfAdministration)))
        {
            HostLog.SettingTaken(_logger, change);
        }

        foreach (var plugin in changes.Where(static change => change.Plugin is not null).GroupBy(static change => change.Plugin!, StringComparer.OrdinalIgnoreCase))
        {
            var keys = string.Join(", ", plugin.Select(static change => change.Key));
            HostLog.SectionChanged(_logger, plugin.Key, keys);
        }

        if (waiting.Count > 0)
        {
            HostLog.NeedRestart(_logger, string.Join(", ", waiting));
        }

        // What is wrong with a plugin of a folder is told by the plugins (2034) and as long as it is so: the settings hold.
        await ReloadPluginsAsync();
        _state.Take(waiting);
        TellOfPlugins();

        // A listener that has come or gone is so from the next start on, that of operators too.
        bool Holds(SettingChange change) => change.IsLive
            && (!change.IsOfAdministration || (administration is not null && _access is not null))
            && (change.Listener is not { } name || (options.Listeners.ContainsKey(name) && _server.Listeners.Any(listener => listener.Name.Equals(name, StringComparison.OrdinalIgnoreCase))));
    }

    /// <exception cref="HostConfigurationException">They have faults.</exception>
    private SockeyeServerOptions Options(IConfigurationRoot settings)
    {
        SockeyeServerOptions options = new() { Development = HostConfiguration.Development(settings) };
        List<string> faults = [.. options.Check(settings, HostCluster.IsMeant(settings), HostConfiguration.OwnKeys), .. HostCluster.Faults(settings), .. AdministrationSettings.Faults(settings)];
        string[] folders = [.. options.PluginFolders];
        faults.AddRange([.. BuiltInPlugins.SectionFaults(settings, folders), .. BuiltInPlugins.EngineFaults(settings, folders)]);
        if (faults.Count > 0)
        {
            var places = new SettingPlaces(settings);
            throw new HostConfigurationException([.. faults.Select(places.Of)]);
        }

        MachineLimits.Hold(options, _operators);
        return options;
    }

    private async Task ReloadPluginsAsync()
    {
        foreach (var id in BuiltInPlugins.In(_settings).Where(id => _server.Plugins.All.All(running => running.Id != id)))
        {
            HostLog.PluginWaits(_logger, id);
        }

        await _server.Plugins.ReloadAsync();
    }

    private void TellOfPlugins()
    {
        var notLoaded = _server.Plugins.Failures.Select(static failed => failed.Id.Length > 0 ? failed.Id : "a whole folder");
        var notConfigured = _server.Plugins.All.Where(static running => running.ConfigurationFault is not null).Select(static running => running.Id);
        string[] faulty = [.. notLoaded.Concat(notConfigured).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (faulty.Length > 0)
        {
            HostLog.ReloadedInPart(_logger, string.Join(", ", faulty));
        }
        else
        {
            HostLog.Reloaded(_logger);
        }
    }

    private void Refuse(IReadOnlyList<string> faults)
    {
        _state.Refuse(faults);
        foreach (var fault in faults)
        {
            HostLog.NotReloaded(_logger, fault);
        }
    }
}
