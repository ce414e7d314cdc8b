using System.Text;
using System.Text.Json;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;
using Sockeye.Plugin.Routing.Rules;

namespace Sockeye.Plugin.Routing;

/// <summary>Rules of a file, to be tried with events of one's own: nothing is sent, and no server is needed. May be used from any thread.</summary>
/// <remarks>The command <c>sockeye route test</c> prints what it says (docs/routing.md).</remarks>
public sealed class RoutingTrial
{
    /// <summary>Rules that do not match of which it is said why: 20 (own).</summary>
    public const int MaxNear = 20;

    private readonly RuleSet _rules;

    private RoutingTrial(RuleSet rules) => _rules = rules;

    /// <summary>Number of rules.</summary>
    public int Rules => _rules.Rules.Count;

    /// <summary>Reads and checks a file of rules. Secrets that it takes from the environment (<c>env:NAME</c>) need not be there.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="RoutingException">The file cannot be read, or its rules are faulty; each fault is a line.</exception>
    public static RoutingTrial Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var faults = new RuleFaults { IsTrial = true };
        return new RoutingTrial(RuleDocument.ReadFile(path, faults) ?? throw new RoutingException(faults.Lines));
    }

    /// <summary>Says which rules match an event and what they would do, in their order; why those that come near do not; and what becomes of the event.</summary>
    /// <param name="sample">The event.</param>
    /// <returns>The number of rules that match, and the lines.</returns>
    /// <exception cref="FormatException">The arguments of the sample are no JSON list.</exception>
    public (int Matched, IReadOnlyList<string> Lines) Run(RoutingSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        var name = Encoding.UTF8.GetBytes(sample.Name.ToString());
        var e = new RuleEvent(sample.Namespace, sample.Name, name, Inside(sample.Arguments)) { Identity = sample.Identity, Rooms = sample.Rooms };
        List<string> lines = [];
        if (RuleParser.IsHidden(name))
        {
            return (0, ["rules are never shown the events auth:* and sockeye:*"]);
        }

        List<string> near = [];
        var matched = 0;
        var isOver = false;
        var paths = new FoundPaths();
        foreach (var rule in _rules.Rules)
        {
            if (isOver)
            {
                break;
            }

            if (rule.Match.WhyNot(e.Facts, ref paths) is { } why)
            {
                if (IsNear(rule.Match, sample))
                {
                    near.Add($"rule {rule.Id} at {rule.Location} does not match: {why}");
                }

                continue;
            }

            matched++;
            lines.Add($"rule {rule.Id} at {rule.Location} matches");
            isOver = Run(rule, ref e, lines);
        }

        lines.AddRange(near.Take(MaxNear));
        if (near.Count > MaxNear)
        {
            lines.Add($"and {near.Count - MaxNear} more rules for such an event do not match");
        }

        if (matched == 0 && near.Count == 0)
        {
            lines.Add($"no rule asks for an event such as '{sample.Name}' in {sample.Namespace}");
        }

        lines.Add(isOver ? "the event ends there: the application does not see it" : $"the application sees {e.Name} [{Encoding.UTF8.GetString(e.Arguments)}]{(e.IsChanged ? "" : ", as it came")}");
        return (matched, lines);
    }

    private static bool Run(Rule rule, ref RuleEvent e, List<string> lines)
    {
        e.MatchedRoom = rule.Match.Room;
        var number = 0;
        foreach (var action in rule.Actions)
        {
            lines.Add($"  {++number}. {action.Describe(ref e)}");
            if (action.EndsEvent)
            {
                return true;
            }

            if (action.OnlyChanges)
            {
                action.Run(ref e);
                lines.Add($"     now: {e.Name} [{Encoding.UTF8.GetString(e.Arguments)}]");
            }
        }

        return false;
    }

    /// <summary>Whether somebody who wonders about this event may have meant this rule: it asks for the event, or for one whose name is almost the same.</summary>
    private static bool IsNear(RuleMatch match, RoutingSample sample) =>
        match.IsEvent(Encoding.UTF8.GetBytes(sample.Name.ToString()), sample.Name.IsNumber) || RuleFaults.IsAlmost(match.Event, sample.Name.ToString());

    /// <summary>The arguments without the brackets around them.</summary>
    private static byte[] Inside(string arguments)
    {
        var utf8 = Encoding.UTF8.GetBytes(arguments.Trim());
        try
        {
            var reader = new Utf8JsonReader(utf8);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            {
                throw new FormatException("The arguments are no list: write them in brackets, [1,\"x\"].");
            }

            while (reader.Read())
            {
            }
        }
        catch (JsonException fault)
        {
            throw new FormatException($"The arguments are no JSON: {RuleJson.Reason(fault)}.");
        }

        return utf8[1..^1];
    }
}
