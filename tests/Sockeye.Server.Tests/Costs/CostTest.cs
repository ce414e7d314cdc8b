using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Costs;

/// <summary>A server with one native loop on real sockets, whose own counters and allocations are read from inside a turn.</summary>
public abstract class CostTest : IAsyncLifetime
{
    private readonly long _open = BufferCounters.Rented - BufferCounters.Returned;
    private readonly List<IDisposable> _clients = [];
    private readonly Sampler _sampler = new();
    private SocketServer? _server;

    private protected ITransportLoop Loop => _server!.Context.Loops[0];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        if (_server is { } server)
        {
            await server.DisposeAsync();
            Assert.Equal(0, server.Context.Faults);
        }

        Assert.Equal(_open, BufferCounters.Rented - BufferCounters.Returned);
        _sampler.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<SockeyeServer> StartAsync(Action<SockeyeServer> configure, Action<SockeyeServerOptions>? options = null)
    {
        _server = (SocketServer)SockeyeServer.Create(builder =>
        {
            builder.Options.Urls = ["http://127.0.0.1:0"];
            builder.Options.EventLoops = 1;
            builder.Options.Transport = TransportKind.Native;
            options?.Invoke(builder.Options);
        });
        configure(_server);
        await _server.StartAsync();
        return _server;
    }

    private protected WireClient Connect(int? receiveBuffer = null)
    {
        var client = new WireClient(_server!.Endpoints[0], receiveBuffer);
        _clients.Add(client);
        return client;
    }

    private protected WireClient[] Connect(int count, int? receiveBuffer = null) => [.. Enumerable.Range(0, count).Select(_ => Connect(receiveBuffer))];

    /// <summary>What the loop has spent so far, read between two of its turns.</summary>
    private protected Spent Sample() => _sampler.Take(Loop);

    /// <summary>What the loop spends while <paramref name="action"/> runs and until it has come to rest: the action ends when the last answer has arrived.</summary>
    private protected Spent Spend(Action action)
    {
        var before = Sample();
        action();
        return Sample() - before;
    }

    /// <summary>Bytes that the loop's thread allocates, the least of several runs (see <see cref="Shared.Allocated"/>).</summary>
    private protected long Allocated(Action action)
    {
        var least = long.MaxValue;
        for (var run = 0; run < 40 && least > 0; run++)
        {
            least = Math.Min(least, Spend(action).Allocated);
        }

        return least;
    }

    private sealed class Sampler : ILoopWork, IDisposable
    {
        private readonly SemaphoreSlim _taken = new(0);
        private ITransportLoop? _loop;
        private Spent _spent;

        public Spent Take(ITransportLoop loop)
        {
            _loop = loop;
            loop.Post(this);
            Assert.True(_taken.Wait(TimeSpan.FromSeconds(60)));
            return _spent;
        }

        public void Run()
        {
            _spent = Spent.Of(_loop!.Counters);
            _taken.Release();
        }

        public void Dispose() => _taken.Dispose();
    }
}
