using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Costs;

/// <summary>Calls to the kernel for each operation, held against <see cref="ExpectedCosts"/>.</summary>
public sealed class SystemCallTests : CostTest
{
    private const int Members = 50;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(100)]
    public async Task Echoes_of_one_read_leave_with_one_send(int messages)
    {
        await StartAsync(server => server.On("echo", (SockeyeSocket socket, string text) => socket.Emit("echo", text)));
        var client = Connect();
        var frames = WireClient.Frames(Enumerable.Repeat("42[\"echo\",\"0123456789\"]", messages));
        ExpectedCosts.EchoesOfOneRead.Check(Spend(() =>
        {
            client.Send(frames);
            client.Skip(messages);
        }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Acknowledgements_of_one_read_leave_with_one_send(int messages)
    {
        await StartAsync(server => server.OnWithAck("add", (int a, int b) => a + b));
        var client = Connect();
        var frames = WireClient.Frames(Enumerable.Range(0, messages).Select(id => $"42{id}[\"add\",1,2]"));
        ExpectedCosts.EchoesOfOneRead.Check(Spend(() =>
        {
            client.Send(frames);
            client.Skip(messages);
        }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Broadcasts_of_one_turn_are_one_send_for_each_member(int broadcasts)
    {
        await StartAsync(server =>
        {
            server.OnConnection(socket => socket.Join("r"));
            server.On("say", (SockeyeSocket socket, int n) => socket.To("r").Emit("said", n));
        });
        var publisher = Connect();
        var members = Connect(Members);
        var frames = WireClient.Frames(Enumerable.Repeat("42[\"say\",7]", broadcasts));
        ExpectedCosts.Broadcast(Members).Check(Spend(() =>
        {
            publisher.Send(frames);
            foreach (var member in members)
            {
                member.Skip(broadcasts);
            }
        }));
    }

    [Fact]
    public async Task A_connection_costs_a_fixed_number_of_calls()
    {
        await StartAsync(server => { });
        Connect();
        ExpectedCosts.Connect.Check(Spend(() => Connect()));
        (5 * ExpectedCosts.Connect).Check(Spend(() => Connect(5)));
    }

    [Fact]
    public async Task A_client_that_leaves_costs_the_read_that_finds_it_gone()
    {
        using var gone = new SemaphoreSlim(0);
        await StartAsync(server => server.OnDisconnect((socket, why) => gone.Release()));
        var client = Connect();
        ExpectedCosts.Disconnect.Check(Spend(() =>
        {
            client.Dispose();
            Assert.True(gone.Wait(TimeSpan.FromSeconds(60)));
        }));
    }

    [Fact]
    public async Task A_heartbeat_is_one_send_and_one_read()
    {
        const int beats = 4;
        await StartAsync(server => { }, options => options.Engine.PingInterval = TimeSpan.FromMilliseconds(100));
        var client = Connect();
        var pong = WireClient.Frames("3");
        var spent = Spend(() =>
        {
            for (var i = 0; i < beats; i++)
            {
                Assert.Equal("2", client.Read());
                client.Send(pong);
            }
        });

        // On a slow machine the next ping may have left before the sample was taken, and so may the one before the first sample.
        var extra = spent.Sends - beats;
        Assert.InRange(extra, -1, 1);
        (beats * ExpectedCosts.Heartbeat).Check(spent with { Sends = spent.Sends - extra, Waits = spent.Waits - Math.Max(0, extra) });
    }

    [Fact]
    public async Task While_nobody_speaks_the_loop_sleeps_until_its_timer()
    {
        await StartAsync(server => { });
        Connect(Members);
        using var timer = new Timer();
        ExpectedCosts.Timer.Check(Spend(() =>
        {
            Loop.Post(_ => Loop.DueList(TimeSpan.FromMilliseconds(250)).Add(timer), null);
            Assert.True(timer.Passed.Wait(TimeSpan.FromSeconds(60)));
        }));
    }

    [Fact]
    public async Task An_event_that_nobody_answers_is_one_read()
    {
        using var heard = new SemaphoreSlim(0);
        await StartAsync(server => server.On("note", (int n) => { heard.Release(); }));
        var client = Connect();
        var frames = WireClient.Frames(Enumerable.Repeat("42[\"note\",7]", 20));
        ExpectedCosts.EventWithoutAnswer.Check(Spend(() =>
        {
            client.Send(frames);
            for (var i = 0; i < 20; i++)
            {
                Assert.True(heard.Wait(TimeSpan.FromSeconds(60)));
            }
        }));
    }

    private sealed class Timer : DueEntry, IDisposable
    {
        public SemaphoreSlim Passed { get; } = new(0);

        public void Dispose() => Passed.Dispose();

        protected override void OnDue(TimeSpan due) => Passed.Release();
    }
}
