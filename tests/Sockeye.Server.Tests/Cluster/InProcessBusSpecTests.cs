using Sockeye.Cluster;
using Sockeye.Cluster.Specification;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>The bus within a process is a bus. Nodes of one process share it.</summary>
public sealed class InProcessBusSpecTests : ClusterBusSpec
{
    private readonly InProcessBus _bus = new();

    protected override ValueTask<IClusterBus> ConnectAsync() => new(_bus);
}
