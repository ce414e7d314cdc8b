namespace Sockeye.Plugin.Routing.Json;

/// <summary>All that is wrong with a configuration, in the order in which it was found. One thread, while the configuration is read.</summary>
internal sealed class RuleFaults
{
    /// <summary>Faults that are told one by one: 100 (own); of more only the number is.</summary>
    public const int MaxTold = 100;

    /// <summary>Characters of a name that are compared at most: 80 (own).</summary>
    private const int MaxCompared = 80;

    private readonly List<(RuleLocation Where, string Text)> _told = [];

    public int Count { get; private set; }

    /// <summary>Whether the rules are only tried: nothing is sent, so the secrets of the environment need not be there.</summary>
    public bool IsTrial { get; init; }

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

    /// <summary>Whether a fault of that place is told.</summary>
    public bool IsTold(RuleLocation where) => _told.Exists(fault => fault.Where == where);

    /// <summary>A key that nobody knows, with the known one that is nearest.</summary>
    public void AddUnknown(RuleLocation where, string what, string found, IEnumerable<string> known) =>
        Add(where, $"{what} '{Shown(found)}' is unknown{Nearest(found, known)}");

    /// <summary>A value of another kind than the one that is wanted.</summary>
    public void AddWrongKind(RuleNode node, string what, string wanted) => Add(node.Location, $"{what} is {Described(node, wanted)} and must be {wanted}");

    /// <summary>A text of the configuration as it enters a line: its beginning, without what moves a terminal's cursor.</summary>
    public static string Shown(string text)
    {
        var cut = text.Length > 80 ? text[..80] + "..." : text;
        return cut.Any(char.IsControl) ? new string([.. cut.Select(static c => char.IsControl(c) ? '?' : c)]) : cut;
    }

    /// <summary>Whether a few letters make one name of the other.</summary>
    public static bool IsAlmost(string a, string b) => a.Length <= MaxCompared && b.Length <= MaxCompared && EditDistance.Of(a, b) <= Math.Max(1, b.Length / 4);

    /// <summary>What it is; if it is of the wanted kind, with the number of what is in it.</summary>
    private static string Described(RuleNode node, string wanted) => node.Kind switch
    {
        RuleNodeKind.Object when wanted.StartsWith("an object", StringComparison.Ordinal) => node.Fields.Count == 0 ? "an empty object" : $"an object with {node.Fields.Count:N0} keys",
        RuleNodeKind.Array when wanted.Contains("list", StringComparison.Ordinal) => node.Items.Count == 0 ? "an empty list" : $"a list of {node.Items.Count:N0}",
        _ => node.Described,
    };

    private static string Nearest(string found, IEnumerable<string> known)
    {
        string[] names = [.. known];
        if (names.Length == 0)
        {
            return "; there is none";
        }

        var compared = found.Length > MaxCompared ? found[..MaxCompared] : found;
        var best = names.OrderBy(name => EditDistance.Of(compared, name)).ThenBy(name => name.Order().SequenceEqual(compared.Order()) ? 0 : 1).FirstOrDefault(); // => is >= rather than ==
        return best is not null && EditDistance.Of(compared, best) <= Math.Max(2, best.Length / 3)
            ? $"; did you mean '{best}'?"
            : $"; there are {string.Join(", ", names.Order(StringComparer.Ordinal))}";
    }
}
