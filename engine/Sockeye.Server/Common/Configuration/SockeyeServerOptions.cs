using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye;

/// <summary>Options of a server. Plain data, validated together when the server is created and not to be changed afterwards; some may be replaced while it runs (<see cref="ServerReconfiguration"/>).</summary>
public sealed class SockeyeServerOptions
{
    private TimeSpan? _connectTimeout;

    /// <summary>Where it listens, such as <c>http://127.0.0.1:3000</c>; port 0 takes a free one. Default <c>http://127.0.0.1:3000</c>, and none where there are <see cref="Listeners"/>.</summary>
    [SuppressMessage("Usage", "CA2227", Justification = "Bound from configuration.")]
    public IList<string> Urls { get; set; } = [];

    /// <summary>Where it listens as well, by names that logs, metrics and reports show, each with its own routes and limit of connections. A name has 1 to 64 letters, digits, '-', '_' and '.', whose case does not count. Default: none.</summary>
    public IDictionary<string, ListenerOptions> Listeners { get; } = new Dictionary<string, ListenerOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Path of the endpoint. Default <c>/socket.io</c> (Socket.IO).</summary>
    public string Path
    {
        get => Engine.Path;
        set => Engine.Path = value;
    }

    /// <summary>A folder with bundles of the JavaScript client, such as <c>node_modules/socket.io-client/dist</c>; relative to the working folder. Those of its eight files <c>socket.io.js</c>,
    /// <c>socket.io.min.js</c>, <c>socket.io.esm.min.js</c>, <c>socket.io.msgpack.min.js</c> and their maps that are there are read at the start and served below <see cref="Path"/>. Default null: none.</summary>
    public string? ServeClientFrom { get; set; }

    /// <summary>Whether this process is somebody's workbench: then mistakes are told in more words, and texts of exceptions may reach clients where something is sent of a failure at all.
    /// Default: whether <c>DOTNET_ENVIRONMENT</c>, or if that is not set <c>ASPNETCORE_ENVIRONMENT</c>, is <c>Development</c>, in any case. A host sets it from its <c>IHostEnvironment</c>; a test server begins with false.</summary>
    public bool Development { get; set; } = IsDevelopment(Environment.GetEnvironmentVariable);

    /// <summary>From which level on a server that has been given no loggers (<see cref="SockeyeBuilder.LoggerFactory"/>) writes to standard error, one line for each entry; <see cref="LogLevel.None"/>: nothing.
    /// Writing never waits: what standard error does not take is left out and counted. Default <see cref="LogLevel.Warning"/>, and in a test server <see cref="LogLevel.None"/>.</summary>
    public LogLevel ConsoleLog { get; set; } = LogLevel.Warning;

    /// <summary>Values for options that are not set. Default <see cref="ServerPreset.None"/>.</summary>
    public ServerPreset Preset { get; set; }

    /// <summary>How long a connection may stay without a namespace; then it is closed. Default 45 s (Socket.IO), and hardened 10 s (own; Centrifugo); 10 ms to 1 day.</summary>
    public TimeSpan ConnectTimeout
    {
        get => _connectTimeout ?? TimeSpan.FromSeconds(Preset == ServerPreset.Hardened ? 10 : 45);
        set => _connectTimeout = value;
    }

    /// <summary>How long the connection middleware of a namespace may take with one client, all of it together; then the client is refused with "timeout". Default 5 s (own); 10 ms to 1 h.</summary>
    public TimeSpan AdmissionTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether the acknowledgement of an event that fails, gets wrong arguments, is rejected by a filter or has no handler says so: <c>{"refused": reason, "code": code}</c>, without the texts of exceptions unless
    /// <see cref="Development"/> is on. Default false (Socket.IO): the client's acknowledgement gets nothing. <see cref="SockeyeNamespace.AckErrors"/> decides for one namespace.</summary>
    public bool AckErrors { get; set; }

    /// <summary>Whether a socket is put out, with <see cref="DisconnectReason.IdentityExpired"/>, when its identity expires (<see cref="SocketIdentity.ExpiresAt"/>), and the connection closed if it was its last one.
    /// A new identity with a later expiry, set before, keeps it. Default false (as SignalR).</summary>
    public bool CloseExpired { get; set; }

