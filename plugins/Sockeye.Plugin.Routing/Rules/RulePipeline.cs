using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Runs events through the rules that hold. May be called from any thread; rules are replaced between two events, never within one.</summary>
internal sealed class RulePipeline(ILogger logger) : IRulePipeline
{
    /// <summary>Copies of one event that may come again, all rules together: 100 (own). Loops are refused at the start; this bounds what fans out.</summary>
    public const int MaxCopies = 100;

    [ThreadStatic]
    private static int t_copies;

    private RuleSet _rules = RuleSet.Empty;

    /// <summary>The rules that hold now.</summary>
    public RuleSet Rules
    {
        get => Volatile.Read(ref _rules);
        set => Volatile.Write(ref _rules, value);
    }

    /// <inheritdoc />
    public bool Run(ref RuleEvent e)
    {
        var candidates = Find(e.Namespace, e.ReceivedNameUtf8, e.ReceivedName.IsNumber);
        var paths = new FoundPaths();
        return !RuleParser.IsHidden(e.ReceivedNameUtf8) && Next(e.Facts, ref candidates, ref paths) is { } first && Run(ref e, first, candidates, ref paths);
    }

    /// <summary>Rules that may concern an event; most concern none, and then nothing more of it is looked at.</summary>
    public Candidates Find(string nsp, ReadOnlySpan<byte> nameUtf8, bool isNumber) => Rules.Find(nsp, nameUtf8, isNumber);

    /// <summary>The next of them that matches an event; null: there is none left. Only for that one the event is made ready for actions.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // Its locals are cleared where it is called from if it is inlined, and events that no rule asks for do not need them.
    public static Rule? Next(in EventFacts facts, ref Candidates candidates, ref FoundPaths paths)
    {
        while (candidates.Next() is { } rule)
        {
            // Names were looked up; those with a * are held against the event here.
            var match = rule.Match;
            if ((!match.HasAnyNamespace || match.IsNamespace(facts.Namespace)) && (!match.HasAnyEvent || match.IsEvent(facts.NameUtf8, facts.IsNumber)) && match.Holds(facts, ref paths))
            {
                return rule;
            }
        }

        return null;
    }

    /// <summary>Runs a rule that matches, and those behind it that do. Never throws.</summary>
    /// <returns>True: the event ends here; false: it goes on as <paramref name="e"/> is now.</returns>
    public bool Run(ref RuleEvent e, Rule first, Candidates rest, ref FoundPaths paths)
    {
        if (e.Hops == 0)
        {
            t_copies = 0;
        }

        var facts = e.Facts;
        for (var rule = first; rule is not null; rule = Next(facts, ref rest, ref paths))
        {
            if (Run(rule, ref e))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc />
    public bool RunAgain(ref RuleEvent e)
    {
        if (t_copies >= MaxCopies)
        {
            return false;
        }

        t_copies++;
        Run(ref e);
        return true;
    }

    private bool Run(Rule rule, ref RuleEvent e)
    {
        rule.CountMatch();
        e.MatchedRoom = rule.Match.Room;
        int acted = 0, failed = 0;
        var stops = false;
        foreach (var action in rule.Actions)
        {
            var outcome = Run(rule, action, ref e);
            failed += outcome == ActionOutcome.Failed ? 1 : 0;
            acted += outcome == ActionOutcome.Failed ? 0 : 1;
            if (outcome == ActionOutcome.Stop)
            {
                stops = true;
                break;
            }
        }

        rule.CountActions(acted, failed);
        return stops;
    }

    private ActionOutcome Run(Rule rule, RuleAction action, ref RuleEvent e)
    {
        try
        {
            return action.Run(ref e);
        }
#pragma warning disable CA1031 // One action that fails, such as an emit with more attachments than are allowed, ends neither its rule nor the event.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            RoutingLog.ActionFailed(logger, rule.Id, action.Name, fault.GetType().Name);
            return ActionOutcome.Failed;
        }
    }
}
