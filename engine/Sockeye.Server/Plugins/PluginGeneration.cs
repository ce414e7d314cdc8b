using System.Diagnostics.Metrics;
using System.Runtime.Loader;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Abstractions.Plugins;
using Sockeye.Abstractions.Sockets;
using Sockeye.Cluster;
using Sockeye.Plugins;
using Sockeye.Server.Cluster;
using Sockeye.Server.Common;
using Sockeye.Server.Hooks;
using Sockeye.Server.Namespaces;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Plugins;

/// <summary>One generation of a plugin: its object, and all that it has registered, made or begun, from its start until all of that is gone.</summary>
/// <remarks>It owns the plugin, the sets of handlers, the meter, and what the plugin has asked to be kept track of. Any thread. It is started, put in force by <see cref="PluginHost"/>, drained and
/// disposed; after that nothing of it is called, and what is registered through it is forgotten at once.</remarks>
internal sealed partial class PluginGeneration : PluginServices, IAsyncDisposable
{
    private readonly PluginHost _host;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Stack<object> _tracked = new();
    private readonly List<GameLoop> _loops = [];
    private readonly HashSet<PeriodicWork> _periodic = [];
    private readonly SectionSnapshot _configuration;
    private readonly PluginBus _bus;
    private readonly LogLimit _failures;
    private ConfigurationWatch? _watch;
    private string? _configurationFault;
    private Meter? _meter;
    private bool _isOver;
    private Task? _end;

    public PluginGeneration(PluginHost host, PluginEntry entry, int generation)
    {
        _host = host;
        Entry = entry;
        Calls = new CallCount(new PluginActivity(entry.Id));
        Generation = generation;
        Stopping = _stopping.Token;
        Sets = new PluginSets(entry.Id, Calls);
        Server = new PluginServer(host.Server, host.Namespaces, Sets, CreateLoop);
        Logger = host.NewLogger(entry.Id);
        Routes = new PluginRoutes(this, host.Router, host.Bodies);
        _failures = new LogLimit(host.Time);
        _bus = new PluginBus(host.Context.Bus, entry.Id, Failed);
        _configuration = SectionSnapshot.Of(entry.Section);
    }

    /// <summary>Its calls that run and of which no loop tells when they end.</summary>
    public CallCount Calls { get; }

    /// <summary>Its HTTP routes.</summary>
    public PluginRoutes Routes { get; }

    /// <summary>What it was made of.</summary>
    public PluginEntry Entry { get; }

    /// <summary>What it has registered on namespaces.</summary>
    public PluginSets Sets { get; }

    /// <summary>What it wants to be asked and told; from its start on.</summary>
    public HookSet Hooks { get; private set; } = null!;

    /// <inheritdoc />
    public override string Id => Entry.Id;

    /// <inheritdoc />
    public override int Generation { get; }

    /// <inheritdoc />
    public override SockeyeServer Server { get; }

    /// <inheritdoc />
    public override IConfigurationSection Configuration => _configuration;

    /// <inheritdoc />
    public override ILogger Logger { get; }

    /// <inheritdoc />
    public override TimeProvider Time => _host.Time;

    /// <inheritdoc />
    public override TimeSpan AdmissionTimeout => _host.Context.AdmissionTimeout;

    /// <inheritdoc />
    public override Meter Meter
    {
        get
        {
            lock (_lock)
            {
                // Not by the factory's own method: that hands one meter to all generations, which nobody can dispose.
                return _meter ??= new Meter(new MeterOptions("Sockeye.Plugin." + Id) { Version = Entry.Version, Scope = _host.MeterFactory });
            }
        }
    }

    /// <inheritdoc />
    public override IClusterBus Bus => _bus;

    /// <inheritdoc />
    public override CancellationToken Stopping { get; }

    /// <summary>Where its code was loaded, if that can be unloaded.</summary>
    public AssemblyLoadContext? LoadContext => Entry.LoadContext;

