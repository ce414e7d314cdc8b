using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>A match and what is done then. Its counters are shared with the rules of its id before and after a reload; everything else does not change.</summary>
internal sealed class Rule(string id, RuleLocation location, RuleMatch match, RuleAction[] actions)
{
    private Counts _counts = new();

    public string Id { get; } = id;

    public RuleLocation Location { get; } = location;

    public RuleMatch Match { get; } = match;

    /// <summary>Its place among all rules, from 0.</summary>
    public int Number { get; set; }

    /// <summary>Events that it matched.</summary>
    public long Matched => Volatile.Read(ref _counts.Matched);

    /// <summary>Actions that were done.</summary>
    public long Acted => Volatile.Read(ref _counts.Acted);

    /// <summary>Actions that could not be done.</summary>
    public long Failed => Volatile.Read(ref _counts.Failed);

    public ReadOnlySpan<RuleAction> Actions => actions;

    public void CountMatch() => Interlocked.Increment(ref _counts.Matched);

    public void CountActions(int acted, int failed)
    {
        if (acted > 0)
        {
            Interlocked.Add(ref _counts.Acted, acted);
        }

        if (failed > 0)
        {
            Interlocked.Add(ref _counts.Failed, failed);
        }
    }

    /// <summary>Counts on with a rule of its id, before it holds: events that are still on their way through that one are not lost.</summary>
    public void ContinueFrom(Rule before) => _counts = before._counts;

    private sealed class Counts
    {
        public long Matched;
        public long Acted;
        public long Failed;
    }
}