    /// <summary>How long an acknowledgement is awaited unless the emit says otherwise. Default 10 s (own); 1 ms to 1 day.</summary>
    public TimeSpan AckTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long reading from a connection may be paused because its handlers are behind; then it is closed with <see cref="DisconnectReason.HandlerLag"/>.
    /// Default 30 s (own); 10 ms to 1 day.</summary>
    public TimeSpan MaxHandlerLag { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Over how long clients are told when the server is asked to end (<see cref="SockeyeServer.DrainAsync"/>, <see cref="SockeyeServer.RunAsync"/>, a host that stops), evenly and at least 100 each
    /// second on each loop, so that they do not all look for another server at once. Default 30 s (own; NATS's lame duck mode takes 2 min); 0 to 1 h.</summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a server that stops waits, in all: for what is queued to leave, for handlers that run, those of disconnections included, and for loops that are held; and how long the end of a socket waits for a handler that goes on without its client. Default 10 s (own, the grace of NATS's lame duck mode); 0 to 1 h.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long calls of a plugin that is replaced may still run before it is disposed: handlers that await, requests, periodic work. Default 5 s (own: half of the stop timeout); 0 to 1 h.</summary>
    public TimeSpan PluginDrainTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the process must be quiet before it gives memory back to the system: pools, then one compacting collection of the whole heap, whose pause
    /// is about a millisecond for each MiB that lives. At most once for each 4 MiB allocated, not above 256 MiB of heap, and never while a game loop runs or messages flow. Default 0 (own), which means never, since the process
    /// is the application's, and 10 s in the standalone host; else 1 s to 1 h.</summary>
    public TimeSpan IdleTrim { get; set; }

    /// <summary>Event loops; null: as many as processors, at most 64. The portable transport has one, and says so when it is asked for more. Default null; 1 to 64.</summary>
    [Range(1, LoopSet.MaxLoops)]
    public int? EventLoops { get; set; }

    /// <summary>Open connections; at the limit new ones wait in the kernel's backlog. Default 65,536 (NATS); 1 to 2^24. See <see cref="EngineOptions.MaxSessions"/> as well.</summary>
    [Range(1, 1 << 24)]
    public int MaxConnections { get; set; } = 65_536;

    /// <summary>Connections that the kernel is asked to hold for each end point until they are accepted; it may have a lower maximum of its own (<c>net.core.somaxconn</c>). Default 512 (Kestrel); 1 to 65,535.</summary>
    [Range(1, 65_535)]
    public int Backlog { get; set; } = 512;

    /// <summary>Whether further processes of the same user, which also have to ask for it, may listen on the same port (<c>SO_REUSEPORT</c>), so that a new one takes over from an old one that drains and no client is refused. Each client
    /// goes to one of them. Default false: a port that is taken ends the start. The native transport alone has it.</summary>
    public bool ReusePort { get; set; }

    /// <summary>Folders of plugins, relative to the working folder: see <see cref="SockeyeBuilder.AddPluginFolder"/>, which adds to them. Default: none; the standalone host takes <c>plugins</c> in its working folder, if that is there.</summary>
    [SuppressMessage("Usage", "CA2227", Justification = "Bound from configuration.")]
    public IList<string> PluginFolders { get; set; } = [];

    /// <summary>Whether a change in the folders of plugins, once nothing has changed for half a second, leads to a reload as if somebody had asked for it. Default false: whoever writes several files would have them loaded in between.</summary>
    public bool WatchPlugins { get; set; }

    /// <summary>Which transport carries the connections. Default <see cref="TransportKind.Auto"/>: the native one on Linux with x64 or arm64, elsewhere the portable one.</summary>
    public TransportKind Transport { get; set; } = TransportKind.Auto;

    /// <summary>The Engine.IO layer: heartbeat, transports, CORS, cookie.</summary>
    public EngineOptions Engine { get; } = new() { Path = "/socket.io" };

    /// <summary>The HTTP layer: limits and times of requests.</summary>
    public HttpOptions Http { get; set; } = new();

    /// <summary>What one client may cost.</summary>
    public LimitOptions Limits { get; } = new();

    /// <summary>How much time the hooks of plugins may take, and what becomes of one that fails.</summary>
    public HookOptions Hooks { get; } = new();

    /// <summary>How much one client, and one user, may send in a second. Default: as much as they like.</summary>
    public RateOptions Rates { get; } = new();

    /// <summary>Bounds of the queue of outgoing messages of each connection.</summary>
    public OutboxOptions Outbox => Engine.Outbox;

    /// <summary>All faults, each with its key; empty if there are none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        Check(this, "", faults);
        if (!Enum.IsDefined(ConsoleLog))
        {
            faults.Add($"{nameof(ConsoleLog)} is {ConsoleLog}; it must be {LogLevel.Trace} to {LogLevel.None}.");
        }

        if (!Enum.IsDefined(Preset))
        {
            faults.Add($"{nameof(Preset)} is {Preset}; it must be {ServerPreset.None} or {ServerPreset.Hardened}.");
        }

        faults.AddRange(Rates.Validate().Select(static fault => $"{nameof(Rates)}:{fault}"));
        Check(Limits, nameof(Limits) + ":", faults);
        Check(Outbox, nameof(Outbox) + ":", faults);
        Check(Hooks, nameof(Hooks) + ":", faults);
        foreach (var (name, value, min, max) in Hooks.Times())
        {
            Between($"{nameof(Hooks)}:{name}", value, min, max);
        }

        faults.AddRange(Engine.Validate().Select(static fault => $"{nameof(Engine)}:{fault}"));
        faults.AddRange(Http.Validate().Select(static fault => $"{nameof(Http)}:{fault}"));
        Between(nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1));
        Between(nameof(AdmissionTimeout), AdmissionTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        Between(nameof(AckTimeout), AckTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        Between(nameof(MaxHandlerLag), MaxHandlerLag, TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1));
        Between(nameof(DrainTime), DrainTime, TimeSpan.Zero, TimeSpan.FromHours(1));
        Between(nameof(StopTimeout), StopTimeout, TimeSpan.Zero, TimeSpan.FromHours(1));
        Between(nameof(PluginDrainTime), PluginDrainTime, TimeSpan.Zero, TimeSpan.FromHours(1));
        if (IdleTrim != TimeSpan.Zero)
        {
            Between(nameof(IdleTrim), IdleTrim, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        }

        Between($"{nameof(Limits)}:{nameof(LimitOptions.AttachmentTimeout)}", Limits.AttachmentTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        if (Outbox.HighWatermarkBytes > Outbox.MaxBytes)
        {
            faults.Add($"{nameof(Outbox)}:{nameof(OutboxOptions.HighWatermarkBytes)} is {Outbox.HighWatermarkBytes}; it must be at most {nameof(OutboxOptions.MaxBytes)}, which is {Outbox.MaxBytes}.");
        }

        if (Outbox.LowWatermarkBytes > Outbox.HighWatermarkBytes)
        {
            faults.Add($"{nameof(Outbox)}:{nameof(OutboxOptions.LowWatermarkBytes)} is {Outbox.LowWatermarkBytes}; it must be at most {nameof(OutboxOptions.HighWatermarkBytes)}, which is {Outbox.HighWatermarkBytes}.");
        }

        if (ServeClientFrom is { } folder && ClientBundles.Fault(folder) is { } fault)
        {
            faults.Add($"{nameof(ServeClientFrom)}: {fault}");
        }

        faults.AddRange(Urls.Select(ServerUrl.Fault).OfType<string>().Select(static url => $"{nameof(Urls)}: {url}"));
        foreach (var (name, listener) in Listeners)
        {
            Check(listener, $"{nameof(Listeners)}:{name}:", faults);
        }

        faults.AddRange(ListenerFaults.Of(this));
        return faults;

        void Between(string name, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max)
            {
                faults.Add($"{name} is {value}; it must be {min} to {max}.");
            }
        }
    }

    internal static bool IsDevelopment(Func<string, string?> variable)
    {
        var environment = variable("DOTNET_ENVIRONMENT");
        if (string.IsNullOrWhiteSpace(environment))
        {
            environment = variable("ASPNETCORE_ENVIRONMENT");
        }

        return string.Equals(environment?.Trim(), "Development", StringComparison.OrdinalIgnoreCase);
    }

    // By the type's name, not by the object: so that trimming keeps the properties.
    private static void Check<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(T options, string prefix, List<string> faults)
    {
        foreach (var property in typeof(T).GetProperties())
        {
            if (property.GetCustomAttribute<RangeAttribute>() is { } range && property.GetValue(options) is var value && !range.IsValid(value))
            {
                var shown = value is LimitOptions.Unlimited && typeof(T) == typeof(LimitOptions) ? nameof(LimitOptions.Unlimited) : value;
                faults.Add($"{prefix}{property.Name} is {shown}; it must be {range.Minimum} to {range.Maximum}.");
            }
        }
    }
}
