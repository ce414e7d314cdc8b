using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using Sockeye.Host.Administration;

namespace Sockeye.Host.Tests.Metrics;

public sealed class MetricCollectorTests : IDisposable
{
    private readonly Meter _meter = new("Sockeye.Plugin.test");
    private readonly MetricCollector _collector;

    public MetricCollectorTests() => _collector = new MetricCollector(instrument => instrument.Meter.Name == _meter.Name && (instrument.Meter == _meter || instrument.Meter.Version == "2"));

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_counter_is_zero_before_anything_happens_and_has_a_series_for_each_set_of_tags_whatever_their_order()
    {
        var counter = _meter.CreateCounter<long>("seen", "{event}", "What was seen\nby \"us\"");
        Assert.Equal("""
            # HELP seen_total What was seen\nby "us"
            # TYPE seen_total counter
            seen_total{otel_scope_name="Sockeye.Plugin.test"} 0

            """, Text());
        counter.Add(2, new("b", "x\"\\\n"), new("a.1", 7));
        counter.Add(1, new("a.1", 7), new("b", "x\"\\\n"));
        counter.Add(5, new KeyValuePair<string, object?>("b", null));
        Assert.Equal("""
            # HELP seen_total What was seen\nby "us"
            # TYPE seen_total counter
            seen_total{a_1="7",b="x\"\\\n",otel_scope_name="Sockeye.Plugin.test"} 3
            seen_total{b="",otel_scope_name="Sockeye.Plugin.test"} 5

            """, Text());
    }

    [Fact]
    public void OpenMetrics_names_the_family_of_a_counter_and_the_unit_and_ends()
    {
        _meter.CreateObservableCounter("read", () => 1.5, "By", "Bytes");
        Assert.Equal("""
            # HELP read_bytes Bytes
            # TYPE read_bytes counter
            # UNIT read_bytes bytes
            read_bytes_total{otel_scope_name="Sockeye.Plugin.test"} 1.5
            # EOF

            """, Text(isOpen: true));
    }

    [Fact]
    public void An_instrument_of_a_kind_of_its_authors_own_is_shown_as_what_goes_up_and_down()
    {
        new OwnInstrument(_meter).Say(3);
        Assert.Contains("own{otel_scope_name=\"Sockeye.Plugin.test\"} 3", Text(), StringComparison.Ordinal);
    }

    private sealed class OwnInstrument : Instrument<int>
    {
        public OwnInstrument(Meter meter)
            : base(meter, "own") => Publish();

        public void Say(int value) => RecordMeasurement(value);
    }

    [Fact]
    public void A_histogram_has_buckets_that_hold_the_smaller_ones_too()
    {
        var histogram = _meter.CreateHistogram("time", "s", "Times", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        histogram.Record(0.1);
        histogram.Record(0.5);
        histogram.Record(3);
        Assert.Equal("""
            # HELP time_seconds Times
            # TYPE time_seconds histogram
            time_seconds_bucket{otel_scope_name="Sockeye.Plugin.test",le="0.1"} 1
            time_seconds_bucket{otel_scope_name="Sockeye.Plugin.test",le="1"} 2
            time_seconds_bucket{otel_scope_name="Sockeye.Plugin.test",le="+Inf"} 3
            time_seconds_sum{otel_scope_name="Sockeye.Plugin.test"} 3.6
            time_seconds_count{otel_scope_name="Sockeye.Plugin.test"} 3

            """, Text());
    }

    [Fact]
    public void Tags_beyond_the_limit_are_counted_in_one_series_and_those_that_are_there_go_on()
    {
        var counter = _meter.CreateCounter<int>("many");
        for (var i = 0; i < InstrumentSeries.MaxSeries + 10; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", i));
        }

        counter.Add(1, new KeyValuePair<string, object?>("id", 0));
        var samples = Assert.Single(_collector.Collect(out _)).Samples;
        Assert.InRange(samples.Count, InstrumentSeries.MaxSeries - 1, InstrumentSeries.MaxSeries + 1);
        Assert.Equal(2, samples["id=\"0\",otel_scope_name=\"Sockeye.Plugin.test\""].Value);
        Assert.Equal(InstrumentSeries.MaxSeries + 11, samples.Values.Sum(static sample => sample.Value));
        Assert.InRange(samples[InstrumentSeries.OverflowLabel].Value, 10, 12);
    }

    [Fact]
    public void What_is_observed_no_more_is_shown_no_more_and_makes_room()
    {
        var first = 0;
        _meter.CreateObservableGauge("now", () => Enumerable.Range(first, InstrumentSeries.MaxSeries - 1).Select(static i => new Measurement<int>(i, new KeyValuePair<string, object?>("id", i))));
        for (var round = 0; round < 3; round++)
        {
            var samples = Assert.Single(_collector.Collect(out _)).Samples;
            Assert.DoesNotContain(InstrumentSeries.OverflowLabel, samples.Keys);
            Assert.Equal(InstrumentSeries.MaxSeries - 1, samples.Count);
            first += InstrumentSeries.MaxSeries;
        }
    }

    [Fact]
    public void Gauges_show_the_last_value_and_changes_are_added_up()
    {
        var gauge = _meter.CreateGauge<double>("level");
        gauge.Record(3);
        gauge.Record(2);
        var open = _meter.CreateUpDownCounter<short>("open");
        open.Add(3);
        open.Add(-1);
        Assert.Equal([2.0, 2.0], _collector.Collect(out _).Select(static family => Assert.Single(family.Samples).Value.Value));
    }

    [Fact]
    public void An_instrument_that_throws_leaves_the_others_to_be_shown()
    {
        _meter.CreateObservableGauge("bad", new Func<int>(static () => throw new InvalidOperationException("broken")));
        _meter.CreateObservableGauge("good", () => 1);
        var families = _collector.Collect(out var failure);
        Assert.Equal("good", Assert.Single(families).Name);
        Assert.Equal("broken", failure?.Message);
    }

    [Fact]
    public void The_series_of_a_meter_that_ends_go_with_it()
    {
        using (var second = new Meter(_meter.Name, "2"))
        {
            second.CreateCounter<int>("seen").Add(1);
            Assert.Single(_collector.Collect(out _));
        }

        Assert.Empty(_collector.Collect(out _));
    }

    [Fact]
    public void A_measurement_whose_tags_were_seen_allocates_nothing()
    {
        var counter = _meter.CreateCounter<long>("hot");
        for (var i = 0; i < 100; i++)
        {
            counter.Add(1, new("plugin", "chat"), new("hook", "gate"));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        counter.Add(1, new("plugin", "chat"), new("hook", "gate"));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private string Text(bool isOpen = false)
    {
        ArrayBufferWriter<byte> text = new();
        PrometheusText.Write(text, _collector.Collect(out _), isOpen);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
