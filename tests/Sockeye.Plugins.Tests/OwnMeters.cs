using System.Diagnostics.Metrics;

namespace Sockeye.Plugins.Tests;

/// <summary>Meters of one test, which listeners tell from those of others by their scope; they end with it.</summary>
internal sealed class OwnMeters : IMeterFactory
{
    private readonly List<Meter> _made = [];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        lock (_made)
        {
            _made.Add(meter);
        }

        return meter;
    }

    public void Dispose()
    {
        lock (_made)
        {
            _made.ForEach(static meter => meter.Dispose());
        }
    }
}
