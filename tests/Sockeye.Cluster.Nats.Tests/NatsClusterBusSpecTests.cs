using Sockeye.Cluster.Specification;

[assembly: AssemblyFixture(typeof(Sockeye.Cluster.Nats.Tests.SharedNats))]

namespace Sockeye.Cluster.Nats.Tests;

public sealed class NatsClusterBusSpecTests(SharedNats nats) : ClusterBusSpec
{
    protected override ValueTask<IClusterBus> ConnectAsync() => new(nats.ConnectAsync());
}

/// <summary>A server that all tests use which do it no harm.</summary>
public sealed class SharedNats : IAsyncLifetime
{
    private NatsServer? _server;

    internal NatsServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await NatsServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server!.DisposeAsync();

    public async Task<IClusterBus> ConnectAsync()
    {
        var bus = new NatsClusterBus(new NatsBusOptions { Servers = [Server.Url] });
        await bus.ConnectAsync();
        return bus;
    }
}
