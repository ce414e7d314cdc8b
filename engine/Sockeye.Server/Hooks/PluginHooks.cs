using Microsoft.Extensions.Configuration;
using Sockeye.Plugins;

namespace Sockeye.Server.Hooks;

/// <summary>A hook with what stands around it.</summary>
/// <typeparam name="THook">Its interface.</typeparam>
/// <param name="Hook">The hook.</param>
/// <param name="Guard">What it has done wrong.</param>
/// <param name="Refusals">What a client hears of an event that it refuses.</param>
/// <param name="Since">The number of the snapshot in which it is for the first time.</param>
internal readonly record struct HookEntry<THook>(THook Hook, HookGuard Guard, RefusalAnswer Refusals, int Since)
    where THook : class;

/// <summary>A gate with what stands around it.</summary>
/// <param name="Hook">The gate.</param>
/// <param name="Guard">What it has done wrong.</param>
/// <param name="Refusals">What a client hears of an event that it refuses.</param>
/// <param name="Events">What it is asked about; null: everything.</param>
internal readonly record struct GateEntry(IEventGate Hook, HookGuard Guard, RefusalAnswer Refusals, GateEvents? Events)
{
    /// <summary>Whether it is asked about an event.</summary>
    public bool Asks(ReadOnlySpan<byte> nameUtf8, bool isNumeric) => Events is null || Events.Has(nameUtf8, isNumeric);
}

/// <summary>The hooks of one generation of a plugin, found once by a type test.</summary>
/// <remarks>It owns their guards. Any thread. Lives as long as the generation.</remarks>
internal sealed class HookSet
{
    private readonly List<HookGuard> _guards = [];
    private readonly string _plugin;
    private readonly FaultMode _mode;
    private readonly HookOptions _options;
    private readonly HookClock _clock;
    private readonly IHookFaults _faultsTo;
    private int _since;

    /// <param name="plugin">The id.</param>
    /// <param name="hooks">The plugin's object.</param>
    /// <param name="mode">What becomes of what a hook of it should decide, while that hook fails.</param>
    /// <param name="refusals">What a client hears of an event that it refuses.</param>
    /// <param name="options">The limits.</param>
    /// <param name="clock">The server's clock.</param>
    /// <param name="faultsTo">Hears of faults.</param>
    public HookSet(string plugin, object hooks, FaultMode mode, RefusalAnswer refusals, HookOptions options, HookClock clock, IHookFaults faultsTo)
    {
        _plugin = plugin;
        _mode = mode;
        _options = options;
        _clock = clock;
        _faultsTo = faultsTo;
        Refusals = refusals;
        Handshake = Find<IHandshakeHook>(hooks, "HandshakeHook");
        Connect = Find<IConnectHook>(hooks, "ConnectHook");
        Gate = Find<IEventGate>(hooks, "EventGate") is { } gate ? new GateEntry(gate.Hook, gate.Guard, refusals, GateEvents.Of(gate.Hook)) : null;
        Outgoing = Find<IOutgoingHook>(hooks, "OutgoingHook");
        Room = Find<IRoomHook>(hooks, "RoomHook");
        Disconnect = Find<IDisconnectHook>(hooks, "DisconnectHook");
        Existing = Find<IExistingHook>(hooks, "ExistingHook");
        Reload = Find<IReloadHook>(hooks, "ReloadHook");
    }

    public RefusalAnswer Refusals { get; }

    public (IHandshakeHook Hook, HookGuard Guard)? Handshake { get; }

    public (IConnectHook Hook, HookGuard Guard)? Connect { get; }

    public GateEntry? Gate { get; }

    public (IOutgoingHook Hook, HookGuard Guard)? Outgoing { get; }

    public (IRoomHook Hook, HookGuard Guard)? Room { get; }

    public (IDisconnectHook Hook, HookGuard Guard)? Disconnect { get; }

    public (IExistingHook Hook, HookGuard Guard)? Existing { get; }

    /// <summary>Called by whoever watches the configuration.</summary>
    public (IReloadHook Hook, HookGuard Guard)? Reload { get; }

    /// <summary>How its hooks stand.</summary>
    public IReadOnlyList<HookStatus> Status
    {
        get
        {
            lock (_guards)
            {
                return [.. _guards.Select(static guard => guard.Status)];
            }
        }
    }

    /// <summary>Whether an asynchronous call of a hook has not ended.</summary>
    public bool IsPending
    {
        get
        {
            lock (_guards)
            {
                return _guards.Exists(static guard => guard.IsPending);
            }
        }
    }

