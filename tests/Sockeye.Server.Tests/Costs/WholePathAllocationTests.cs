using Xunit;

namespace Sockeye.Server.Tests.Costs;

/// <summary>From the bytes that the kernel gives to the bytes that it takes, the loop allocates nothing.</summary>
public sealed class WholePathAllocationTests : CostTest
{
    private const int Messages = 100;
    private const int Members = 20;

    [Fact]
    public async Task An_event_for_a_typed_handler_of_primitives_allocates_nothing()
    {
        using var last = new SemaphoreSlim(0);
        long sum = 0;
        await StartAsync(server =>
        {
            server.On("move", (SockeyeSocket socket, int x, double y, bool z) => { sum += x; });
            server.On("end", () => { last.Release(); });
        });
        var client = Connect();
        var frames = WireClient.Frames(Enumerable.Repeat("42[\"move\",7,1.5,true]", Messages).Append("42[\"end\"]"));
        Assert.Equal(0, Allocated(() =>
        {
            client.Send(frames);
            Assert.True(last.Wait(TimeSpan.FromSeconds(60)));
        }));
        Assert.True(sum > 0);
    }

    [Fact]
    public async Task An_event_that_is_answered_by_an_event_allocates_nothing()
    {
        await StartAsync(server => server.On("move", (SockeyeSocket socket, int x, double y) => socket.Emit("moved", x, y)));
        var client = Connect();
        var frames = WireClient.Frames(Enumerable.Repeat("42[\"move\",7,1.5]", Messages));
        Assert.Equal(0, Allocated(() =>
        {
            client.Send(frames);
            client.Skip(Messages);
        }));
    }

    [Fact]
    public async Task An_event_of_32_KiB_that_is_sent_on_allocates_nothing_and_leaves_with_one_send()
    {
        await StartAsync(server => server.OnRaw("echo", e => e.Socket.EmitRaw(e)));
        var client = Connect();
        var frame = WireClient.Frames([$"42[\"echo\",\"{new string('x', 32 * 1024)}\"]"]);
        void Echo()
        {
            client.Send(frame);
            client.Skip(1);
        }

        Assert.Equal(1, Spend(Echo).Sends);
        Assert.Equal(0, Allocated(Echo));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_acknowledgement_with_a_primitive_allocates_nothing_whether_failures_are_answered_or_not(bool ackErrors)
    {
        await StartAsync(server => server.OnWithAck("add", (int a, int b) => a + b), options => options.AckErrors = ackErrors);
        var client = Connect();
        var frames = WireClient.Frames(Enumerable.Range(0, Messages).Select(id => $"42{id}[\"add\",1,2]"));
        Assert.Equal(0, Allocated(() =>
        {
            client.Send(frames);
            client.Skip(Messages);
        }));
    }

    [Fact]
    public async Task A_broadcast_and_its_deliveries_allocate_nothing()
    {
        await StartAsync(server =>
        {
            server.OnConnection(socket => socket.Join("r"));
            server.On("say", (SockeyeSocket socket, int n) => socket.To("r").Emit("said", n));
        });
        var publisher = Connect();
        var members = Connect(Members);
        var frames = WireClient.Frames(Enumerable.Repeat("42[\"say\",7]", Messages));
        Assert.Equal(0, Allocated(() =>
        {
            publisher.Send(frames);
            foreach (var member in members)
            {
                member.Skip(Messages);
            }
        }));
    }

    [Fact]
    public async Task A_heartbeat_allocates_nothing()
    {
        await StartAsync(server => { }, options => options.Engine.PingInterval = TimeSpan.FromMilliseconds(10));
        var client = Connect();
        var pong = WireClient.Frames("3");
        Assert.Equal(0, Allocated(() =>
        {
            for (var i = 0; i < 5; i++)
            {
                client.Skip(1);
                client.Send(pong);
            }
        }));
    }

    [Fact]
    public async Task A_volatile_event_that_is_dropped_allocates_nothing()
    {
        using var last = new SemaphoreSlim(0);
        SockeyeSocket? stalled = null;
        var results = new HashSet<EmitResult>();
        await StartAsync(
            server =>
            {
                server.OnConnection(socket => { stalled ??= socket; });
                server.On("fill", () => { stalled!.Emit("fill", new byte[7_000_000]); });
                server.On("pos", (int x) => { results.Add(stalled!.Volatile.Emit("pos", x)); });
                server.On("end", () => { last.Release(); });
            },
            options => options.Outbox.HighWatermarkBytes = options.Outbox.LowWatermarkBytes = 1024);
        Connect(receiveBuffer: 4096);
        var client = Connect();
        client.Send(WireClient.Frames("42[\"fill\"]"));
        var frames = WireClient.Frames(Enumerable.Repeat("42[\"pos\",7]", Messages).Append("42[\"end\"]"));
        Assert.Equal(0, Allocated(() =>
        {
            client.Send(frames);
            Assert.True(last.Wait(TimeSpan.FromSeconds(60)));
        }));
        Assert.Equal([EmitResult.Dropped], results);
    }
}
