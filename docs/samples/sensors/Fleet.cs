using System.Collections.Concurrent;

namespace Sensors;

/// <summary>The last value of a device.</summary>
internal sealed record Reading(string Device, double Value, bool IsHigh, DateTimeOffset At);

/// <summary>The current values of all devices, and who wants to hear of them. Devices report from any event loop.</summary>
internal sealed class Fleet
{
    private const double Threshold = 30;

    private readonly ConcurrentDictionary<string, Reading> _readings = new();

    /// <summary>A device has reported.</summary>
    public event Action<Reading>? Changed;

    /// <summary>A device has gone over the threshold, or come back.</summary>
    public event Action<Reading>? Crossed;

    public IEnumerable<Reading> Readings => _readings.Values.OrderBy(reading => reading.Device, StringComparer.Ordinal);

    public Reading? Find(string device) => _readings.GetValueOrDefault(device);

    /// <returns>Whether the value is over the threshold.</returns>
    public bool Report(string device, double value)
    {
        var reading = new Reading(device, value, value > Threshold, DateTimeOffset.UtcNow);
        var wasHigh = Find(device)?.IsHigh ?? false;
        _readings[device] = reading;
        Changed?.Invoke(reading);
        if (reading.IsHigh != wasHigh)
        {
            Crossed?.Invoke(reading);
        }

        return reading.IsHigh;
    }
}
