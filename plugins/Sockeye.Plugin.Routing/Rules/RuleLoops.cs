using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Finds rules that feed themselves, over however many others. Names decide, conditions do not: what a condition would end is a loop all the same, since it is the client's to fulfil it.</summary>
/// <remarks>The work is bounded by the rules: those that feed exact names find their takers by the name, the others look at all, each of which is looked at once (CVE-2020-28466, CVE-2022-42709).</remarks>
internal static class RuleLoops
{
    public static void Check(IReadOnlyList<Rule> rules, RuleFaults faults)
    {
        Node[] nodes = [.. rules.Select(static rule => new Node($"rule '{rule.Id}'", rule.Location, rule.Match.Takes, [.. rule.Actions.ToArray().SelectMany(action => action.Feeds(rule.Match.Takes))]))];

        // Who feeds nobody is on no way back.
        if (!nodes.Any(static node => node.Feeds.Length > 0))
        {
            return;
        }

        var byEvent = nodes.Where(static node => IsExact(node.Takes)).ToLookup(static node => node.Takes.Name, StringComparer.Ordinal);
        Node[] others = [.. nodes.Where(static node => !IsExact(node.Takes))];
        foreach (var start in nodes)
        {
            if (!start.IsDone && start.Feeds.Length > 0)
            {
                Walk(start, byEvent, others, nodes, faults);
            }
        }
    }

    /// <summary>Depth first without recursion: a chain may be as long as there are rules.</summary>
    private static void Walk(Node start, ILookup<string, Node> byEvent, Node[] others, Node[] all, RuleFaults faults)
    {
        Stack<(Node Node, IEnumerator<Node> Next)> way = [];
        start.IsOnWay = true;
        way.Push((start, Takers(start, byEvent, others, all).GetEnumerator()));
        while (way.TryPeek(out var top))
        {
            if (!top.Next.MoveNext())
            {
                way.Pop();
                top.Node.IsOnWay = false;
                top.Node.IsDone = true;
                continue;
            }

            var next = top.Next.Current;
            if (next.IsOnWay)
            {
                Tell(next, [.. way.Select(static step => step.Node).Reverse()], faults);
            }
            else if (!next.IsDone && next.Feeds.Length > 0)
            {
                next.IsOnWay = true;
                way.Push((next, Takers(next, byEvent, others, all).GetEnumerator()));
            }
        }
    }

    private static IEnumerable<Node> Takers(Node node, ILookup<string, Node> byEvent, Node[] others, Node[] all)
    {
        foreach (var feed in node.Feeds)
        {
            var candidates = IsExact(feed) ? byEvent[feed.Name].Concat(others) : all;
            foreach (var candidate in candidates)
            {
                if (candidate.Feeds.Length > 0 && feed.Overlaps(candidate.Takes))
                {
                    yield return candidate;
                }
            }
        }
    }

    private static void Tell(Node back, Node[] way, RuleFaults faults)
    {
        Node[] loop = [.. way.SkipWhile(node => node != back)];
        const int Shown = 8;
        var steps = loop.Take(Shown).Select(static node => $"{node.Name} (takes {node.Takes})").ToList();
        if (loop.Length > Shown)
        {
            steps.Add($"{loop.Length - Shown} more");
        }

        faults.Add(back.Location, $"a loop: {string.Join(" -> ", steps)} -> {back.Name}; what they feed comes back to them without end");
    }

    private static bool IsExact(RuleFeed feed) => !feed.Name.EndsWith('*');

    private sealed class Node(string name, RuleLocation location, RuleFeed takes, RuleFeed[] feeds)
    {
        public string Name { get; } = name;

        public RuleLocation Location { get; } = location;

        public RuleFeed Takes { get; } = takes;

        public RuleFeed[] Feeds { get; } = feeds;

        public bool IsOnWay { get; set; }

        public bool IsDone { get; set; }
    }
}
