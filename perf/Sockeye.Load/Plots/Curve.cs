namespace Sockeye.Load;

/// <summary>One line of a plot.</summary>
/// <param name="Name">Stands at its end.</param>
/// <param name="Points">From left to right.</param>
internal sealed record Curve(string Name, IReadOnlyList<CurvePoint> Points)
{
    /// <summary>Position among all servers, which gives the colour.</summary>
    public required int Colour { get; init; }
}

/// <summary>A median and the runs around it.</summary>
internal readonly record struct CurvePoint(double X, double Median, double Least, double Most);
