using Sockeye.Cluster;
using Sockeye.Transport;

namespace Sockeye.Server.Cluster;

/// <summary>The cluster as the application sees it: its events, and what is counted for it.</summary>
/// <remarks>It owns the counts and the listeners. Any thread; what listeners throw is logged. Lives as long as its server.</remarks>
internal sealed class ClusterState(ClusterPort port, ClusterOptions options, ClusterLog log, PoolContext pool) : ServerCluster
{
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

    private void Raise<T>(Action<T>? listeners, T value)
    {
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            // Where an async void that it begins does not end the process.
            pool.Run(new Telling<T>(this, listener, value));
        }
    }

    private sealed class Telling<T>(ClusterState state, Action<T> listener, T value) : ILoopWork
    {
        public void Run()
        {
            try
            {
                listener(value);
            }
#pragma warning disable CA1031 // What a listener throws is told, and the others hear of it all the same.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                state.Failed(failure);
            }
        }
    }

    private void Failed(Exception failure) => log.ListenerFailed(failure);
}
