using System.Diagnostics.Metrics;

namespace Sockeye.Hosting;

/// <summary>Meters of a further server, told from those of the first by a tag. The container's factory owns them.</summary>
internal sealed class KeyedMeters(IMeterFactory meters, string key) : IMeterFactory
{
    public Meter Create(MeterOptions options)
    {
        options.Tags = [.. options.Tags ?? [], new("sockeye.server", key)];
        options.Scope = null; // the container's factory puts itself there
        return meters.Create(options);
    }

    public void Dispose()
    {
    }
}
