using System.Diagnostics.Metrics;

namespace Sockeye.Server.Common;

/// <summary>A counter whose listeners are code of the application: what they throw goes no further, since whoever counts is in the middle of something. Any thread.</summary>
internal sealed class GuardedCounter(Counter<long> counter)
{
    private long _failures;

    /// <summary>Calls that a listener has failed.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public void Add(long count)
    {
        try
        {
            counter.Add(count);
        }
#pragma warning disable CA1031 // Whatever a listener throws is its own failure; a log line for each would be one for each message.
        catch (Exception)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _failures);
        }
    }

    public void Add(long count, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter.Add(count, tags);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _failures);
        }
    }
}

/// <summary>As <see cref="GuardedCounter"/>, for a histogram.</summary>
internal sealed class GuardedHistogram(Histogram<double> histogram)
{
    private long _failures;

    /// <summary>Calls that a listener has failed.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public void Record(double value)
    {
        try
        {
            histogram.Record(value);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _failures);
        }
    }
}
