namespace Sockeye.Cluster;

/// <summary>Short forms of what a bus does.</summary>
public static class ClusterBusExtensions
{
    /// <summary>Publishes a message of one part.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="payload">The bytes, copied during the call.</param>
    /// <param name="replyTo">Where answers are expected; null: nowhere.</param>
    /// <returns>As <see cref="IClusterBus.Publish"/>.</returns>
    /// <exception cref="ArgumentException">A subject is none.</exception>
    public static EmitResult Publish(this IClusterBus bus, string subject, ReadOnlySpan<byte> payload, string? replyTo = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return bus.Publish(subject, payload, [], replyTo);
    }

    /// <summary>Answers a message. One who answers later keeps <see cref="BusMessage.ReplyTo"/> and publishes to it.</summary>
    /// <param name="bus">The bus that it came from.</param>
    /// <param name="message">The message.</param>
    /// <param name="payload">The answer, copied during the call.</param>
    /// <returns>As <see cref="IClusterBus.Publish"/>; <see cref="EmitResult.Dropped"/> as well if no answer is expected.</returns>
    public static EmitResult Reply(this IClusterBus bus, in BusMessage message, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return message.ReplyTo is { } replyTo ? bus.Publish(replyTo, payload, []) : EmitResult.Dropped;
    }
}
