using System.Text;
using static Sockeye.Load.Table;

namespace Sockeye.Load;

/// <summary>The plots of the page, each as a light and a dark file.</summary>
internal static class ReportPlots
{
    /// <summary>Writes the files and returns what shows them on the page.</summary>
    public static string Write(ScaleResults results, string folder)
    {
        var page = new StringBuilder(Format($"Measured {results.Time:yyyy-MM-dd HH:mm} UTC by `{results.Command}`. Points are medians, bars reach from the smallest to the largest run, the number at the end of a line is its last median.\n\n"));
        foreach (var curves in results.Curves.Where(curves => curves.Points.Count > 1))
        {
            var plot = new Plot(Title(curves), curves.XLabel, curves.YLabel, [.. CurvesOf(curves)]);
            foreach (var theme in (PlotTheme[])[PlotTheme.Light, PlotTheme.Dark])
            {
                File.WriteAllText(Path.Combine(folder, $"{curves.Name}-{theme.Name}.svg"), plot.Draw(theme));
            }

            page.Append($"<picture>\n  <source media=\"(prefers-color-scheme: dark)\" srcset=\"performance/{curves.Name}-dark.svg\">\n  <img alt=\"{Title(curves)}\" src=\"performance/{curves.Name}-light.svg\" width=\"840\">\n</picture>\n\n");
        }

        return page.ToString().TrimEnd('\n');
    }

    private static string Title(ScaleCurves curves) => Format($"Cost of one {curves.Points[0].Result.Unit} against {curves.XLabel}");

    // A server with several loops is one curve with Sockeye: the number of loops is the x axis.
    private static IEnumerable<Curve> CurvesOf(ScaleCurves curves) =>
        from point in curves.Points
        from run in point.Result.Runs
        let name = run.Key.StartsWith(ServerKind.Sockeye, StringComparison.Ordinal) ? ServerKind.Sockeye : run.Key
        group new CurvePoint(point.X, point.Result.Median(run.Key), run.Value.Min(r => r.ServerCpuMicroseconds), run.Value.Max(r => r.ServerCpuMicroseconds)) by name into curve
        orderby Order(curve.Key)
        select new Curve(curve.Key, [.. curve]) { Colour = Colour(curve.Key) };

    private static int Colour(string server) => server switch
    {
        ServerKind.Floor => 0,
        ServerKind.Sockeye => 1,
        ServerKind.Node => 2,
        ServerKind.Kestrel => 3,
        ServerKind.SignalR => 4,
        _ => 5,
    };
}
