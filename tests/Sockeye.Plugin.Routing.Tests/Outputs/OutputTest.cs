using System.Collections.Concurrent;
using System.Text;
using Sockeye.Cluster;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Tests.Outputs;

/// <summary>What tests of outputs share: a clock by hand, a log that can be awaited, a bus that keeps what it gets.</summary>
public abstract class OutputTest
{
    private protected ManualTime Time { get; } = new();

    private protected AwaitedLog Log { get; } = new();

    private protected KeepingBus Bus { get; } = new();

    private protected ConcurrentDictionary<string, long[]> Kept { get; } = new();

    private protected OutputSupport Support => new(Time, Log, Bus, (key, length) => Kept.GetOrAdd(key, _ => new long[length]));

    private protected static OutgoingMessage Message(string arguments = "1", string name = "news") => OutgoingMessage.Of(
        new RoutedEvent { Namespace = "/", Name = name, ArgumentsUtf8 = Encoding.UTF8.GetBytes(arguments) }, DateTimeOffset.UnixEpoch);

    private protected HttpOutput Output(LoopbackTarget target, Func<HttpOutputOptions, HttpOutputOptions>? change = null) => Output(target.Url, change);

    private protected HttpOutput Output(Uri url, Func<HttpOutputOptions, HttpOutputOptions>? change = null)
    {
        var options = new HttpOutputOptions { Url = url };
        options = change?.Invoke(options) ?? options;
        Assert.Empty(options.Check());
        return new HttpOutput("orders", options, Support);
    }

    /// <summary>Every event that was offered is sent, dropped or waiting.</summary>
    private protected static void AssertAllTold(HttpOutput output) => Assert.Equal(output.Counts.Offered, output.Counts.Sent + output.Counts.Dropped + output.Waiting);

    /// <summary>A bus that keeps what is published, or refuses it.</summary>
    internal sealed class KeepingBus : IClusterBus
    {
        public event Action<BusState>? StateChanged
        {
            add { }
            remove { }
        }

        public event Action<string>? NoResponders
        {
            add { }
            remove { }
        }

        public ConcurrentQueue<(string Subject, string Text)> Published { get; } = new();

        public Func<EmitResult> Answer { get; set; } = () => EmitResult.Accepted;

        public BusState State => BusState.Open;

        public int MaxMessageBytes { get; set; } = 1 << 20;

        public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null)
        {
            var answer = Answer();
            if (answer == EmitResult.Accepted)
            {
                Published.Enqueue((subject, Encoding.UTF8.GetString(head)));
            }

            return answer;
        }

        public ValueTask<IBusSubscription> SubscribeAsync(string subject, BusReceiver receiver, string? group = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
