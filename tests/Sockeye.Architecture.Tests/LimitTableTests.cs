using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Sockeye.Architecture.Tests;

/// <summary>docs/limits.md tells the truth: each limit is a property with that default, each test exists.</summary>
public sealed partial class LimitTableTests
{
    private static readonly string[] s_assemblies = ["Sockeye.Abstractions", "Sockeye.Protocol", "Sockeye.Transport", "Sockeye.EngineIO", "Sockeye.Server", "Sockeye.Cluster.Nats"];

    private static readonly Dictionary<string, Type> s_types = s_assemblies
        .SelectMany(name => Assembly.Load(name).GetExportedTypes())
        .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) || type.Name.EndsWith("Limits", StringComparison.Ordinal))
        .ToDictionary(type => type.Name, StringComparer.Ordinal);

    private static readonly Lazy<string> s_tests = new(() => string.Join('\n', Repository.SourcesBelow(Path.Combine(Repository.Root, "tests")).Select(File.ReadAllText)));

    public static TheoryData<string, string, string, string> Rows
    {
        get
        {
            TheoryData<string, string, string, string> rows = [];
            foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "docs", "limits.md")))
            {
                if (Row().Match(line) is { Success: true } row)
                {
                    rows.Add(row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value, row.Groups[4].Value);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_limit_is_a_property_with_the_default_of_the_table(string type, string property, string value, string tests)
    {
        Assert.True(s_types.ContainsKey(type), $"There is no {type}");
        var found = s_types[type].GetProperty(property);
        Assert.True(found is not null, $"There is no {type}.{property}");
        Assert.Equal(value, Text(found.GetValue(Activator.CreateInstance(s_types[type]))));
        foreach (Match test in Test().Matches(tests))
        {
            Assert.Contains($" {test.Groups[1].Value}(", s_tests.Value, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_numeric_limit_is_in_the_table()
    {
        HashSet<string> listed = [.. Rows.Select(row => $"{row.Data.Item1}.{row.Data.Item2}")];
        string[] missing =
        [
            .. s_types.Values
                .Where(type => type.Name is "LimitOptions" or "OutboxOptions" or "HttpOptions" or "HttpLimits" or "WebSocketLimits" or "EngineOptions" or "InProcessBusOptions" or "ClusterOptions" or "NatsBusOptions")
                .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                .Where(property => property.PropertyType == typeof(int) || property.PropertyType == typeof(long) || property.PropertyType == typeof(TimeSpan))
                .Select(property => $"{property.DeclaringType!.Name}.{property.Name}")
                .Where(name => !listed.Contains(name)),
        ];
        Assert.Empty(missing);
    }

    private static string Text(object? value) => value switch
    {
        TimeSpan time => $"{time.TotalSeconds:0.###} s",
        IFormattable number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => "",
    };

    [GeneratedRegex(@"^\| `(\w+)\.(\w+)` \| [^|]+ \| ([^|]+) \| [^|]+ \| [^|]+ \| ([^|]+) \|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Test();
}
