using System.Text.Json;
using Sockeye.Cluster;
using Sockeye.EngineIO.Http;
using Sockeye.Plugins;
using static System.FormattableString;

namespace Sockeye.Host.Administration;

/// <summary>How the server of clients stands: <c>/livez</c>, <c>/readyz</c>, <c>/startupz</c>, and the metric <c>sockeye.health</c>.</summary>
/// <remarks>Any thread; lives as long as the host. It looks when somebody asks, and no later; nothing of it waits for a loop of clients longer than <see cref="LoopRounds.Glance"/>.</remarks>
internal sealed class HostHealth
{
    private readonly HealthRules _rules;
    private readonly Func<SockeyeServer> _server;
    private readonly ConfigurationState _configuration;
    private readonly LoopRounds _loops;

    /// <param name="rules">What fails a probe.</param>
    /// <param name="server">The server of clients; asked for when a question comes.</param>
    /// <param name="configuration">What became of the last reading of the settings.</param>
    /// <param name="time">The clock.</param>
    public HostHealth(HealthRules rules, Func<SockeyeServer> server, ConfigurationState configuration, TimeProvider time)
    {
        _rules = rules;
        _server = server;
        _configuration = configuration;
        _loops = new LoopRounds(() => server().CheckLoopsAsync(), time, rules.LoopPatience);
    }

    /// <summary>Answers probes, for whoever asks; the reasons are for those who may administer.</summary>
    public void Map(AdministrationRoutes routes)
    {
        routes.MapOpen("/livez", async (exchange, isAllowed) => Answer(exchange, await LiveAsync(), isAllowed));
        routes.MapOpen("/readyz", async (exchange, isAllowed) => Answer(exchange, await ReadyAsync(), isAllowed));
        routes.MapOpen("/startupz", (exchange, isAllowed) =>
        {
            Answer(exchange, Started(), isAllowed);
            return Task.CompletedTask;
        });
    }

    /// <summary>Whether the process is worth keeping. That it answers says most of it.</summary>
    public async Task<HealthReport> LiveAsync() => HealthReport.Of([Loops(await _loops.LookAsync())], _rules.LiveFailsOn);

    /// <summary>Whether new clients should come here.</summary>
    public async Task<HealthReport> ReadyAsync() => HealthReport.Of(All(await _loops.LookAsync()), _rules.ReadyFailsOn);

    /// <summary>Whether it has started, once and for all.</summary>
    public HealthReport Started() => HealthReport.Of(
        [_server().State is ServerState.Created or ServerState.Starting ? OfServer() : new HealthFinding(HealthRules.Server, true, null)], [HealthRules.Server]);

    /// <summary>All checks, without waiting: for metrics, which ask again and again.</summary>
    public IReadOnlyList<HealthFinding> Look() => All(_loops.Look());

    private static void Answer(HttpExchange exchange, HealthReport report, bool isAllowed) =>
        exchange.Respond(report.StatusCode, "application/json", JsonSerializer.SerializeToUtf8Bytes(isAllowed ? report : report.WithoutReasons(), HealthJson.Readable.HealthReport));

    private List<HealthFinding> All(TimeSpan? late)
    {
        List<HealthFinding> found = [OfServer(), Loops(late)];
        if (_server().Cluster is { } cluster)
        {
            found.Add(new(HealthRules.Bus, cluster.Bus == BusState.Open, cluster.Bus == BusState.Open ? null : $"the bus is {cluster.Bus}: the others of the cluster are not reached"));
            found.Add(OfCluster(cluster));
        }

        found.Add(OfConfiguration());
        found.Add(OfPlugins(_server().Plugins));
        return found;
    }

    private HealthFinding OfServer() => _server().State switch
    {
        ServerState.Running => new(HealthRules.Server, true, null),
        ServerState.Created or ServerState.Starting => new(HealthRules.Server, false, "it starts: plugins, the cluster and the listeners are not all there yet"),
        ServerState.Ending => new(HealthRules.Server, false, "it drains: it was asked to end and takes no new clients"),
        _ => new(HealthRules.Server, false, "it has stopped"),
    };

    // Loops that have ended come round no more, and need not.
    private HealthFinding Loops(TimeSpan? late) => late is { } time && _server().State != ServerState.Stopped
        ? new(HealthRules.Loops, false, Invariant($"an event loop has not come round for {time.TotalSeconds:0.0} s: a handler blocks it, and the log names it"))
        : new(HealthRules.Loops, true, null);

    private static HealthFinding OfCluster(ServerCluster cluster)
    {
        string[] silent = [.. cluster.Nodes.Where(static node => node.State == ClusterNodeState.Suspect).Select(static node => node.Name)];
        return cluster.Unheard > 0
            ? new(HealthRules.Cluster, false, Invariant($"the bus denies {cluster.Unheard} subjects that this server has to listen to, and the log names them"))
            : new(HealthRules.Cluster, true, silent.Length > 0 ? $"not heard for a while: {string.Join(", ", silent)}" : null);
    }

    private HealthFinding OfConfiguration() => _configuration.Last switch
    {
        { IsTaken: false } last => new(HealthRules.Configuration, false, Invariant($"the reading of {last.At:yyyy-MM-dd HH:mm:ss}Z was not taken, and what was read before holds: {string.Join("; ", last.Faults)}")),
        { NeedRestart: { Count: > 0 } keys } => new(HealthRules.Configuration, true, $"wait for the next start: {string.Join(", ", keys)}"),
        _ => new(HealthRules.Configuration, true, null),
    };

    private static HealthFinding OfPlugins(ServerPlugins plugins)
    {
        string[] reasons =
        [
            .. plugins.Failures.Select(static failure => failure.Generation > 0 ? $"{failure.Id} was not replaced, and its generation {failure.Generation} goes on: {failure.Error}" : $"{failure.Id} was not loaded: {failure.Error}"),
            .. plugins.All.Where(static plugin => plugin.ConfigurationFault is not null).Select(static plugin => $"{plugin.Id} has not taken its configuration, and what it had before holds: {plugin.ConfigurationFault}"),
            .. plugins.All.SelectMany(static plugin => plugin.Hooks.Where(static hook => hook.IsOpen).Select(hook => $"{plugin.Id}: {hook.Name} is not asked any more, since it has failed too often")),
        ];
        return new(HealthRules.Plugins, reasons.Length == 0, reasons.Length == 0 ? null : string.Join("; ", reasons));
    }
}
