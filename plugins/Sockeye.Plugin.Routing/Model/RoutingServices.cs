using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster;
using Sockeye.Plugin.Routing.Inbound;
using Sockeye.Plugin.Routing.Outputs;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Routing.Model;

/// <summary>What actions and inbound entries work with: one for the life of the plugin's generation, whatever rules come and go. All members may be used from any thread.</summary>
internal sealed class RoutingServices(PluginContext context, IRulePipeline pipeline)
{
    public PluginContext Context { get; } = context;

    public SockeyeServer Server => Context.Server;

    public ILogger Logger => Context.Logger;

    public TimeProvider Time => Context.Time;

    public IClusterBus Bus => Context.Bus;

    public Meter Meter => Context.Meter;

    /// <summary>Where events leave the server.</summary>
    public OutputSet Outputs { get; } = new(new OutputSupport(context.Time, context.Logger, context.Bus, (key, length) => Kept(context, key, length)));

    /// <summary>By what events come in from outside.</summary>
    public InboundSet Inbound { get; } = new(
        new InboundSupport(
            context.Server,
            context.Time,
            context.Logger,
            (key, length) => Kept(context, key, length),
            new ReplayMemory(
                context.Keep("seen", static () => new Dictionary<string, long>(StringComparer.Ordinal)),
                context.Keep("seen-in-order", static () => new Queue<KeyValuePair<string, long>>()),
                context.Time)),
        context.Bus,
        context.MapHttp);

    /// <summary>The outputs of the rules that are about to hold, while their actions are bound.</summary>
    public IReadOnlyDictionary<string, HttpOutput> Binding { get; set; } = new Dictionary<string, HttpOutput>();

    /// <summary>The rules that hold now, for events that come to them anew.</summary>
    public IRulePipeline Pipeline { get; } = pipeline;

    private static long[] Kept(PluginContext context, string key, int length) => context.Keep("counts:" + key, () => new long[length]);

    /// <summary>The namespace that something goes to; null: there is none, so nobody is in it.</summary>
    public SockeyeNamespace? Namespace(string name, in RuleEvent e) =>
        e.Socket?.Namespace is { } own && own.Name == name ? own : Server.FindNamespace(name);
}

/// <summary>The rules that hold at a moment.</summary>
internal interface IRulePipeline
{
    /// <summary>Runs all rules that match, in their order. Never throws.</summary>
    /// <returns>True: the event ends here; false: it goes on as <paramref name="e"/> is now.</returns>
    bool Run(ref RuleEvent e);

    /// <summary>As <see cref="Run"/>, for a copy that a rule has made while another event is on its way.</summary>
    /// <returns>False: so many copies were made of that one event that this one was not looked at.</returns>
    bool RunAgain(ref RuleEvent e);
}
