using Microsoft.Extensions.Logging;
using Sockeye.Server.Tests.Hostile;
using Sockeye.Testing;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>Whole connections under random input, in memory and on a clock moved by hand: several clients over HTTP, polling, upgrade and WebSocket, broken, cut and pipelined
/// at random, over the options that change the paths. Whatever comes, others are served, nothing stays behind and nothing was a fault of the server.</summary>
public sealed class MemoryFuzzTests : IDisposable
{
    /// <summary>Nothing that a peer has begun may outlive it for longer: the longest is a session whose client went away without a word, its ping and the close.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(3);

    private readonly RecordedMeters _meters = new();
    private long _received;
    private long _upgraded;

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Random_conversations_neither_harm_others_nor_leave_anything()
    {
        string[] rules = ["socketio_state", "socketio_json", "socketio_reserved_event", "engineio_packet_type", "http_request_line"];
        await FuzzRun.RunAsync(12, () => _received > 500 && _upgraded > 50 && Array.TrueForAll(rules, rule => _meters.Count("sockeye.protocol.errors", rule) > 0), ConverseAsync);
    }

    private async Task ConverseAsync(FuzzPlan plan, Random random)
    {
        var open = BufferCounters.Rented - BufferCounters.Returned;
        var held = BufferCounters.HeldBytes;
        var fuzz = new FuzzApp(plan, plan.IsPatient);
        var app = new SockeyeTestServer(
            fuzz.Configure,
            builder =>
            {
                fuzz.Build(builder);
                builder.MeterFactory = _meters;
            },
            plan.Loops);
        new Conversation(app, fuzz, plan, random).Hold(ref _upgraded);
        await app.DisposeAsync();
        _received += app.Context.Metrics.Total.Received;
        Assert.True(app.Context.Faults == 0, $"a fault of the engine");
        Assert.True(app.Namespaces.Main.Members.RoomCount == 0, $"rooms stay");
        Assert.True(open == BufferCounters.Rented - BufferCounters.Returned, $"{BufferCounters.Rented - BufferCounters.Returned - open} buffers stay");
        Assert.True(held == BufferCounters.HeldBytes, $"{BufferCounters.HeldBytes - held} bytes stay held");
        fuzz.AssertNothingWrong();
    }

    private sealed class Conversation(SockeyeTestServer app, FuzzApp fuzz, FuzzPlan plan, Random random)
    {
        private readonly List<FuzzClient> _clients = [];
        private readonly List<(string Root, string Sid)> _sessions = [];
        private readonly List<FuzzBystander> _bystanders = [];
        private int _ticks;

        public void Hold(ref long upgraded)
        {
            _bystanders.Add(new WebSocketBystander(app, random.Next(plan.Loops)));
            _bystanders.Add(new PollingBystander(app, random.Next(plan.Loops)));
            Settle();
            Assert.True(app.RunUntil(() => fuzz.Behaving == 2));
            Play();
            Leave();
            upgraded += _clients.Count(static client => client.IsWebSocket);

            // At once, without the clock: nothing holds reading back any more.
            Assert.True(app.RunUntil(() => _clients.TrueForAll(IsGone)), "A WebSocket stays open after its peer has gone");
            Assert.Equal(0, fuzz.OpenPlain);
            Settle();

            Advance(s_longest);
            CheckBystanders();
            Assert.Equal(_bystanders.Count(static one => !one.IsClosed), app.Context.Metrics.Total.Connections);
            foreach (var bystander in _bystanders)
            {
                bystander.Close();
            }

            Advance(s_longest);
            app.RunUntil(() => fuzz.Accounts.Open == 0);
            Assert.True(fuzz.Accounts.Open == 0, $"{fuzz.Accounts.Open} disconnections were not told, {fuzz.Accounts.Running} handlers run; {string.Join("; ", fuzz.Accounts.Wrong)}");
            Assert.Equal((0, 0), ((int)app.Context.Metrics.Total.Sockets, (int)app.Context.Metrics.Total.Connections));
            Assert.Equal(0, app.Transport.ConnectionCount);
            Assert.Equal(0, fuzz.OpenSessions);
        }

        private static bool IsGone(FuzzClient client) => !client.IsWebSocket || ((MemoryWire)client.Wire).IsClosedByServer;

        private void Play()
        {
            for (var steps = random.Next(30, 120); steps > 0; steps--)
            {
                if (_clients.Count == 0 || (_clients.Count < 12 && random.Next(5) == 0))
                {
                    _clients.Add(new FuzzClient(new MemoryWire(app.Transport.Connect(loop: random.Next(plan.Loops))), random, _sessions));
                }

                _clients[random.Next(_clients.Count)].Step();
                if (random.Next(3) != 0)
                {
                    Settle();
                }

                switch (random.Next(12))
                {
                    case 0:
                        Advance(TimeSpan.FromTicks(random.NextInt64(random.Next(2) == 0 ? TimeSpan.TicksPerSecond / 100 : TimeSpan.TicksPerSecond * 20)));
                        break;
                    case 1 or 2:
                        fuzz.Gates.OpenOne(random);
                        break;
                    case 3:
                        _bystanders[random.Next(2)].Ask();
                        Settle();
                        break;
                    case 4:
                        app.Server.To(FuzzBystander.Room).Emit("tick", ++_ticks);
                        Settle();
                        break;
                }
            }
        }

        private void Leave()
        {
            foreach (var client in _clients)
            {
                client.Wire.StopReading = false;
                client.Read();
            }

            Settle();
            foreach (var client in _clients)
            {
                client.Read();
                if (!client.Wire.HasEnded)
                {
                    client.Leave();
                }
            }

            fuzz.Gates.OpenAll();
            Settle();
        }

        private void CheckBystanders()
        {
            foreach (var bystander in _bystanders)
            {
                bystander.Ask();
            }

            AwaitBystanders();
            foreach (var bystander in _bystanders)
            {
                Assert.True(!bystander.IsClosed || plan.SmallBudget, $"{bystander.GetType().Name} was let go");
                if (!bystander.IsClosed)
                {
                    bystander.Check(_ticks, plan.Order == HandlerOrder.Serial);
                }
            }
        }

        // Their handlers may run on the thread pool, which the clock does not wait for.
        private void AwaitBystanders() => app.RunUntil(() =>
        {
            Settle();
            return _bystanders.TrueForAll(static one => one.IsServed);
        });

        private void Settle()
        {
            bool any;
            do
            {
                app.RunUntilIdle();
                any = false;
                foreach (var bystander in _bystanders)
                {
                    any |= bystander.Pump();
                }
            }
            while (any);
        }

        // In steps in which clients that behave answer pings in time.
        private void Advance(TimeSpan by)
        {
            AwaitBystanders();
            var step = TimeSpan.FromSeconds(5);
            for (; by > TimeSpan.Zero; by -= step)
            {
                app.Transport.Advance(by < step ? by : step);
                Settle();
            }
        }
    }
}
