using System.Buffers;
using NATS.Client.Core;

namespace Sockeye.Cluster.Nats;

/// <summary>What one connection hears of itself, raw: on its read loop, without a queue.</summary>
/// <remarks>It owns nothing but its subscription. The read loop calls it; lives as long as the connection, or as the test that it is for.</remarks>
/// <param name="link">The connection.</param>
/// <param name="subject">The subject or pattern, as NATS knows it.</param>
/// <param name="receive">Called for each message; it must neither block nor throw.</param>
internal sealed class NatsInbox(NatsLink link, string subject, NatsInbox.Receiver receive) : NatsSubBase(link.Connection, link.Connection.SubscriptionManager, subject, queueGroup: null, opts: null)
{
    public delegate void Receiver(string subject, in ReadOnlySequence<byte>? headers, in ReadOnlySequence<byte> payload);

    protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        receive(subject, headersBuffer, payloadBuffer);
        return ValueTask.CompletedTask;
    }

    protected override void TryComplete()
    {
    }
}
