using System.Diagnostics.Metrics;
using System.Text;
using Sockeye.Cluster;
using Sockeye.Plugins;
using Sockeye.Shared;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>What the bus within a process has beside what every bus has: its bounds, its counts, and who closes it.</summary>
public sealed class InProcessBusTests : ServerTest
{
    [Fact]
    public async Task As_many_messages_as_the_limit_says_wait_for_a_receiver_and_a_further_one_is_dropped_and_counted()
    {
        using var log = new AwaitedLog();
        await using var bus = new InProcessBus(new InProcessBusOptions { PendingMessages = 3, LoggerFactory = log });
        await using var held = await HeldReceiver.OpenAsync(bus, "a");
        Assert.Equal(EmitResult.Accepted, bus.Publish("a", "1"u8));
        Assert.Equal(EmitResult.Accepted, bus.Publish("a", "2"u8));
        Assert.Equal(EmitResult.Accepted, bus.Publish("a", "3"u8));
        Assert.Equal(0, bus.Dropped);
        Assert.Equal(EmitResult.Dropped, bus.Publish("a", "4"u8));
        Assert.Equal(1, bus.Dropped);
        Assert.Contains("\"a\"", await log.Line("was dropped"), StringComparison.Ordinal);
        Assert.Equal(["0", "1", "2", "3"], await held.ReleaseAsync(4));
        Assert.Equal(EmitResult.Accepted, bus.Publish("a", "5"u8));
    }

    [Fact]
    public async Task What_is_dropped_for_a_receiver_that_is_behind_is_one_line_and_after_ten_seconds_another_that_says_how_many_were_left_out()
    {
        var time = new StillTime();
        using var log = new AwaitedLog();
        await using var bus = new InProcessBus(new InProcessBusOptions { PendingMessages = 1, LoggerFactory = log, Time = time });
        await using var held = await HeldReceiver.OpenAsync(bus, "a");
        bus.Publish("a", "1"u8);
        Drop(50);
        time.Seconds = 9;
        Drop(50);
        Assert.EndsWith("whose receiver is behind", Assert.Single(Lines("was dropped")), StringComparison.Ordinal);
        time.Seconds = 10;
        Drop(50);
        Assert.EndsWith("(lines before that were left out: 99)", Lines("was dropped")[^1], StringComparison.Ordinal);
        Assert.Equal(2, Lines("was dropped").Length);
        Assert.Equal(150, bus.Dropped);

        // What is too long is another reason, and as many lines.
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(EmitResult.Dropped, bus.Publish("a", new byte[bus.MaxMessageBytes + 1]));
        }

        Assert.Single(Lines("the longest may have"));

        void Drop(int count) => Assert.All(Enumerable.Range(0, count), _ => Assert.Equal(EmitResult.Dropped, bus.Publish("a", "x"u8)));

