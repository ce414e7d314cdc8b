using System.Diagnostics.Metrics;
using System.Runtime.Loader;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Http;
using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Server.Hooks;
using Sockeye.Server.Namespaces;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Plugins;

/// <summary>The plugins of one server: starts them before it listens, replaces their generations while it runs, and ends them after its sessions.</summary>
/// <remarks>It owns the generations that run, in the order in which they are asked. Any thread; changes follow each other. Lives as long as the server.</remarks>
/// <param name="server">The server.</param>
/// <param name="namespaces">Its namespaces.</param>
/// <param name="gameLoops">Its game loops.</param>
/// <param name="router">Where their routes answer.</param>
/// <param name="bodies">The room for what is posted to these.</param>
/// <param name="loggers">Makes the plugins' loggers.</param>
/// <param name="meters">What the meters of the plugins are told to belong to; null: nothing.</param>
/// <param name="entries">What starts with the server.</param>
/// <param name="folders">What is loaded from folders.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "What it owns ends when it is stopped as a part of the server.")]
internal sealed partial class PluginHost(SockeyeServer server, NamespaceRegistry namespaces, GameLoops gameLoops, HttpRouter router, LargeBodies bodies, ILoggerFactory loggers, IMeterFactory? meters, IReadOnlyList<PluginEntry> entries, FolderPlugins folders) : ServerPlugins, IServerPart
{
    /// <summary>Time between two looks whether an old generation is done (own).</summary>
    private static readonly TimeSpan DrainStep = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private volatile PluginGeneration[] _running = [];
    private volatile bool _isClosed;
    private volatile bool _isStarted;
    private readonly List<Task> _ending = [];
    private Task _last = Task.CompletedTask;

    string IServerPart.Name => "The plugins";

    /// <summary>Those that are in force, in the order in which they are asked.</summary>
    public IReadOnlyList<PluginGeneration> Running => _running;

    public SockeyeServer Server => server;

    public NamespaceRegistry Namespaces => namespaces;

    public GameLoops GameLoops => gameLoops;

    public ServerContext Context => namespaces.Server;

    public ServerLog Log => Context.Log;

    public TimeProvider Time => Context.Time;

    public HttpRouter Router => router;

    public LargeBodies Bodies => bodies;

    public IMeterFactory? MeterFactory => meters;

    /// <summary>All that are connected, in whatever namespace.</summary>
    private IEnumerable<ServerSocket> Sockets => namespaces.All().SelectMany(static nsp => nsp.Members.All());

    /// <summary>What plugins keep beyond their generations.</summary>
    public KeptObjects Kept { get; } = new();

    /// <inheritdoc />
    public override IReadOnlyList<PluginStatus> All =>
        [.. _running.Select(running => new PluginStatus(running.Id, running.Entry.Version, running.Entry.Folder, running.Generation, running.Hooks.Status, Unloading(running.Id)) { ConfigurationFault = running.ConfigurationFault })];

    public ILogger NewLogger(string id) => new GuardedLogger(loggers.CreateLogger("Sockeye.Plugin." + id));

    async ValueTask IServerPart.StartAsync(CancellationToken cancellationToken)
    {
        foreach (var entry in entries)
        {
            try
            {
                await ReplaceAsync(entry.Id, entry, cancellationToken).ConfigureAwait(false);
            }
            catch (PluginFault late)
            {
                throw new PluginLoadException([late.Message]);
            }
        }

        await StartFoldersAsync(cancellationToken).ConfigureAwait(false);
        _isStarted = true;
    }

    void IServerPart.Close() => _isClosed = true;

    async Task IServerPart.StopAsync(Func<TimeSpan> patience)
    {
        _isClosed = true;
        StopWatching();
        foreach (var running in _running.Reverse())
        {
            await running.EndAsync(patience).ConfigureAwait(false);
            if (running.LoadContext is { } context)
            {
                await UnloadAsync(running, context, hasRun: true).ConfigureAwait(false);
            }
        }

        Task last;
        lock (_lock)
        {
            last = Task.WhenAll([_isStarted ? _last : Task.CompletedTask, .. _ending]);
        }

        await GuardedStop.RunAsync(Context, "A change of the plugins", () => new ValueTask(last), patience()).ConfigureAwait(false);
        foreach (var (plugin, kept) in Kept.TakeAll())
        {
            await GuardedStop.RunAsync(Context, plugin, () => DisposeKeptAsync(kept), patience()).ConfigureAwait(false);
        }
    }

    /// <summary>Puts another generation in the place of the one that runs, if there is one: starts it, puts it in force, drains the old one and ends it. If the new one does not start, the old one goes on.</summary>
    /// <param name="id">The plugin.</param>
    /// <param name="next">The new one, of the same id; null: the plugin goes.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <returns>The generation that runs now; null: none.</returns>
    public async Task<PluginGeneration?> ReplaceAsync(string id, PluginEntry? next, CancellationToken cancellationToken)
    {
        var (made, ended) = await SwapAsync(id, next, cancellationToken).ConfigureAwait(false);
        await ended.ConfigureAwait(false);
        return made;
    }

