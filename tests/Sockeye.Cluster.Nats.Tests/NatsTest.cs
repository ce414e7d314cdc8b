using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>What the tests of the bus over NATS share.</summary>
internal static class NatsTest
{
    /// <summary>What each bus has logged.</summary>
    public static readonly ConditionalWeakTable<NatsClusterBus, AwaitedLog> Logs = [];

    public static Task<T> Within<T>(Task<T> task) => task.WaitAsync(TimeSpan.FromMinutes(1));

    public static Task Within(Task task) => task.WaitAsync(TimeSpan.FromMinutes(1));

    /// <summary>Options with short times, so that a loss is seen and mended within a test.</summary>
    public static NatsBusOptions Options(string url, Action<NatsBusOptions>? configure = null)
    {
        var options = new NatsBusOptions { Servers = [url], ReconnectWait = TimeSpan.FromMilliseconds(50), OutageTime = TimeSpan.FromMinutes(10), OutageBytes = 1 << 20 };
        configure?.Invoke(options);
        return options;
    }

    public static async Task<NatsClusterBus> ConnectAsync(string url, Action<NatsBusOptions>? configure = null)
    {
        var log = new AwaitedLog();
        var bus = new NatsClusterBus(Options(url, options =>
        {
            options.LoggerFactory = log;
            options.StartTimeout = TimeSpan.FromMinutes(1);
            configure?.Invoke(options);
        }));
        Logs.Add(bus, log);
        await Within(bus.ConnectAsync().AsTask());
        return bus;
    }

    /// <summary>Tries to connect, and says why that is not possible.</summary>
    /// <param name="url">Where NATS is.</param>
    /// <param name="configure">Other options.</param>
    /// <param name="isFinal">Whether another try would end the same.</param>
    public static async Task<string> FailureAsync(string url, Action<NatsBusOptions>? configure = null, bool isFinal = true)
    {
        await using var bus = new NatsClusterBus(Options(url, configure));
        var failure = await Assert.ThrowsAsync<BusException>(() => Within(bus.ConnectAsync().AsTask()));
        Assert.Equal(isFinal, failure.IsFinal);
        return failure.Message;
    }

    public static EmitResult Say(this IClusterBus bus, string subject, string text, string? replyTo = null) => bus.Publish(subject, Encoding.UTF8.GetBytes(text), replyTo);
}

/// <summary>An address at which nobody listens, and nobody else can as long as it is held.</summary>
internal sealed class NobodyThere : IDisposable
{
    private readonly Socket _bound = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public NobodyThere() => _bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public string Url => $"nats://{_bound.LocalEndPoint}";

    public void Dispose() => _bound.Dispose();
}

/// <summary>A subscription that keeps what comes.</summary>
internal sealed class Heard
{
    private readonly Channel<(string Text, string? ReplyTo)> _messages = Channel.CreateUnbounded<(string, string?)>();

    public IBusSubscription Subscription { get; private set; } = null!;

    public static async Task<Heard> OpenAsync(IClusterBus bus, string subject)
    {
        var heard = new Heard();
        heard.Subscription = await NatsTest.Within(bus.SubscribeAsync(subject, (in BusMessage message) => heard._messages.Writer.TryWrite((Encoding.UTF8.GetString(message.Payload), message.ReplyTo))).AsTask());
        return heard;
    }

    public async Task<string> NextAsync() => (await WholeAsync()).Text;

    public Task<(string Text, string? ReplyTo)> WholeAsync() => NatsTest.Within(_messages.Reader.ReadAsync().AsTask());

    /// <summary>Has another bus say something until it comes: servers of NATS tell each other who listens later than they tell the node.</summary>
    public async Task SayUntilHeardAsync(IClusterBus from, string subject, string text)
    {
        var heard = NextAsync();
        while (await Task.WhenAny(heard, Task.Delay(10)) != heard)
        {
            from.Say(subject, text);
        }

        Assert.Equal(text, await heard);
    }

    public async Task<string[]> NextAsync(int count)
    {
        var texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            texts[i] = await NextAsync();
        }

        return texts;
    }
}

/// <summary>The states of a bus, one after the other.</summary>
internal sealed class States
{
    private readonly Channel<BusState> _states = Channel.CreateUnbounded<BusState>();

    private readonly NatsClusterBus _bus;

    public States(NatsClusterBus bus)
    {
        _bus = bus;
        bus.StateChanged += state => _states.Writer.TryWrite(state);
    }

    /// <summary>Both connections have seen, for the first time, that they are lost: what is published from now on waits.</summary>
    public async Task BothLostAsync()
    {
        await UntilAsync(BusState.Disconnected);
        Assert.True(NatsTest.Logs.TryGetValue(_bus, out var log));
        await NatsTest.Within(Task.WhenAll(log.Line("for messages: what is published waits"), log.Line("for control: what is published waits")));
    }

    public Task<BusState> NextAsync() => NatsTest.Within(_states.Reader.ReadAsync().AsTask());

    /// <summary>Reads until it is so, through whatever a connection that comes back in two parts says between.</summary>
    public async Task UntilAsync(BusState wanted)
    {
        while (await NextAsync() != wanted)
        {
        }
    }
}

/// <summary>A clock that a test puts forward; its timers are real.</summary>
internal sealed class SkewedTime : TimeProvider
{
    private long _skew;

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _skew);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _skew, (long)(time.TotalSeconds * TimestampFrequency));
}
