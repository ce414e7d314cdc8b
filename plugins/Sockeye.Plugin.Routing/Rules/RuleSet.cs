using System.Runtime.CompilerServices;
using Sockeye.Plugin.Routing.Inbound;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>All rules as they hold together: found by namespace and event, run in their order. Does not change; replaced as a whole.</summary>
internal sealed class RuleSet
{
    /// <summary>Rules at most: 10,000 (own; a set of that size is read in well under a second).</summary>
    public const int MaxRules = 10_000;

    /// <summary>Nothing at all.</summary>
    public static RuleSet Empty { get; } = new([]);

    private readonly Dictionary<string, EventIndex> _byNamespace = new(StringComparer.Ordinal);
    private readonly EventIndex _anyNamespace;
    private Found? _last;

    public RuleSet(IReadOnlyList<Rule> rules)
    {
        Rules = rules;
        for (var i = 0; i < rules.Count; i++)
        {
            rules[i].Number = i;
        }

        foreach (var group in rules.Where(static rule => !rule.Match.HasAnyNamespace).GroupBy(static rule => rule.Match.Namespace))
        {
            _byNamespace.Add(group.Key, new EventIndex(group));
        }

        _anyNamespace = new EventIndex(rules.Where(static rule => rule.Match.HasAnyNamespace));
        Dictionary<JsonPath, int> numbers = [];
        foreach (var rule in rules)
        {
            foreach (var condition in rule.Match.Conditions)
            {
                if (!numbers.TryGetValue(condition.Path, out var number))
                {
                    numbers.Add(condition.Path, number = numbers.Count);
                }

                condition.PathNumber = number;
            }
        }
    }

    public IReadOnlyList<Rule> Rules { get; }

    /// <summary>The HTTP targets by name.</summary>
    public IReadOnlyDictionary<string, HttpOutputOptions> Outputs { get; init; } = new Dictionary<string, HttpOutputOptions>();

    /// <summary>The ways in by name.</summary>
    public IReadOnlyDictionary<string, InboundOptions> Inbound { get; init; } = new Dictionary<string, InboundOptions>();

    /// <summary>What who asks for the status has to know; null: nobody may ask.</summary>
    public string? StatusToken { get; init; }

    /// <summary>Rules that may concern an event, in up to four lists of which each is in the order of the rules; they are walked as one.</summary>
    public Candidates Find(string nsp, ReadOnlySpan<byte> nameUtf8, bool isNumber)
    {
        var own = OfNamespace(nsp);
        return own is null
            ? new Candidates(_anyNamespace.Find(nameUtf8, isNumber), _anyNamespace.Any, default, default)
            : new Candidates(own.Find(nameUtf8, isNumber), own.Any, _anyNamespace.Find(nameUtf8, isNumber), _anyNamespace.Any);
    }

    /// <summary>Says which events more paths would be looked up in than a large one is passed over for.</summary>
    public void CheckPaths(RuleFaults faults)
    {
        foreach (var (own, nsp) in _byNamespace.Select(static pair => ((EventIndex?)pair.Value, pair.Key)).Append((null, "*")))
        {
            HashSet<JsonPath> any = [.. PathsOf(own?.Any), .. PathsOf(_anyNamespace.Any)];
            Check(any, nsp, own?.Any.FirstOrDefault() ?? _anyNamespace.Any.FirstOrDefault(), faults);
            foreach (var rules in (own ?? _anyNamespace).Exact)
            {
                var match = rules[0].Match;
                HashSet<JsonPath> paths = [.. any, .. PathsOf(rules), .. own is null ? [] : PathsOf(_anyNamespace.Find(System.Text.Encoding.UTF8.GetBytes(match.Event), match.IsNumber).ToArray())];
                if (any.Count <= FoundPaths.MaxPaths)
                {
                    Check(paths, nsp, rules[0], faults);
                }
            }
        }
    }

    private static void Check(HashSet<JsonPath> paths, string nsp, Rule? rule, RuleFaults faults)
    {
        if (paths.Count > FoundPaths.MaxPaths)
        {
            faults.Add(rule!.Location, $"the rules for the event {rule.Match.Event} in {nsp} look up {paths.Count} paths together, of which there may be {FoundPaths.MaxPaths}");
        }
    }

    private static IEnumerable<JsonPath> PathsOf(Rule[]? rules) => (rules ?? []).SelectMany(static rule => rule.Match.Conditions.ToArray()).Select(static condition => condition.Path);

    private EventIndex? OfNamespace(string nsp)
    {
        // The last one that was asked for is asked for again, by the same object: a socket's namespace does not change.
        if (Volatile.Read(ref _last) is { } last && ReferenceEquals(last.Namespace, nsp))
        {
            return last.Index;
        }

        _byNamespace.TryGetValue(nsp, out var index);
        Volatile.Write(ref _last, new Found(nsp, index));
        return index;
    }

    private sealed record Found(string Namespace, EventIndex? Index);
}

/// <summary>Walks the rules that may concern an event, in their order. Lives on the stack of the call.</summary>
internal ref struct Candidates(ReadOnlySpan<Rule> first, ReadOnlySpan<Rule> second, ReadOnlySpan<Rule> third, ReadOnlySpan<Rule> fourth)
{
    private readonly bool _isOneList = second.IsEmpty && third.IsEmpty && fourth.IsEmpty;
    private ReadOnlySpan<Rule> _first = first, _second = second, _third = third, _fourth = fourth;

    /// <summary>Whether there is none.</summary>
    public readonly bool IsEmpty => _first.IsEmpty && (_isOneList || (_second.IsEmpty && _third.IsEmpty && _fourth.IsEmpty));

    /// <summary>The next one; null: there is none left.</summary>
    public Rule? Next()
    {
        if (_isOneList)
        {
            return Take(ref _first);
        }

        int a = NumberOf(_first), b = NumberOf(_second), c = NumberOf(_third), d = NumberOf(_fourth);
        var least = Math.Min(Math.Min(a, b), Math.Min(c, d));
        return least == a ? Take(ref _first) : least == b ? Take(ref _second) : least == c ? Take(ref _third) : Take(ref _fourth);
    }

    private static int NumberOf(ReadOnlySpan<Rule> rules) => rules.IsEmpty ? int.MaxValue : rules[0].Number;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Rule? Take(ref ReadOnlySpan<Rule> rules)
    {
        if (rules.IsEmpty)
        {
            return null;
        }

        var rule = rules[0];
        rules = rules[1..];
        return rule;
    }
}
