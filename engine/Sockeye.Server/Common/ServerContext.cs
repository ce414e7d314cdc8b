using System.Diagnostics.CodeAnalysis;
using Sockeye.Abstractions.Sockets;
using Sockeye.Cluster;
using Sockeye.Protocol.SocketIO;
using Sockeye.Server.Hooks;
using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>What all parts of one server share.</summary>
/// <remarks>It owns the account of endings and of faults, and the handlers of the main namespace. Any thread. Made with the server, and there as long as anything of it runs.</remarks>
internal sealed class ServerContext : IApplicationFailures, IHookFaults
{
    [ThreadStatic]
    private static bool s_isTelling;

    private readonly Lock _hooksLock = new();
    private readonly HookWatch _hookWatch;
    private PluginHooks _hooks = PluginHooks.None;

    public ServerContext(SockeyeServerOptions options, LoopSet loops, PoolContext pool, PayloadCodec codec, ServerLog log, SockeyeMetrics metrics, TimeProvider time)
    {
        Time = time;
        PoolContext = pool;
        Loops = loops;
        Codec = codec;
        Log = log;
        MainHandlers = new NamespaceHandlers((name, count) => log.Registered("/", name, count));
        Metrics = metrics;
        Outbox = options.Outbox;
        Development = options.Development;
        CloseExpired = options.CloseExpired;
        StopTimeout = options.StopTimeout;
        HookOptions = options.Hooks;
        HookTimeout = options.Engine.HookTimeout;
        HookClock = new HookClock(time);
        _hookWatch = new HookWatch(this, time);
        Take(options, hasNewRates: true);
    }

    /// <summary>The clock of the application. Loops have clocks of their own.</summary>
    public TimeProvider Time { get; }

    public LoopSet Loops { get; }

    /// <summary>Says where a setting at fault stands; null: nobody knows.</summary>
    public Func<string, string>? LocateFault { get; init; }

    /// <summary>Sockets that have gone and whose handlers run.</summary>
    public Endings Endings { get; } = new();

    /// <summary>Whether nothing of the application begins any more.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Whether a handler has stopped the server, so that the end of its socket may still come.</summary>
    public bool IsStoppedFromInside { get; private set; }

    /// <summary>Where handlers run on the thread pool.</summary>
    public PoolContext PoolContext { get; }

    public PayloadCodec Codec { get; }

    /// <summary>The bus between the nodes.</summary>
    public required IClusterBus Bus { get; init; }

    public ServerLog Log { get; }

    public SockeyeMetrics Metrics { get; }

    public LimitOptions Limits { get; private set; }

    public OutboxOptions Outbox { get; }

    public bool Development { get; }

    public bool AckErrors { get; private set; }

    /// <summary>Whether sockets go when their identity expires.</summary>
    public bool CloseExpired { get; }

    /// <summary>How much clients may send; null: as much as they like.</summary>
    public RateTable? Rates { get; private set; }

    public TimeSpan ConnectTimeout { get; private set; }

    public TimeSpan AdmissionTimeout { get; private set; }

    public TimeSpan AckTimeout { get; private set; }

    public TimeSpan MaxHandlerLag { get; private set; }

    public TimeSpan StopTimeout { get; }

    /// <summary>Fires when whoever stops the server does not want to wait.</summary>
    public CancellationToken Hurry { get; init; }

    /// <summary>How long the calls of a plugin's old generation are waited for.</summary>
    public TimeSpan PluginDrainTime { get; private set; }

    public SocketPacketLimits PacketLimits { get; private set; }

    /// <summary>The hooks of the plugins as they are asked now.</summary>
    public PluginHooks Hooks => Volatile.Read(ref _hooks);

    public HookOptions HookOptions { get; }

    public HookClock HookClock { get; }

    /// <summary>How long a hook may take with a handshake.</summary>
    public TimeSpan HookTimeout { get; }

    /// <summary>Hears of each failure that listeners are told, of every namespace; null: nobody. Set before the server starts.</summary>
    public Action<HandlerError>? Failing { get; set; }

    /// <summary>The handlers of the main namespace, where failures outside of any socket are told.</summary>
    public NamespaceHandlers MainHandlers { get; }

    /// <summary>All that is registered on the main namespace, by plugins too. Set before anything runs.</summary>
    public Func<NamespaceHandlers[]>? MainSets { get; set; }

    /// <summary>Faults so far.</summary>
    public int Faults { get; private set; }

    /// <summary>Whether the caller runs where callbacks of the application do.</summary>
    public bool IsInside => PoolContext.IsRunningHere || Loops.IsInTurn;

    /// <summary>Takes what may change while the server runs (<see cref="ServerReconfiguration"/>). Each is checked for itself, so what reads meanwhile finds the old or the new of each.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="hasNewRates">Whether the rates are others: then the buckets of users are full again.</param>
    [MemberNotNull(nameof(Limits), nameof(PacketLimits))]
    public void Take(SockeyeServerOptions options, bool hasNewRates)
    {
        Limits = options.Limits;
        PacketLimits = new SocketPacketLimits
        {
            MaxAttachments = options.Limits.Attachments,
            MaxDepth = options.Limits.JsonDepth,
            MaxEventNameBytes = options.Limits.EventNameBytes,
            MaxNamespaceBytes = options.Limits.NamespaceNameBytes,
        };
        Codec.MaxAttachments = options.Limits.SentAttachments;
        AckErrors = options.AckErrors;
        ConnectTimeout = options.ConnectTimeout;
        AdmissionTimeout = options.AdmissionTimeout;
        AckTimeout = options.AckTimeout;
        MaxHandlerLag = options.MaxHandlerLag;
        PluginDrainTime = options.PluginDrainTime;
        if (hasNewRates)
        {
            Rates = RateTable.Of(options);
        }
    }

