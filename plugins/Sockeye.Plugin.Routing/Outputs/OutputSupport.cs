using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sockeye.Cluster;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>What outputs work with; of one generation of the plugin. Any thread.</summary>
/// <param name="Time">The server's clock.</param>
/// <param name="Logger">The plugin's logger.</param>
/// <param name="Bus">The plugin's bus.</param>
/// <param name="Keep">Numbers that outlive the generation, by a name.</param>
internal sealed record OutputSupport(TimeProvider Time, ILogger Logger, IClusterBus Bus, Func<string, int, long[]> Keep)
{
    /// <summary>The counts of an output, which go on over changes of its definition and over generations.</summary>
    public OutputCounts Counts(string output) => new(Keep("output:" + output, OutputCounts.Length));

    /// <summary>Publishes what was dropped: <c>{"output","reason","status","attempts","message":{…}}</c>.</summary>
    /// <returns>Whether the bus has taken it.</returns>
    public bool DeadLetter(string subject, string output, OutgoingMessage message, DropReason reason, int status, int attempts)
    {
        var head = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(head, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("output"u8, output);
            json.WriteString("reason"u8, reason.Name());
            json.WriteNumber("status"u8, status);
            json.WriteNumber("attempts"u8, attempts);
            json.WritePropertyName("message"u8);
            json.WriteRawValue(message.Body, skipInputValidation: true);
            json.WriteEndObject();
        }

        return TryPublish(subject, head.WrittenSpan) == EmitResult.Accepted;
    }

    /// <summary>Publishes bytes; what a bus throws is a bus that is closed.</summary>
    public EmitResult TryPublish(string subject, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Bus.Publish(subject, bytes, default);
        }
#pragma warning disable CA1031 // A bus is code of others, and an output throws nothing.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            OutputLog.Fault(Logger, failure, subject);
            return EmitResult.Closed;
        }
    }
}
