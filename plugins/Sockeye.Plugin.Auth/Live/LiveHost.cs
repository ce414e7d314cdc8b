using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>What this group needs of the context of its plugin. Does not change; any thread.</summary>
internal sealed record LiveHost(SockeyeServer Server, TimeProvider Time, ILogger Logger, Meter Meter, IClusterBus Bus)
{
    /// <summary>The generation.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>Fires when the generation ends.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>What was revoked, kept across generations.</summary>
    public ConcurrentDictionary<string, long[]> Revocations { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The identities by token of sockets that have another one by the application, from the generation that ends for the one that follows.</summary>
    public ConditionalWeakTable<SockeyeSocket, SocketIdentity> Handed { get; init; } = [];

    /// <summary>Held while the file of the audit log is open, by whichever generation.</summary>
    public SemaphoreSlim AuditFile { get; init; } = new(1);

    /// <summary>Does something again and again.</summary>
    public required Action<TimeSpan, Action> Every { get; init; }

    /// <summary>Answers requests of a path.</summary>
    public required Action<string, string, PluginHttpHandler, int> MapHttp { get; init; }

    /// <summary>Of a plugin, which no gate of another one may precede.</summary>
    /// <param name="context">Its context.</param>
    /// <exception cref="InvalidOperationException">One does.</exception>
    public static LiveHost Of(PluginContext context)
    {
        GateOrder.ThrowIfBehindAnother(context.Server.Plugins.All, context.Id);
        return new(context.Server, context.Time, context.Logger, context.Meter, context.Bus)
        {
            Generation = context.Generation,
            Stopping = context.Stopping,
            Revocations = context.Keep("revocations", static () => new ConcurrentDictionary<string, long[]>(StringComparer.Ordinal)),
            Handed = context.Keep("handed", static () => new ConditionalWeakTable<SockeyeSocket, SocketIdentity>()),
            AuditFile = context.Keep("audit", static () => new SemaphoreSlim(1)),
            Every = (interval, work) => context.Every(interval, _ =>
            {
                work();
                return ValueTask.CompletedTask;
            }),
            MapHttp = context.MapHttp,
        };
    }
}