    /// <summary>A callback of the application stops the server, and may wait for that.</summary>
    /// <param name="handling">Sockets whose handlers run now.</param>
    public void StoppingFromInside(IEnumerable<SockeyeSocket> handling)
    {
        IsStoppedFromInside = true;
        Endings.Except(handling);
    }

    public void Stopped()
    {
        IsStopped = true;
        ReplaceHooks([]);
        _hookWatch.Stop();
    }

    /// <summary>Other plugins are asked from now on, each thing by all of them or by none. Calls that have begun go on; <see cref="HookGrace"/> says when they are over.</summary>
    /// <param name="sets">The plugins, in their order.</param>
    /// <returns>What is asked now.</returns>
    public PluginHooks ReplaceHooks(IReadOnlyList<HookSet> sets)
    {
        lock (_hooksLock)
        {
            // The plugins go with the server: what is emitted then asks none of them.
            var next = Hooks.Next(IsStopped ? [] : sets);
            if (!next.IsEmpty)
            {
                _hookWatch.Start();
            }

            Volatile.Write(ref _hooks, next);
            return next;
        }
    }

    /// <inheritdoc />
    public void HookFaulted(HookGuard guard, HookFault fault, Exception? failure)
    {
        Metrics.HookFaulted(guard.Plugin, guard.Hook);
        if (fault == HookFault.NotConfigured && failure is not null)
        {
            Log.NotConfigured(guard, FaultsOf(failure), failure);
        }
        else
        {
            Log.HookFaulted(guard, fault, failure);
        }
    }

    /// <summary>What a plugin has thrown at its configuration, a sentence for each fault, with where that stands as far as somebody knows.</summary>
    public IReadOnlyList<string> FaultsOf(Exception failure)
    {
        var said = string.IsNullOrWhiteSpace(failure.Message) ? failure.GetType().Name : failure.Message;
        var faults = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (LocateFault is { } locate)
        {
            try
            {
                return [.. faults.Select(locate)];
            }
#pragma warning disable CA1031 // Code of the application: the sentence is told all the same.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                RaiseError(HandlerKind.Other, nameof(SockeyeBuilder.LocateFault), fault);
            }
        }

        return faults;
    }

    /// <inheritdoc />
    public void HookWasCold(HookGuard guard, long milliseconds) => Log.HookWasCold(guard, milliseconds);

    /// <inheritdoc />
    public void CircuitChanged(HookGuard guard, bool isOpen)
    {
        Metrics.CircuitChanged(guard.Plugin, guard.Hook, isOpen);
        Log.CircuitChanged(guard, isOpen);
    }

    /// <summary>A failure of the application outside of any socket: counted, logged, and told to the listeners of the main namespace.</summary>
    /// <param name="kind">What has failed.</param>
    /// <param name="where">The name of the loop, or the thread pool.</param>
    /// <param name="failure">What was thrown.</param>
    public void RaiseError(HandlerKind kind, string where, Exception failure)
    {
        Log.LoopFailed(kind, where, failure);
        var thread = HookThread.Current;
        var began = thread.EnterSection();
        try
        {
            TellError(MainSets?.Invoke() ?? [MainHandlers], "/", new HandlerError(kind, default, failure));
        }
        finally
        {
            thread.LeaveSection(began);
        }
    }

    /// <summary>Counts a failure of the application and tells the listeners of a namespace. What fails while they run is not told: that could go on for ever.</summary>
    /// <param name="sets">What is registered on the namespace.</param>
    /// <param name="nsp">Its name.</param>
    /// <param name="error">What has failed.</param>
    public void TellError(ReadOnlySpan<NamespaceHandlers> sets, string nsp, HandlerError error)
    {
        Metrics.HandlerFailed(error.Kind);
        if (s_isTelling)
        {
            return;
        }

        Failing?.Invoke(error);
        s_isTelling = true;
        try
        {
            foreach (var handlers in sets)
            {
                foreach (var listener in handlers.Errors.Items)
                {
                    Tell(nsp, handlers.Calls, listener, error);
                }
            }
        }
        finally
        {
            s_isTelling = false;
        }
    }

    void IApplicationFailures.Failed(Exception exception, string where) => RaiseError(HandlerKind.Other, where, exception);

    private void Tell(string nsp, CallCount? calls, Func<HandlerError, Task?> listener, HandlerError error)
    {
        Task? task = null;
        try
        {
            task = listener(error);
        }
#pragma warning disable CA1031 // A listener of errors that fails is only logged.
        catch (Exception second)
#pragma warning restore CA1031
        {
            ListenerFailed(nsp, second);
        }

        if (task is not null)
        {
            calls?.Add(task);
            LooseTask.Watch(task, second => ListenerFailed(nsp, second));
        }
    }

    private void ListenerFailed(string nsp, Exception failure) =>
        Log.ListenerFailed(HandlerKind.Other, "A listener of OnHandlerError", nsp, failure);

    /// <summary>A fault of the engine itself.</summary>
    public void ReportFault(Exception fault)
    {
        Faults++;
        Metrics.Faulted();
        Log.Faulted(fault);
    }
}
