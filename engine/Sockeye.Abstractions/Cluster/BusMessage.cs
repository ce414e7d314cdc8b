using System.Buffers;

namespace Sockeye.Cluster;

/// <summary>A message of the bus, valid during the call that it is handed to.</summary>
public readonly ref struct BusMessage
{
    /// <summary>A message.</summary>
    /// <param name="subject">Its subject.</param>
    /// <param name="payload">Its bytes.</param>
    /// <param name="replyTo">Where an answer is expected; null: nowhere.</param>
    public BusMessage(string subject, ReadOnlySequence<byte> payload, string? replyTo)
    {
        Subject = subject;
        Payload = payload;
        ReplyTo = replyTo;
    }

    /// <summary>The subject that it was published to.</summary>
    public string Subject { get; }

    /// <summary>Its bytes, in one or several segments.</summary>
    public ReadOnlySequence<byte> Payload { get; }

    /// <summary>Where an answer is expected; null: nowhere.</summary>
    public string? ReplyTo { get; }
}
