using System.Text.Json;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>What became of the events of one output: each that was offered is sent, dropped for one reason, or still waits. Any thread.</summary>
/// <param name="values">Where they stand: an array, since generations of the plugin hand over types of .NET alone.</param>
internal sealed class OutputCounts(long[] values)
{
    private const int Reasons = 4;

    /// <summary>Numbers that it needs; with room for reasons of later versions.</summary>
    public const int Length = Reasons + 28;

    /// <summary>Events that were handed to it.</summary>
    public long Offered => Interlocked.Read(ref values[0]);

    /// <summary>Events that the target has taken.</summary>
    public long Sent => Interlocked.Read(ref values[1]);

    /// <summary>Attempts after the first.</summary>
    public long Retries => Interlocked.Read(ref values[2]);

    /// <summary>Dropped events that went to the dead-letter subject.</summary>
    public long DeadLetters => Interlocked.Read(ref values[3]);

    /// <summary>Events that did not leave.</summary>
    public long Dropped => DropReasons.All.Sum(DroppedFor);

    /// <summary>Events that did not leave for a reason.</summary>
    public long DroppedFor(DropReason reason) => Interlocked.Read(ref values[Reasons + (int)reason]);

    public void OnOffered() => Interlocked.Increment(ref values[0]);

    public void OnSent() => Interlocked.Increment(ref values[1]);

    public void OnRetry() => Interlocked.Increment(ref values[2]);

    public void OnDeadLetter() => Interlocked.Increment(ref values[3]);

    public void OnDropped(DropReason reason) => Interlocked.Increment(ref values[Reasons + (int)reason]);

    /// <summary>Writes the counts into an object that is open.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("offered"u8, Offered);
        json.WriteNumber("sent"u8, Sent);
        json.WriteNumber("retries"u8, Retries);
        json.WriteNumber("deadLetters"u8, DeadLetters);
        json.WriteStartObject("dropped"u8);
        foreach (var reason in DropReasons.All)
        {
            if (DroppedFor(reason) is > 0 and var count)
            {
                json.WriteNumber(reason.Name(), count);
            }
        }

        json.WriteEndObject();
    }
}
