namespace Sockeye.Plugin.Routing.Json;

/// <summary>All that is wrong with a configuration, in the order in which it was found. One thread, while the configuration is read.</summary>
internal sealed class RuleFaults
{
    /// <summary>Faults that are told one by one: 100 (own); of more only the number is.</summary>
    public const int MaxTold = 100;

    private readonly List<(RuleLocation Where, string Text)> _told = [];

    public int Count { get; private set; }

    /// <summary>One line for each fault: where, a colon, what is wrong.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            List<string> lines = [.. _told.Select(static fault => $"{fault.Where}: {fault.Text}")];
            if (Count > _told.Count)
            {
                lines.Add($"and {Count - _told.Count} faults more");
            }

            return lines;
        }
    }

    /// <summary>Tells a fault, unless it is told already: the file and the rule may both see it.</summary>
    public void Add(RuleLocation where, string text)
    {
        if (_told.Contains((where, text)))
        {
            return;
        }

        Count++;
        if (_told.Count < MaxTold)
        {
            _told.Add((where, text));
        }
    }

    /// <summary>A key that nobody knows, with the known one that is nearest.</summary>
    public void AddUnknown(RuleLocation where, string what, string found, IEnumerable<string> known) =>
        Add(where, $"{what} '{Shown(found)}' is unknown{Nearest(found, known)}");

    /// <summary>A value of another kind than the one that is wanted.</summary>
    public void AddWrongKind(RuleNode node, string what, string wanted) => Add(node.Location, $"{what} is {node.Described} and must be {wanted}");

    /// <summary>A text of the configuration as it enters a line: its beginning, without what moves a terminal's cursor.</summary>
    public static string Shown(string text)
    {
        var cut = text.Length > 80 ? text[..80] + "..." : text;
        return cut.Any(char.IsControl) ? new string([.. cut.Select(static c => char.IsControl(c) ? '?' : c)]) : cut;
    }

    /// <summary>Whether a few letters make one name of the other.</summary>
    public static bool IsAlmost(string a, string b) => a.Length <= 80 && b.Length <= 80 && Distance(a, b) <= Math.Max(1, b.Length / 4);

    private static string Nearest(string found, IEnumerable<string> known)
    {
        string[] names = [.. known];
        var best = names.OrderBy(name => Distance(found, name)).FirstOrDefault();
        return best is not null && Distance(found, best) <= Math.Max(2, best.Length / 3)
            ? $"; did you mean '{best}'?"
            : $"; there are {string.Join(", ", names.Order(StringComparer.Ordinal))}";
    }

    /// <summary>The number of letters to change, add or leave out, case aside.</summary>
    private static int Distance(string a, string b)
    {
        a = a.Length > 80 ? a[..80] : a;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                var same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + same);
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