    /// <inheritdoc cref="ReplaceAsync" path="/*[not(self::returns)]" />
    /// <returns>The generation that runs now, null: none; and the end of the old one, for which nobody has to wait: it may be that a call of the old one asks.</returns>
    public async Task<(PluginGeneration? Made, Task Ended)> SwapAsync(string id, PluginEntry? next, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock)
        {
            before = _last;
            _last = done.Task;
        }

        try
        {
            await before.ConfigureAwait(false);
            return await SwapInTurnAsync(id, next, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            done.SetResult();
        }
    }

    private async Task<(PluginGeneration? Made, Task Ended)> SwapInTurnAsync(string id, PluginEntry? next, CancellationToken cancellationToken)
    {
        var old = Array.Find(_running, running => running.Id == id);
        PluginGeneration? made = null;
        if (next is not null)
        {
            made = new PluginGeneration(this, next, _numbers[id] = _numbers.GetValueOrDefault(id) + 1);
            try
            {
                ThrowIfClosed();
                await StartAsync(made, cancellationToken).ConfigureAwait(false);
                if (_isStarted)
                {
                    PluginCode.Compile(next.Plugin);
                }

                ThrowIfClosed();
            }
            catch
            {
                await EndAsync(made, hasRun: false).ConfigureAwait(false);
                throw;
            }
        }

        Swap(old, made);
        if (old is null)
        {
            return (made, Task.CompletedTask);
        }

        if (old.LoadContext is { } context)
        {
            new PluginTraces(context).Forget(Sockets);
        }

        var ended = DrainAndEndAsync(old);
        lock (_lock)
        {
            _ending.RemoveAll(static task => task.IsCompleted);
            _ending.Add(ended);
        }

        return (made, ended);
    }

    /// <summary>Whoever tells of the failure can say whose it is (<see cref="PluginLoadException.PluginOf"/>) and, while the code is still there to be asked for its lines, where.</summary>
    private static bool Note(Exception failure, string id)
    {
        failure.Data[PluginLoadException.PluginKey] = id;
        failure.Data[PluginLoadException.TraceKey] = failure.ToString();
        return false;
    }

    private async Task StartAsync(PluginGeneration made, CancellationToken cancellationToken)
    {
        await GivenUpAsync($"{NameOf(made.Id, made.Entry.Folder)}: its start", async given =>
        {
            try
            {
                await made.StartAsync(given).ConfigureAwait(false);
                return true;
            }
            catch (Exception failure) when (Note(failure, made.Id))
            {
                return false;
            }
        }, cancellationToken).ConfigureAwait(false);
        Context.Metrics.BeginAtZero(made.Id, made.Hooks);
        Log.PluginStarted(made.Id, made.Entry.Version);
    }

    private async Task DrainAndEndAsync(PluginGeneration old)
    {
        await DrainAsync(old).ConfigureAwait(false);
        await EndAsync(old, hasRun: true).ConfigureAwait(false);
    }

    private async Task EndAsync(PluginGeneration ending, bool hasRun)
    {
        if (ending.LoadContext is not { } context)
        {
            await ending.DisposeAsync().ConfigureAwait(false);
            return;
        }

        new PluginTraces(context).DropPosted(Sockets);
        await ending.DisposeAsync().ConfigureAwait(false);
        await UnloadAsync(ending, context, hasRun).ConfigureAwait(false);
    }

    private void ThrowIfClosed()
    {
        if (_isClosed)
        {
            throw new InvalidOperationException("The server has been stopped.");
        }
    }

    private void Swap(PluginGeneration? old, PluginGeneration? made)
    {
        lock (_lock)
        {
            _running = old is null ? made is null ? _running : [.. _running, made]
                : made is null ? [.. _running.Where(running => running != old)]
                : [.. _running.Select(running => running == old ? made : running)];
            namespaces.Replace([.. _running.Select(static running => running.Sets)]);
            Context.ReplaceHooks([.. _running.Select(static running => running.Hooks)]);
        }

        namespaces.ShowToHooks();
        made?.Begin();
        old?.Retire();
    }

    /// <summary>Waits until nothing of a generation runs that is not in force any more, or the time for that is over.</summary>
    private async Task DrainAsync(PluginGeneration old)
    {
        using var end = new CancellationTokenSource(Context.PluginDrainTime, Time);

        // What was posted to an event loop or a game loop is over when the loop has come round; what any thread is in, and does not await, when it has left its section; what awaits is counted.
        var round = new LoopRound([.. Context.Loops.All()]);
        var grace = new HookGrace();
        while (!(round.IsOver && old.Calls.IsZero && grace.IsOver && !old.Hooks.IsPending))
        {
            if (end.IsCancellationRequested)
            {
                Log.PluginDrainCut(old.Id, old.Generation, old.Calls.Running);
                return;
            }

            // By the machine's clock, since that of a test stands still: it only decides how soon it is seen.
            await Task.Delay(DrainStep, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static async ValueTask DisposeKeptAsync(object kept)
    {
        if (kept is IAsyncDisposable waiting)
        {
            await waiting.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            (kept as IDisposable)?.Dispose();
        }
    }
}
