using Sockeye.Cluster;
using Sockeye.Cluster.Specification;
using Sockeye.Testing;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>The bus of tests, with a thread that delivers what is due.</summary>
public sealed class TestBusSpecTests : ClusterBusSpec
{
    private readonly TestBus _bus = new();
    private readonly Thread _thread;
    private volatile bool _hasEnded;

    public TestBusSpecTests()
    {
        _thread = new Thread(() =>
        {
            while (!_hasEnded)
            {
                if (!_bus.Run())
                {
                    Thread.Yield();
                }
            }
        });
        _thread.Start();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _hasEnded = true;
        _thread.Join();
        GC.SuppressFinalize(this);
    }

    protected override ValueTask<IClusterBus> ConnectAsync() => new(_bus.Connect(Guid.NewGuid().ToString()));
}
