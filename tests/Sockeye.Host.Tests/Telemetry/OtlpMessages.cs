namespace Sockeye.Host.Tests.Telemetry;

/// <summary>A metric of OTLP with its points.</summary>
internal sealed record OtlpMetric(string Scope, string Name, string Unit, string Description, string Kind, IReadOnlyList<OtlpPoint> Points)
{
    /// <summary>Those of a request for <c>/v1/metrics</c>.</summary>
    public static IReadOnlyList<OtlpMetric> Read(byte[] request) =>
    [
        .. from resource in new ProtoMessage(request).All(1)
           from scope in resource.All(2)
           from metric in scope.All(2)
           select new OtlpMetric(scope.One(1)!.Text(1), metric.Text(1), metric.Text(3), metric.Text(2), KindOf(metric), [.. Data(metric).All(1).Select(point => OtlpPoint.Read(point, metric.Has(9)))]),
    ];

    private static ProtoMessage Data(ProtoMessage metric) => (metric.One(5) ?? metric.One(7) ?? metric.One(9))!;

    // A sum that only grows is a counter; 2: each point is the sum since the start.
    private static string KindOf(ProtoMessage metric)
    {
        if (metric.Has(5))
        {
            return "gauge";
        }

        Assert.Equal(2, Data(metric).Integer(2));
        return metric.Has(9) ? "histogram" : Data(metric).Integer(3) == 1 ? "counter" : "updowncounter";
    }
}

/// <summary>A point: a value, or a histogram.</summary>
internal sealed record OtlpPoint(IReadOnlyDictionary<string, string> Attributes, double Value, long Count, IReadOnlyList<double> Bounds, IReadOnlyList<long> Buckets)
{
    public static OtlpPoint Read(ProtoMessage point, bool isHistogram) => isHistogram
        ? new(OtlpAttributes.Read(point, 9), point.Double(5), point.Integer(4), [.. point.Packed(7).Select(BitConverter.Int64BitsToDouble)], point.Packed(6))
        : new(OtlpAttributes.Read(point, 7), point.Has(6) ? point.Integer(6) : point.Double(4), 0, [], []);
}

/// <summary>A span of OTLP.</summary>
internal sealed record OtlpSpan(string Scope, string Name, string Kind, bool IsRoot, IReadOnlyDictionary<string, string> Attributes)
{
    private static readonly string[] s_kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];

    /// <summary>Those of a request for <c>/v1/traces</c>.</summary>
    public static IReadOnlyList<OtlpSpan> Read(byte[] request) =>
    [
        .. from resource in new ProtoMessage(request).All(1)
           from scope in resource.All(2)
           from span in scope.All(2)
           select new OtlpSpan(scope.One(1)!.Text(1), span.Text(5), s_kinds[span.Integer(6)], span.Bytes(4).Length == 0, OtlpAttributes.Read(span, 9)),
    ];
}

internal static class OtlpAttributes
{
    /// <summary>What a request says of who sends it.</summary>
    public static IReadOnlyDictionary<string, string> OfResource(byte[] request) => Read(new ProtoMessage(request).One(1)!.One(1)!, 1);

    public static IReadOnlyDictionary<string, string> Read(ProtoMessage of, int number) => of.All(number).ToDictionary(static pair => pair.Text(1), static pair => Value(pair.One(2)!));

    private static string Value(ProtoMessage value) => value.Has(1) ? value.Text(1) : value.Has(3) ? FormattableString.Invariant($"{value.Integer(3)}") : value.Has(4) ? FormattableString.Invariant($"{value.Double(4)}") : value.Has(2) ? $"{value.Integer(2) == 1}" : "";
}
