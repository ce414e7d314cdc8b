using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Sockeye.Server.Tests;

/// <summary>A test with servers of its own. At its end they are stopped, and every frame and buffer that was rented has come back.</summary>
public abstract class ServerTest : IAsyncLifetime
{
    private readonly List<SockeyeTestServer> _servers = [];
    private readonly long _open = BufferCounters.Rented - BufferCounters.Returned;
    private readonly long _held = BufferCounters.HeldBytes;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
            Assert.Equal(0, server.Context.Metrics.Total.Sockets);
            Assert.Equal(0, server.Context.Metrics.Total.Connections);
            Assert.Equal(0, server.Namespaces.Main.Members.RoomCount);
            Assert.Equal(0, server.Context.Faults);
        }

        Assert.Equal(_open, BufferCounters.Rented - BufferCounters.Returned);
        Assert.Equal(_held, BufferCounters.HeldBytes);
        GC.SuppressFinalize(this);
    }

    internal SockeyeTestServer Start(Action<SockeyeServer> configure, Action<SockeyeBuilder>? build = null, int loops = 1)
    {
        var server = new SockeyeTestServer(configure, build, loops);
        _servers.Add(server);
        return server;
    }

    /// <summary>Runs an action inside a turn of a loop, where handlers run.</summary>
    internal static void OnLoop(SockeyeTestServer app, Action action, int loop = 0)
    {
        Exception? failure = null;
        app.Transport.Loops[loop].Post(
            _ =>
            {
                try
                {
                    action();
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            null);
        app.RunUntilIdle();
        if (failure is not null)
        {
            throw new InvalidOperationException("The action failed on the loop.", failure);
        }
    }
}