        string[] Lines(string part) => [.. log.Lines.Where(line => line.Contains(part, StringComparison.Ordinal))];
    }

    [Fact]
    public async Task As_many_bytes_as_the_limit_says_wait_for_a_receiver_and_a_longer_message_alone()
    {
        await using var bus = new InProcessBus(new InProcessBusOptions { PendingBytes = 1024 });
        await using var held = await HeldReceiver.OpenAsync(bus, "a");
        var open = BufferCounters.HeldBytes;
        Assert.Equal(EmitResult.Accepted, bus.Publish("a", new byte[1000]));
        Assert.Equal(EmitResult.Dropped, bus.Publish("a", new byte[25]));
        Assert.Equal(EmitResult.Accepted, bus.Publish("a", new byte[24]));
        Assert.Equal(EmitResult.Dropped, bus.Publish("a", new byte[1]));
        Assert.Equal(1024, BufferCounters.HeldBytes - open);
        Assert.Equal(3, (await held.ReleaseAsync(3)).Length);
        Assert.Equal(open, BufferCounters.HeldBytes);

        await using var again = await HeldReceiver.OpenAsync(bus, "b");
        Assert.Equal(EmitResult.Accepted, bus.Publish("b", new byte[bus.MaxMessageBytes]));
        Assert.Equal(EmitResult.Dropped, bus.Publish("b", new byte[1]));
        await again.ReleaseAsync(2);
    }

    [Fact]
    public async Task What_one_receiver_has_no_room_for_reaches_the_others_and_the_next_of_its_group()
    {
        await using var bus = new InProcessBus(new InProcessBusOptions { PendingMessages = 1 });
        await using var member = await HeldReceiver.OpenAsync(bus, "a.*", "a.first", "g");
        var got = System.Threading.Channels.Channel.CreateUnbounded<string>();
        void Receive(in BusMessage message) => got.Writer.TryWrite(Encoding.UTF8.GetString(message.Payload));
        await using var other = await bus.SubscribeAsync("a.x", Receive);
        Assert.Equal(EmitResult.Accepted, bus.Publish("a.x", "1"u8));
        Assert.Equal("1", await got.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience));
        Assert.Equal(EmitResult.Dropped, bus.Publish("a.x", "2"u8));
        Assert.Equal("2", await got.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience));
        Assert.Equal(1, bus.Dropped);

        // The held member is full: the free one gets all, whichever comes first.
        await using var free = await bus.SubscribeAsync("a.y", Receive, "g");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(EmitResult.Accepted, bus.Publish("a.y", "3"u8));
            Assert.Equal("3", await got.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience));
        }

        Assert.Equal(1, bus.Dropped);
    }

    [Fact]
    public async Task What_waits_for_a_subscription_that_ends_is_held_no_longer()
    {
        await using var bus = new InProcessBus();
        var open = BufferCounters.HeldBytes;
        var held = await HeldReceiver.OpenAsync(bus, "a");
        bus.Publish("a", new byte[100_000]);
        Assert.True(BufferCounters.HeldBytes - open >= 100_000);
        var end = held.Subscription.DisposeAsync();
        Assert.Equal(open, BufferCounters.HeldBytes);
        Assert.Equal(["0"], await held.ReleaseAsync(1));
        await end.AsTask().WaitAsync(RealClient.Patience);
    }

    [Fact]
    public async Task An_async_void_that_a_receiver_begins_is_told_and_does_not_end_the_process()
    {
        using var log = new AwaitedLog();
        await using var bus = new InProcessBus(new InProcessBusOptions { LoggerFactory = log });
        await using var subscription = await bus.SubscribeAsync("a", static (in BusMessage _) => FailLater());
        bus.Publish("a", "x"u8);
        await log.Line("What a receiver or listener had begun of the bus failed");
        Assert.Equal(1, bus.ReceiverFaults);

        static async void FailLater()
        {
            await Task.Yield();
            throw new InvalidOperationException("An async void of a test fails.");
        }
    }

    [Fact]
    public async Task A_receiver_that_throws_is_logged_with_its_subject_and_counted()
    {
        using var log = new AwaitedLog();
        await using var bus = new InProcessBus(new InProcessBusOptions { LoggerFactory = log });
        await using var subscription = await bus.SubscribeAsync("a.>", static (in BusMessage _) => throw new InvalidOperationException("A receiver of a test fails."));
        bus.Publish("a.b", "x"u8);
        await log.Line("A receiver of \"a.b\" of the bus failed");
        Assert.Equal(1, bus.ReceiverFaults);
    }

    [Theory]
    [InlineData(1023, 1, 1024)]
    [InlineData((64 * 1024 * 1024) + 1, 1, 1024)]
    [InlineData(1024, 0, 1024)]
    [InlineData(1024, 1_000_001, 1024)]
    [InlineData(1024, 1, 1023)]
    [InlineData(1024, 1, (1 << 30) + 1)]
    public void A_bound_out_of_its_range_is_refused(int messageBytes, int messages, int bytes) => Assert.Throws<ArgumentOutOfRangeException>(() =>
        new InProcessBus(new InProcessBusOptions { MaxMessageBytes = messageBytes, PendingMessages = messages, PendingBytes = bytes }));

    [Fact]
    public void A_server_has_a_bus_of_its_own_which_is_there_before_its_plugins_and_goes_after_them()
    {
        List<string> seen = [];
        SockeyeServer server = null!;
        var app = Start(made => server = made, builder => builder.AddPlugin(new Watcher(say => seen.Add(say))));
        var bus = Assert.IsType<InProcessBus>(app.Context.Bus);
        Assert.Equal(BusState.Open, bus.State);
        bus.StateChanged += state => seen.Add($"bus {state}");
        var stop = server.StopAsync();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
        Assert.Equal(["plugin starts", "plugin stops", "bus Closed"], seen);
    }

    [Fact]
    public void A_bus_that_the_server_makes_is_connected_before_its_plugins_and_closed_after_them()
    {
        List<string> seen = [];
        SockeyeServer server = null!;
        var app = Start(made => server = made, builder => builder.UseBus(_ => new ToldBus(seen.Add)).AddPlugin(new Watcher(say => seen.Add(say))));
        var stop = server.StopAsync();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
        Assert.Equal(["bus connects", "plugin starts", "plugin stops", "bus closes"], seen);
    }

    [Fact]
    public void A_bus_that_the_server_is_given_is_connected_and_left_open()
    {
        List<string> seen = [];
        SockeyeServer server = null!;
        var app = Start(made => server = made, builder => builder.Bus = new ToldBus(seen.Add));
        var stop = server.StopAsync();
        Assert.True(app.RunUntil(() => stop.IsCompleted));
        Assert.Equal(["bus connects"], seen);
    }

    [Fact]
    public async Task Servers_that_share_a_bus_hear_each_other_and_leave_it_open()
    {
        await using var bus = new InProcessBus();
        var one = Start(static _ => { }, builder => builder.Bus = bus);
        var two = Start(static _ => { }, builder => builder.Bus = bus);
        Assert.Same(one.Context.Bus, two.Context.Bus);
        var stop = one.Server.StopAsync();
        Assert.True(one.RunUntil(() => stop.IsCompleted));
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var subscription = await two.Context.Bus.SubscribeAsync("a", (in BusMessage message) => heard.TrySetResult(Encoding.UTF8.GetString(message.Payload)));
        Assert.Equal(EmitResult.Accepted, bus.Publish("a", "still here"u8));
        Assert.Equal("still here", await heard.Task.WaitAsync(RealClient.Patience));
    }

    [Fact]
    public async Task What_a_bus_has_dropped_and_what_its_receivers_have_thrown_is_measured()
    {
        var app = Start(static _ => { });
        var bus = app.Context.Bus;
        var thrown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var subscription = await bus.SubscribeAsync("a", (in BusMessage message) =>
        {
            if (message.Payload.Length == 2)
            {
                thrown.SetResult();
                return;
            }

            throw new InvalidOperationException("A receiver of a test fails.");
        });
        bus.Publish("a", "1"u8);
        bus.Publish("a", "22"u8);
        await thrown.Task.WaitAsync(RealClient.Patience);
        await subscription.DisposeAsync();
        Assert.Equal(EmitResult.Dropped, bus.Publish("a", new byte[bus.MaxMessageBytes + 1]));
        var found = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name.StartsWith("sockeye.bus.", StringComparison.Ordinal) && app.Context.Metrics.Owns(instrument))
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => found[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(new Dictionary<string, long> { ["sockeye.bus.dropped"] = 1, ["sockeye.bus.errors"] = 1 }, found);
    }

    /// <summary>Tells what the server does with it.</summary>
    private sealed class ToldBus(Action<string> tell) : IClusterBus
    {
        private readonly InProcessBus _bus = new();

        public event Action<BusState>? StateChanged
        {
            add => _bus.StateChanged += value;
            remove => _bus.StateChanged -= value;
        }

        public event Action<string>? NoResponders
        {
            add => _bus.NoResponders += value;
            remove => _bus.NoResponders -= value;
        }

        public BusState State => _bus.State;

        public int MaxMessageBytes => _bus.MaxMessageBytes;

        public ValueTask ConnectAsync(CancellationToken cancellationToken = default)
        {
            tell("bus connects");
            return ValueTask.CompletedTask;
        }

        public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null) => _bus.Publish(subject, head, parts, replyTo);

        public ValueTask<IBusSubscription> SubscribeAsync(string subject, BusReceiver receiver, string? group = null, CancellationToken cancellationToken = default) =>
            _bus.SubscribeAsync(subject, receiver, group, cancellationToken);

        public ValueTask DisposeAsync()
        {
            tell("bus closes");
            return _bus.DisposeAsync();
        }
    }

    /// <summary>A receiver that stands in its first message, "0", until it is let go.</summary>
    private sealed class HeldReceiver : IAsyncDisposable
    {
        private readonly SemaphoreSlim _hold = new(0);
        private readonly System.Threading.Channels.Channel<string> _got = System.Threading.Channels.Channel.CreateUnbounded<string>();
        private readonly TaskCompletionSource _isInside = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isReleased;

        public IBusSubscription Subscription { get; private set; } = null!;

        public static Task<HeldReceiver> OpenAsync(IClusterBus bus, string subject) => OpenAsync(bus, subject, subject, null);

        public static async Task<HeldReceiver> OpenAsync(IClusterBus bus, string pattern, string subject, string? group)
        {
            var held = new HeldReceiver();
            held.Subscription = await bus.SubscribeAsync(
                pattern,
                (in BusMessage message) =>
                {
                    if (held._isInside.TrySetResult())
                    {
                        held._hold.Wait();
                    }

                    held._got.Writer.TryWrite(Encoding.UTF8.GetString(message.Payload));
                },
                group);
            bus.Publish(subject, "0"u8);
            await held._isInside.Task.WaitAsync(RealClient.Patience);
            return held;
        }

        public async Task<string[]> ReleaseAsync(int count)
        {
            _isReleased = true;
            _hold.Release();
            var texts = new string[count];
            for (var i = 0; i < count; i++)
            {
                texts[i] = await _got.Reader.ReadAsync().AsTask().WaitAsync(RealClient.Patience);
            }

            return texts;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isReleased)
            {
                _hold.Release();
            }

            await Subscription.DisposeAsync();
            _hold.Dispose();
        }
    }

    private sealed class Watcher(Action<string> say) : ISockeyePlugin
    {
        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            say("plugin starts");
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            say("plugin stops");
            return ValueTask.CompletedTask;
        }
    }
}
