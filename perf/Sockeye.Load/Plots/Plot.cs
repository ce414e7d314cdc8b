using System.Text;
using static Sockeye.Load.Table;

namespace Sockeye.Load;

/// <summary>
/// Lines over a logarithmic x axis as SVG without scripts or fonts of its own, 840 units wide as GitHub shows a page. The y axis is
/// logarithmic too where the largest value is more than <see cref="LinearSpan"/> times the smallest.
/// </summary>
internal sealed class Plot(string title, string xLabel, string yLabel, IReadOnlyList<Curve> curves)
{
    private const int Width = 840, Height = 400, Left = 66, Right = 205, Top = 44, Bottom = 52;
    private const double LinearSpan = 12;
    private const double LabelDistance = 17;

    private static readonly double[] LogSteps = [1, 2, 5];

    private readonly double[] _xValues = [.. curves.SelectMany(curve => curve.Points).Select(point => point.X).Distinct().Order()];
    private readonly double _most = curves.SelectMany(curve => curve.Points).Max(point => point.Most);
    private readonly double _least = curves.SelectMany(curve => curve.Points).Min(point => point.Least);

    private bool IsLogarithmic => _least > 0 && _most / _least > LinearSpan;

    private double YMost => IsLogarithmic ? _most * 1.15 : NiceSteps(_most * 1.02)[^1];

    private double YLeast => IsLogarithmic ? _least / 1.15 : 0;

    public string Draw(PlotTheme theme)
    {
        var svg = new StringBuilder();
        svg.Append(Format($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif\" font-size=\"13\" fill=\"{theme.Text}\" role=\"img\">\n"));
        svg.Append($"<title>{Escape(title)}</title>\n");
        svg.Append(Format($"<text x=\"{Left}\" y=\"22\" font-size=\"16\" font-weight=\"600\">{Escape(title)}</text>\n"));
        DrawAxes(svg, theme);
        foreach (var curve in curves)
        {
            DrawCurve(svg, curve, theme.Curves[curve.Colour % theme.Curves.Length]);
        }

        DrawLegend(svg, theme);
        return svg.Append("</svg>\n").ToString();
    }

    private void DrawAxes(StringBuilder svg, PlotTheme theme)
    {
        foreach (var y in IsLogarithmic ? LogTicks() : NiceSteps(YMost))
        {
            svg.Append(Format($"<path d=\"M{Left} {Y(y):0.0}H{Width - Right}\" stroke=\"{theme.Grid}\"/>"));
            svg.Append(Format($"<text x=\"{Left - 8}\" y=\"{Y(y) + 4:0.0}\" text-anchor=\"end\">{y:#,0.##}</text>\n"));
        }

        foreach (var x in _xValues)
        {
            svg.Append(Format($"<path d=\"M{X(x):0.0} {Height - Bottom}v5\" stroke=\"{theme.Text}\"/>"));
            svg.Append(Format($"<text x=\"{X(x):0.0}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\">{x:#,0}</text>\n"));
        }

        svg.Append(Format($"<path d=\"M{Left} {Height - Bottom}H{Width - Right}\" stroke=\"{theme.Text}\"/>"));
        svg.Append(Format($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">{Escape(xLabel)}</text>"));
        svg.Append(Format($"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{Escape(yLabel)}{(IsLogarithmic ? " (logarithmic)" : "")}</text>\n"));
    }

    private void DrawCurve(StringBuilder svg, Curve curve, string colour)
    {
        var path = string.Join('L', curve.Points.Select(point => Format($"{X(point.X):0.0} {Y(point.Median):0.0}")));
        svg.Append($"<g stroke=\"{colour}\" fill=\"{colour}\"><path d=\"M{path}\" fill=\"none\" stroke-width=\"2\"/>");
        foreach (var point in curve.Points)
        {
            svg.Append(Format($"<path d=\"M{X(point.X):0.0} {Y(point.Least):0.0}V{Y(point.Most):0.0}\" stroke-opacity=\"0.6\"/>"));
            svg.Append(Format($"<circle cx=\"{X(point.X):0.0}\" cy=\"{Y(point.Median):0.0}\" r=\"3\"/>"));
        }

        svg.Append("</g>\n");
    }

    // Names stand at the ends of their lines, pushed apart where lines end close together.
    private void DrawLegend(StringBuilder svg, PlotTheme theme)
    {
        var free = double.NegativeInfinity;
        foreach (var curve in curves.OrderBy(curve => Y(curve.Points[^1].Median)))
        {
            var end = curve.Points[^1];
            free = Math.Max(Y(end.Median) + 4, free + LabelDistance);
            svg.Append(Format($"<text x=\"{X(end.X) + 10:0.0}\" y=\"{free:0.0}\" fill=\"{theme.Curves[curve.Colour % theme.Curves.Length]}\" font-weight=\"600\">{Escape(curve.Name)} {Value(end.Median)}</text>\n"));
        }
    }

    private double X(double value)
    {
        double least = Math.Log(_xValues[0]), most = Math.Log(_xValues[^1]);
        return Left + (most > least ? (Math.Log(value) - least) / (most - least) : 0.5) * (Width - Left - Right);
    }

    private double Y(double value)
    {
        var share = IsLogarithmic
            ? (Math.Log(value) - Math.Log(YLeast)) / (Math.Log(YMost) - Math.Log(YLeast))
            : value / YMost;
        return Height - Bottom - share * (Height - Top - Bottom);
    }

    private IEnumerable<double> LogTicks()
    {
        for (var decade = Math.Pow(10, Math.Floor(Math.Log10(YLeast))); decade <= YMost; decade *= 10)
        {
            foreach (var step in LogSteps)
            {
                if (step * decade >= YLeast && step * decade <= YMost)
                {
                    yield return step * decade;
                }
            }
        }
    }

    /// <summary>0 and about five round values above it, the last at or above <paramref name="most"/>.</summary>
    private static double[] NiceSteps(double most)
    {
        double rough = Math.Max(most, 1e-9) / 5, decade = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = decade * (rough / decade <= 1.001 ? 1 : rough / decade <= 2.001 ? 2 : rough / decade <= 5.001 ? 5 : 10);
        return [.. Enumerable.Range(0, (int)Math.Ceiling(most / step - 0.001) + 1).Select(i => i * step)];
    }

    private static string Value(double value) => value < 10 ? Format($"{value:0.00}") : Format($"{value:0.0}");

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
