using System.Text;
using Sockeye.Cluster;
using Sockeye.Plugin.Routing.Inbound;
using Sockeye.Plugins;
using Sockeye.Server.Tests;
using Sockeye.Testing;

namespace Sockeye.Plugin.Routing.Tests.Inbound;

public sealed class InboundSetTests
{
    private readonly List<string> _mapped = [];

    private InboundSet Set(SockeyeTestServer server, InProcessBus bus) => new(
        new InboundSupport(server.Server, server.Time, new AwaitedLog(), (_, length) => new long[length], new ReplayMemory([], [], server.Time)),
        bus,
        (method, path, handler, maxBodyBytes) => _mapped.Add($"{method} {path} {maxBodyBytes}"));

    private static Dictionary<string, InboundOptions> One(string name, InboundOptions options)
    {
        Assert.Empty(options.Check());
        return new Dictionary<string, InboundOptions> { [name] = options };
    }

    private static void Publish(InProcessBus bus, int number) =>
        Assert.Equal(EmitResult.Accepted, bus.Publish("prices.eur", Encoding.UTF8.GetBytes($$"""{"event":"price","arguments":[{{number}}]}"""), default));

    [Fact]
    public async Task Of_two_servers_with_one_group_one_takes_each_message()
    {
        await using var bus = new InProcessBus();
        await using var a = new SockeyeTestServer(_ => { });
        await using var b = new SockeyeTestServer(_ => { });
        await using var first = Set(a, bus);
        await using var second = Set(b, bus);
        var wanted = One("prices", new InboundOptions { Subject = "prices.*" });
        await first.ApplyAsync(wanted, TestContext.Current.CancellationToken);
        await second.ApplyAsync(wanted, TestContext.Current.CancellationToken);
        var (left, right) = (a.Connect(), b.Connect());

        for (var i = 0; i < 100; i++)
        {
            Publish(bus, i);
        }

        Assert.True(a.RunUntil(() =>
        {
            b.RunUntilIdle();
            return left.Events.Count + right.Events.Count >= 100;
        }));
        Assert.Equal(100, first.Current["prices"].Counts.Received + second.Current["prices"].Counts.Received);
        Assert.Equal(Enumerable.Range(0, 100), left.Events.Concat(right.Events).Select(e => e.Get<int>()).Order());
    }

    [Fact]
    public async Task A_change_of_what_is_done_with_messages_loses_none_and_takes_none_twice()
    {
        await using var bus = new InProcessBus();
        await using var server = new SockeyeTestServer(_ => { });
        await using var set = Set(server, bus);
        await set.ApplyAsync(One("prices", new InboundOptions { Subject = "prices.*" }), TestContext.Current.CancellationToken);
        var client = server.Connect();
        for (var i = 0; i < 50; i++)
        {
            Publish(bus, i);
            if (i % 10 == 5)
            {
                await set.ApplyAsync(One("prices", new InboundOptions { Subject = "prices.*", MaxBodyBytes = 1000 + i }), TestContext.Current.CancellationToken);
            }
        }

        Assert.True(server.RunUntil(() => client.Events.Count == 50));
        server.RunUntilIdle();
        Assert.Equal(Enumerable.Range(0, 50), client.Events.Select(e => e.Get<int>()));
    }

    [Fact]
    public async Task A_way_in_that_is_gone_takes_nothing_any_more()
    {
        await using var bus = new InProcessBus();
        await using var server = new SockeyeTestServer(_ => { });
        await using var set = Set(server, bus);
        await set.ApplyAsync(One("prices", new InboundOptions { Subject = "prices.*" }), TestContext.Current.CancellationToken);
        var client = server.Connect();
        Publish(bus, 1);
        Assert.True(server.RunUntil(() => client.Events.Count == 1));
        var nobody = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        bus.NoResponders += nobody.SetResult;

        await set.ApplyAsync(new Dictionary<string, InboundOptions>(), TestContext.Current.CancellationToken);
        bus.Publish("prices.eur", "x"u8, default, replyTo: "asked");

        Assert.Equal("asked", await nobody.Task.WaitAsync(RealClient.Patience));
        Assert.Empty(set.Current);
    }

    [Fact]
    public async Task A_request_has_a_path_of_its_name_that_is_mapped_once()
    {
        await using var bus = new InProcessBus();
        await using var server = new SockeyeTestServer(_ => { });
        await using var set = Set(server, bus);
        var options = new InboundOptions { Secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], MaxBodyBytes = 1000 };

        await set.ApplyAsync(One("alerts", options), TestContext.Current.CancellationToken);
        await set.ApplyAsync(One("alerts", options with { Room = "r" }), TestContext.Current.CancellationToken);

        Assert.Equal(["POST /in/alerts 1000"], _mapped);
        Assert.Equal("r", set.Current["alerts"].Options.Room);
    }

    [Fact]
    public async Task A_bus_that_is_closed_changes_nothing_of_what_was_there()
    {
        var bus = new InProcessBus();
        await using var server = new SockeyeTestServer(_ => { });
        await using var set = Set(server, bus);
        await set.ApplyAsync(One("a", new InboundOptions { Subject = "a" }), TestContext.Current.CancellationToken);
        await bus.DisposeAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => set.ApplyAsync(One("b", new InboundOptions { Subject = "b" }), TestContext.Current.CancellationToken).AsTask());

        Assert.Equal(["a"], set.Current.Keys);
    }
}
