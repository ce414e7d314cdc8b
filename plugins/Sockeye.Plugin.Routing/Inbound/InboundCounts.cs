using System.Text.Json;

namespace Sockeye.Plugin.Routing.Inbound;

/// <summary>What became of what came by one way in: each is an event, or has one fault. Any thread.</summary>
/// <param name="values">Where they stand: an array, since generations of the plugin hand over types of .NET alone.</param>
internal sealed class InboundCounts(long[] values)
{
    /// <summary>Numbers that it needs; with room for faults of later versions.</summary>
    public const int Length = 32;

    /// <summary>Requests and messages that came.</summary>
    public long Received => Interlocked.Read(ref values[0]);

    /// <summary>Those that became an event.</summary>
    public long Delivered => Interlocked.Read(ref values[1]);

    /// <summary>Those with a fault.</summary>
    public long For(InboundFault fault) => Interlocked.Read(ref values[2 + (int)fault]);

    public void OnReceived() => Interlocked.Increment(ref values[0]);

    public void OnDelivered() => Interlocked.Increment(ref values[1]);

    public void OnFault(InboundFault fault) => Interlocked.Increment(ref values[2 + (int)fault]);

    /// <summary>Writes the counts into an object that is open.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("received"u8, Received);
        json.WriteNumber("delivered"u8, Delivered);
        json.WriteStartObject("rejected"u8);
        foreach (var fault in InboundFaults.All)
        {
            if (For(fault) is > 0 and var count)
            {
                json.WriteNumber(fault.Name(), count);
            }
        }

        json.WriteEndObject();
    }
}
