using Sockeye.Cluster;
using Sockeye.Transport;

namespace Sockeye.Server.Cluster;

/// <summary>The cluster as the application sees it: its events, and what is counted for it.</summary>
/// <remarks>It owns the counts and the listeners. Any thread; listeners are called on the thread pool, one event after the other, and what they throw is logged. At most <see cref="Most"/> events wait for them. Lives as long as its server.</remarks>
internal sealed class ClusterState(ClusterPort port, ClusterOptions options, ClusterLog log, PoolContext pool) : ServerCluster
{
    /// <summary>Events that wait for listeners (own): a further one is logged and counted alone.</summary>
    public const int Most = 10_000;

    private readonly PoolQueue<Action> _telling = new(pool, static tell => tell(), log.ListenerFailed);
    private long _gaps;
    private long _missing;

    public override event Action<ClusterNode>? NodeChanged;

    public override event Action<ClusterGap>? Gap;

    public override string Name { get; } = options.Name;

    public override IReadOnlyList<ClusterNode> Nodes => Members?.All ?? [];

    public override BusState Bus => port.Bus.State;

    public override long Gaps => Interlocked.Read(ref _gaps);

    public override long Missing => Interlocked.Read(ref _missing);

    public override int Unheard => Listening?.Invoke() ?? 0;

    /// <summary>Whether listeners have heard of everything.</summary>
    public bool IsIdle => _telling.Count == 0;

    /// <summary>Counts the subjects that cannot be listened to; set while the cluster is put together.</summary>
    public Func<int>? Listening { get; set; }

    /// <summary>Who is there; set while the cluster is put together.</summary>
    public Members? Members { get; set; }

    public void Report(in ClusterGap gap)
    {
        Interlocked.Increment(ref _gaps);
        Interlocked.Add(ref _missing, gap.Missing);
        log.Gap(gap);
        Raise(Gap, gap);
    }

    public void Report(ClusterNode node)
    {
        log.NodeChanged(node);
        Raise(NodeChanged, node);
    }

    /// <summary>A server is not taken into the cluster: as many are known as there may be.</summary>
    public void Refuse(int node)
    {
        port.Count(WireFault.Refused);
        log.NoRoom(node, options.MaxNodes);
    }

    private void Raise<T>(Action<T>? listeners, T value)
    {
        if (listeners is not null && _telling.Count <= Most)
        {
            _telling.Add(() => Tell(listeners, value));
        }
    }

    private void Tell<T>(Action<T> listeners, T value)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            try
            {
                listener(value);
            }
#pragma warning disable CA1031 // What a listener throws is told, and the others hear of it all the same.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                log.ListenerFailed(failure);
            }
        }
    }
}