    /// <summary>What a client hears of an event that the plugin refuses: what its attribute says, unless the key <c>Refusals</c> of its section says otherwise.</summary>
    /// <exception cref="FormatException">The key has another value; the message names it.</exception>
    public static RefusalAnswer RefusalsOf(RefusalAnswer declared, IConfigurationSection section) => Choice(section, "Refusals", declared);

    /// <summary>What becomes of what a hook of the plugin should decide, while that hook fails: what its attribute says, or <see cref="FaultMode.Closed"/> where the key <c>WhenFaulted</c> of its section says so.</summary>
    /// <exception cref="FormatException">The key has another value, or would open a plugin that protects something; the message names it.</exception>
    public static FaultMode ModeOf(FaultMode declared, IConfigurationSection section)
    {
        var chosen = Choice(section, "WhenFaulted", declared);
        return declared == FaultMode.Closed && chosen == FaultMode.Open
            ? throw new FormatException($"{section.Path}:WhenFaulted is Open, and the plugin protects something: it is declared Closed and stays so.")
            : chosen;
    }

    /// <summary>A guard for something else of the plugin that may fail: periodic work, a route.</summary>
    public HookGuard NewGuard(string name)
    {
        var guard = new HookGuard(_plugin, name, _mode, _options, _clock, _faultsTo);
        lock (_guards)
        {
            _guards.Add(guard);
        }

        return guard;
    }

    /// <summary>The number of the snapshot in which it is for the first time.</summary>
    public int SinceFrom(int epoch) => _since == 0 ? _since = epoch : _since;

    private static TEnum Choice<TEnum>(IConfigurationSection section, string key, TEnum declared)
        where TEnum : struct, Enum
    {
        var (text, isOne) = (section[key], !section.GetSection(key).GetChildren().Any());
        if (text is null && isOne)
        {
            return declared;
        }

        var names = Enum.GetNames<TEnum>();
        return isOne && names.Contains(text, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<TEnum>(text!, ignoreCase: true)
            : throw new FormatException($"{section.Path}:{key} is {(isOne ? $"\"{LogText.Escape(text!)}\"" : "a list or a group")}; it must be {string.Join(", ", names[..^1])} or {names[^1]}.");
    }

    private (THook Hook, HookGuard Guard)? Find<THook>(object hooks, string name)
        where THook : class => hooks is THook hook ? (hook, NewGuard(name)) : null;
}

/// <summary>The hooks of all plugins as they are asked now, in the order of the plugins. Never changes: another one takes its place with one write.</summary>
internal sealed class PluginHooks
{
    public static readonly PluginHooks None = new([], 0);

    private PluginHooks(IReadOnlyList<HookSet> sets, int epoch)
    {
        Epoch = epoch;
        Handshakes = Of(sets, static set => set.Handshake, epoch);
        Connects = Of(sets, static set => set.Connect, epoch);
        Gates = [.. sets.Select(static set => set.Gate).OfType<GateEntry>()];
        Outgoing = Of(sets, static set => set.Outgoing, epoch);
        Rooms = Of(sets, static set => set.Room, epoch);
        Disconnects = Of(sets, static set => set.Disconnect, epoch);
        Existing = Of(sets, static set => set.Existing, epoch);
        SeesEvents = Gates.Length + Existing.Length > 0;
        IsEmpty = Handshakes.Length + Connects.Length + Gates.Length + Outgoing.Length + Rooms.Length + Disconnects.Length + Existing.Length == 0;
    }

    /// <summary>Which it is, counted from the server's start.</summary>
    public int Epoch { get; }

    public HookEntry<IHandshakeHook>[] Handshakes { get; }

    public HookEntry<IConnectHook>[] Connects { get; }

    public GateEntry[] Gates { get; }

    public HookEntry<IOutgoingHook>[] Outgoing { get; }

    public HookEntry<IRoomHook>[] Rooms { get; }

    public HookEntry<IDisconnectHook>[] Disconnects { get; }

    public HookEntry<IExistingHook>[] Existing { get; }

    /// <summary>Whether something has to be done before an event is handled.</summary>
    public bool SeesEvents { get; }

    public bool IsEmpty { get; }

    /// <summary>The one that takes its place.</summary>
    /// <param name="sets">The plugins, in their order.</param>
    public PluginHooks Next(IReadOnlyList<HookSet> sets) => new(sets, Epoch + 1);

    private static HookEntry<THook>[] Of<THook>(IReadOnlyList<HookSet> sets, Func<HookSet, (THook Hook, HookGuard Guard)?> find, int epoch)
        where THook : class
    {
        List<HookEntry<THook>> entries = [];
        foreach (var set in sets)
        {
            if (find(set) is { } found)
            {
                entries.Add(new HookEntry<THook>(found.Hook, found.Guard, set.Refusals, set.SinceFrom(epoch)));
            }
        }

        return [.. entries];
    }
}
