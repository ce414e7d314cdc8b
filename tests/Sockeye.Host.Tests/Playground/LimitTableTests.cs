using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Sockeye.Host.Playground;

namespace Sockeye.Host.Tests.Playground;

/// <summary>docs/limits.md says of the playground what its code does.</summary>
public sealed partial class LimitTableTests
{
    [Fact]
    public void Each_limit_of_the_playground_stands_in_the_table_with_its_value()
    {
        var page = File.ReadAllText(Path.Combine(WorkingCopy.Root, "docs", "limits.md"));
        var section = page[page.IndexOf("## The playground", StringComparison.Ordinal)..page.IndexOf("## Where they are checked", StringComparison.Ordinal)];
        Assert.Equal(
            typeof(PlaygroundLimits).GetFields(BindingFlags.Public | BindingFlags.Static).Select(limit => $"{limit.Name} {((IFormattable)limit.GetRawConstantValue()!).ToString("N0", CultureInfo.InvariantCulture)}"),
            Row().Matches(section).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}"));
    }

    [GeneratedRegex(@"^\| `(\w+)` \| ([\d,]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
