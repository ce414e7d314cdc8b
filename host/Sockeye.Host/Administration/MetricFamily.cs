namespace Sockeye.Host.Administration;

/// <summary>All series of one name, as they stood when they were collected.</summary>
/// <param name="Name">Without the end of a counter.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Unit">The unit in words; empty: none.</param>
/// <param name="Help">A sentence.</param>
internal sealed record MetricFamily(string Name, MetricKind Kind, string Unit, string Help)
{
    private readonly SortedDictionary<string, MetricSample> _samples = new(StringComparer.Ordinal);

    /// <summary>The series, by their labels as they are written.</summary>
    public IReadOnlyDictionary<string, MetricSample> Samples => _samples;

    /// <summary>Adds a series; one with the same labels, of another instrument of this name, is added up with it.</summary>
    public void Add(string labels, double value, long count, long[]? buckets, double[] bounds)
    {
        if (!_samples.TryGetValue(labels, out var sample))
        {
            _samples[labels] = new MetricSample(value, count, buckets is null ? [] : [.. buckets], bounds);
        }
        else if (sample.Bounds.AsSpan().SequenceEqual(bounds))
        {
            _samples[labels] = new MetricSample(sample.Value + value, sample.Count + count, [.. sample.Buckets.Select((number, bucket) => number + buckets![bucket])], bounds);
        }
    }
}

/// <summary>One series.</summary>
/// <param name="Value">The value; of a histogram the sum.</param>
/// <param name="Count">Of a histogram: how many values.</param>
/// <param name="Buckets">Of a histogram: the values of each bucket alone.</param>
/// <param name="Bounds">Of a histogram: the upper bound of each bucket but the last.</param>
internal readonly record struct MetricSample(double Value, long Count, long[] Buckets, double[] Bounds);
