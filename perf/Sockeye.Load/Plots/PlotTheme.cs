namespace Sockeye.Load;

/// <summary>The colours of a plot, on a page that is light or dark.</summary>
/// <param name="Name">As in the file's name.</param>
/// <param name="Text">Labels and values.</param>
/// <param name="Grid">Lines behind the curves.</param>
/// <param name="Curves">One for each server, told apart by people who do not see all colours.</param>
internal sealed record PlotTheme(string Name, string Text, string Grid, string[] Curves)
{
    public static PlotTheme Light { get; } = new("light", "#1f2328", "#d1d9e0", ["#57606a", "#0550ae", "#bc4c00", "#1a7f37", "#8250df", "#9a6700"]);

    public static PlotTheme Dark { get; } = new("dark", "#e6edf3", "#3d444d", ["#9198a1", "#58a6ff", "#f0883e", "#3fb950", "#bc8cff", "#d29922"]);
}
