using System.Buffers;
using Sockeye.Cluster;
using Sockeye.Server.Cluster;

namespace Sockeye.Server.Tests.Cluster;

/// <summary>The bus of a server that speaks another version of the wire: on its way out every subject, and the head of every message of a cluster, gets that version, and on its way in the present one.</summary>
/// <remarks>It owns nothing: closing it closes the bus below. Any thread. What plugins say gets the version in its subject too, as it does over NATS.</remarks>
internal sealed class OtherVersionBus : IClusterBus
{
    private readonly IClusterBus _bus;
    private readonly byte _version;
    private readonly (string Present, string Other)[] _begins;

    /// <param name="bus">The bus below, which servers of the present version are on as well.</param>
    /// <param name="version">The other version.</param>
    public OtherVersionBus(IClusterBus bus, byte version)
    {
        (_bus, _version) = (bus, version);
        _begins =
        [
            ($"{BusSubject.Control}{BusSubject.WireVersion}.", $"{BusSubject.Control}{version}."),
            ($"{BusSubject.Data}{BusSubject.WireVersion}.", $"{BusSubject.Data}{version}."),
            ("", $"sockeye.bus.{version}."),
        ];
        bus.NoResponders += replyTo => NoResponders?.Invoke(In(replyTo));
    }

    public event Action<BusState>? StateChanged
    {
        add => _bus.StateChanged += value;
        remove => _bus.StateChanged -= value;
    }

    public event Action<string>? NoResponders;

    public BusState State => _bus.State;

    public int MaxMessageBytes => _bus.MaxMessageBytes;

    public EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null)
    {
        List<byte> message = [.. head];
        foreach (var part in parts)
        {
            message.AddRange(part.Span);
        }

        return _bus.Publish(Out(subject), WithVersion([.. message], BusSubject.WireVersion, _version), [], replyTo is null ? null : Out(replyTo));
    }

    public ValueTask<IBusSubscription> SubscribeAsync(string subject, BusReceiver receiver, string? group = null, CancellationToken cancellationToken = default)
    {
        return _bus.SubscribeAsync(Out(subject), Receive, group, cancellationToken);

        void Receive(in BusMessage message)
        {
            var payload = WithVersion(message.Payload.ToArray(), _version, BusSubject.WireVersion);
            receiver(new BusMessage(In(message.Subject), new ReadOnlySequence<byte>(payload), message.ReplyTo is { } replyTo ? In(replyTo) : null));
        }
    }

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    private static byte[] WithVersion(byte[] message, byte from, byte to)
    {
        if (message.Length >= ClusterMessage.FixedBytes && message.AsSpan().StartsWith("SK"u8) && message[2] == from)
        {
            message[2] = to;
            ClusterMessage.Sum(message);
        }

        return message;
    }

    private string Out(string subject)
    {
        var (present, other) = _begins.First(begin => subject.StartsWith(begin.Present, StringComparison.Ordinal));
        return string.Concat(other, subject.AsSpan(present.Length));
    }

    private string In(string subject)
    {
        var (present, other) = _begins.First(begin => subject.StartsWith(begin.Other, StringComparison.Ordinal));
        return string.Concat(present, subject.AsSpan(other.Length));
    }
}
