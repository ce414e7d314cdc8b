using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>A test with clusters of its own. At its end they are stopped, and every frame that was rented has come back.</summary>
public abstract class ClusterTest : IAsyncLifetime
{
    private readonly List<SockeyeTestCluster> _clusters = [];
    private readonly long _open = BufferCounters.Rented - BufferCounters.Returned;
    private readonly long _held = BufferCounters.HeldBytes;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters)
        {
            await cluster.DisposeAsync();
            Assert.Equal(0, cluster.Bus.ReceiverFaults);
            Assert.All(cluster.Servers, static server => Assert.Equal(0, server.Context.Faults));
        }

        Assert.Equal(_open, BufferCounters.Rented - BufferCounters.Returned);
        Assert.Equal(_held, BufferCounters.HeldBytes);
        GC.SuppressFinalize(this);
    }

    internal SockeyeTestCluster Start(int servers, Action<SockeyeServer>? configure = null, Action<SockeyeBuilder>? build = null, Func<ClusterOptions>? options = null, int seed = 0, int loops = 1)
    {
        var cluster = new SockeyeTestCluster(servers, configure ?? (static _ => { }), build, options, seed, loops);
        _clusters.Add(cluster);
        return cluster;
    }
}