    /// <summary>Starts it. What it has registered is not in force yet.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var server = _host.Context;
        Hooks = new HookSet(Id, Entry.Plugin, HookSet.ModeOf(Entry.WhenFaulted, Entry.Section), HookSet.RefusalsOf(Entry.Refusals, Entry.Section), server.HookOptions, server.HookClock, server);
        await Entry.Plugin.StartAsync(new PluginContext(this), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>It is in force: its routes answer, and changes of its configuration come to it.</summary>
    public void Begin()
    {
        Routes.Open();
        if (Hooks.Reload is { } hook)
        {
            var watch = new ConfigurationWatch(this, _host.Context, Entry.Section, _configuration, hook);
            lock (_lock)
            {
                _watch = watch;
            }
        }
    }

    /// <summary>It is not in force any more: nothing of it begins. Any thread, also twice.</summary>
    public void Retire()
    {
        PeriodicWork[] periodic;
        ConfigurationWatch? watch;
        lock (_lock)
        {
            _isOver = true;
            periodic = [.. _periodic];
            watch = _watch;
            _watch = null;
        }

        Routes.Close();
        watch?.Dispose();
        foreach (var work in periodic)
        {
            work.Dispose();
        }
    }

    /// <summary>Something of it has failed that no hook is.</summary>
    /// <param name="what">What, for the log.</param>
    /// <param name="failure">What was thrown.</param>
    public void Failed(string what, Exception failure)
    {
        _host.Context.Metrics.PluginFailed(Id);
        _host.Log.PluginWorkFailed(_failures, Id, what, failure);
    }

    /// <summary>Hands its configuration to it again, whether that has changed or not.</summary>
    /// <returns>Completes when it has said what it thinks of it.</returns>
    public Task ReconfigureAsync()
    {
        lock (_lock)
        {
            return _watch?.HandOverAsync() ?? Task.CompletedTask;
        }
    }

    /// <summary>Why it has not taken the configuration that it was handed last; null: it has. Any thread.</summary>
    public string? ConfigurationFault => Volatile.Read(ref _configurationFault);

    /// <summary>It has taken its configuration.</summary>
    /// <param name="isChanged">Whether that says something else than before. If not, what it names may have changed, such as a file.</param>
    public void Configured(bool isChanged)
    {
        Volatile.Write(ref _configurationFault, null);
        _host.Log.PluginConfigured(Id, isChanged);
    }

    /// <summary>It has not taken a changed configuration, and goes on with what it had.</summary>
    public void NotConfigured(string fault) => Volatile.Write(ref _configurationFault, fault);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => new(EndAsync(GuardedStop.PatienceFrom(_host.Context)));

    /// <summary>Takes back all that it has registered, and disposes it and what it has made. It is not in force any more, or never was.</summary>
    /// <param name="patience">How long each step may take, asked when it is its turn.</param>
    /// <returns>The same for all callers.</returns>
    public Task EndAsync(Func<TimeSpan> patience)
    {
        Retire();
        lock (_lock)
        {
            return _end ??= EndCoreAsync(patience);
        }
    }

    private async Task EndCoreAsync(Func<TimeSpan> patience)
    {
        await Task.Yield();
        _host.Namespaces.Remove(Sets);
        await EndAsync(() => new ValueTask(_stopping.CancelAsync())).ConfigureAwait(false);
        await EndAsync(Entry.Plugin.DisposeAsync).ConfigureAwait(false);
        while (TakeTracked() is { } tracked)
        {
            await EndAsync(() => DisposeTrackedAsync(tracked)).ConfigureAwait(false);
        }

        await EndAsync(_bus.EndAsync).ConfigureAwait(false);
        GameLoop[] loops;
        lock (_lock)
        {
            loops = [.. _loops];
            _loops.Clear();
        }

        foreach (var loop in loops)
        {
            await EndAsync(loop.DisposeAsync).ConfigureAwait(false);
        }

        lock (_lock)
        {
            _meter?.Dispose();
        }

        _stopping.Dispose();

        Task EndAsync(Func<ValueTask> end) => GuardedStop.RunAsync(_host.Context, Id, end, patience());
    }

    /// <inheritdoc />
    public override void MapHttp(string method, string path, PluginHttpHandler handler, int maxBodyBytes) => Routes.Map(method, path, handler, maxBodyBytes);

    /// <inheritdoc />
    public override IDisposable Every(TimeSpan interval, Func<CancellationToken, ValueTask> work)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isOver, Entry.Plugin);
            var periodic = new PeriodicWork(this, _host.Context.PoolContext, interval, work);
            _periodic.Add(periodic);
            return periodic;
        }
    }

    /// <summary>Periodic work has been disposed.</summary>
    public void Forget(PeriodicWork work)
    {
        lock (_lock)
        {
            _periodic.Remove(work);
        }
    }

    /// <inheritdoc />
    public override void AddJson(IJsonTypeInfoResolver resolver)
    {
        if (Server.Codec.AddTypes(resolver, LoadContext) is { } entry)
        {
            Track(entry);
        }
    }

    /// <inheritdoc />
    public override void Track(object disposable)
    {
        if (disposable is not (IDisposable or IAsyncDisposable))
        {
            throw new ArgumentException("Only what is disposable can be disposed with the plugin.", nameof(disposable));
        }

        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_end is not null, Entry.Plugin);
            _tracked.Push(disposable);
        }
    }

    /// <inheritdoc />
    public override object Keep(string key, Type type, Func<object> make) => _host.Kept.Get(Id, key, type, make);

    private static async ValueTask DisposeTrackedAsync(object tracked)
    {
        if (tracked is IAsyncDisposable waiting)
        {
            await waiting.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            ((IDisposable)tracked).Dispose();
        }
    }

    private object? TakeTracked()
    {
        lock (_lock)
        {
            return _tracked.TryPop(out var tracked) ? tracked : null;
        }
    }

    private GameLoop CreateLoop(string name, double ticksPerSecond)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_end is not null, Entry.Plugin);
            var loop = _host.GameLoops.Create(name, ticksPerSecond, new LoopMaker(Id, Generation));
            _loops.Add(loop);
            return loop;
        }
    }
}
