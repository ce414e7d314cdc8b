using System.Text;
using Sockeye.EngineIO;
using Sockeye.Server.Clients;
using Xunit;

namespace Sockeye.Server.Tests;

public class AllocationTests : ServerTest
{
    private const int Rounds = 200;
    private const int TurnsInARun = 50;

    [Fact]
    public void An_event_with_numbers_that_is_dispatched_to_a_typed_handler_allocates_nothing()
    {
        long sum = 0;
        var app = Start(server => server.On("move", (SockeyeSocket socket, int x, double y) => { sum += x; }));
        var client = app.Connect();
        var session = ((SocketIOClient)client.Socket!.Connection).Session;
        var connection = (SocketIOClient)client.Socket.Connection;
        var packet = Encoding.UTF8.GetBytes("2[\"move\",7,1.5]");
        Assert.Equal(0, Measure(app, () => connection.OnMessage(packet, isBinary: false)));
        Assert.True(sum > 0);
        Assert.Equal(EngineState.Open, session.State);
    }

    [Theory]
    [InlineData(HandlerScope.Socket)]
    [InlineData(HandlerScope.Singleton)]
    public void An_event_for_an_object_that_stays_allocates_nothing(HandlerScope scope)
    {
        var handlers = new Moves();
        var app = Start(server =>
        {
            if (scope == HandlerScope.Singleton)
            {
                server.AddHandlers(handlers);
            }
            else
            {
                server.AddHandlers(scope, _ => handlers);
            }
        });
        var connection = (SocketIOClient)app.Connect().Socket!.Connection;
        var packet = Encoding.UTF8.GetBytes("2[\"move\",7,1.5]");
        Assert.Equal(0, Measure(app, () => connection.OnMessage(packet, isBinary: false)));
        Assert.True(handlers.Sum > 0);
    }

    [Fact]
    public void An_event_that_nobody_handles_allocates_nothing()
    {
        var app = Start(server => server.On("other", () => { }));
        var client = app.Connect();
        var connection = (SocketIOClient)client.Socket!.Connection;
        var packet = Encoding.UTF8.GetBytes("2[\"move\",7,1.5]");
        Assert.Equal(0, Measure(app, () => connection.OnMessage(packet, isBinary: false)));
    }

    [Fact]
    public void An_event_that_nobody_handles_is_refused_without_an_allocation()
    {
        var app = Start(server => server.On("other", () => { }), builder => builder.Options.AckErrors = true);
        var client = app.Connect();
        client.Cut();
        var connection = (SocketIOClient)client.Socket!.Connection;
        var packet = Encoding.UTF8.GetBytes("21[\"move\",7,1.5]");
        Assert.Equal(0, MeasureTurns(app, [client], () => connection.OnMessage(packet, isBinary: false)));
    }

    [Fact]
    public void An_answer_that_awaits_costs_as_much_whether_failures_are_answered_or_not()
    {
        Assert.Equal(Cost(ackErrors: false), Cost(ackErrors: true));

        long Cost(bool ackErrors)
        {
            TaskCompletionSource? open = null;
            var app = Start(
                server => server.OnWithAck("x", async () =>
                {
                    await open!.Task;
                    return 1;
                }),
                builder => builder.Options.AckErrors = ackErrors);
            var client = app.Connect();
            client.Cut();
            var connection = (SocketIOClient)client.Socket!.Connection;
            var packet = Encoding.UTF8.GetBytes("21[\"x\"]");
            return MeasureTurns(app, [client], () =>
            {
                open = new TaskCompletionSource();
                connection.OnMessage(packet, isBinary: false);
                open.SetResult();
            });
        }
    }

    [Fact]
    public void An_emit_to_a_socket_allocates_nothing_from_the_call_to_the_wire()
    {
        var app = Start(server => { });
        var client = app.Connect();
        client.Cut();
        Assert.Equal(0, MeasureTurns(app, [client], () => client.Socket!.Emit("pos", 1, 2)));
    }

    [Fact]
    public void A_broadcast_to_a_room_allocates_nothing_for_the_broadcast_nor_for_its_deliveries()
    {
        var app = Start(server => server.OnConnection(socket => socket.Join("r")));
        var clients = Enumerable.Range(0, 20).Select(_ => app.Connect()).ToArray();
        Assert.Equal(0, MeasureTurns(app, clients, () => app.Server.To("r").Except(clients[1].Id!).Emit("pos", 1, 2)));
    }

    [Fact]
    public void A_broadcast_to_another_loop_allocates_nothing_on_either_side()
    {
        var app = Start(server => { }, loops: 2);
        var here = app.Connect();
        var there = app.Connect(loop: 1);
        Assert.Equal(0, MeasureTurns(app, [here, there], () => app.Server.Emit("pos", 1, 2)));
    }

    [Fact]
    public void A_volatile_event_that_is_dropped_allocates_nothing()
    {
        var app = Start(server => { }, builder => builder.Options.Outbox.HighWatermarkBytes = builder.Options.Outbox.LowWatermarkBytes = 1024);
        var client = app.Connect();
        client.PauseReading();
        client.Socket!.Emit("fill", new string('x', 5000));
        app.RunUntilIdle();
        Assert.Equal(0, Measure(app, () => client.Socket.Volatile.Emit("pos", 1, 2)));
    }

    /// <summary>Bytes allocated by an action that runs many times inside one turn.</summary>
    private static long Measure(Testing.SockeyeTestServer app, Action action)
    {
        long bytes = 0;
        OnLoop(app, () => bytes = Allocated.Least(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                action();
            }
        }));
        return bytes;
    }

    /// <summary>Bytes allocated by an action and the turn that sends what it queued, many times. What the peers in memory keep is taken away between
    /// the runs, so that their buffers do not grow.</summary>
    private static long MeasureTurns(Testing.SockeyeTestServer app, Testing.SockeyeTestClient[] peers, Action action)
    {
        var work = new Work(action);
        var least = long.MaxValue;
        for (var run = 0; run < 20 && least > 0; run++)
        {
            least = Math.Min(least, Allocated.Least(() =>
            {
                for (var i = 0; i < TurnsInARun; i++)
                {
                    app.Transport.Loops[0].Post(work);
                    app.Transport.RunUntilIdle();
                }
            }, runs: 1));
            foreach (var peer in peers)
            {
                peer.Peer.Receive();
            }

            app.RunUntilIdle();
        }

        return least;
    }

    private sealed class Moves : ISocketHandlers<Moves>
    {
        public long Sum { get; private set; }

        public static void Map(HandlerMap<Moves> map) => map.On<SockeyeSocket, int, double>("move", h => h.Move);

        private void Move(SockeyeSocket socket, int x, double y) => Sum += x;
    }

    private sealed class Work(Action action) : Transport.ILoopWork
    {
        public void Run() => action();
    }
}
