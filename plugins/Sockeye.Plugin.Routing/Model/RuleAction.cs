namespace Sockeye.Plugin.Routing.Model;

/// <summary>What an action has come to.</summary>
internal enum ActionOutcome
{
    /// <summary>It is done; the next action follows.</summary>
    Done,

    /// <summary>It could not be done, which is counted; the next action follows.</summary>
    Failed,

    /// <summary>The event ends here: no further action, no further rule, and not the application.</summary>
    Stop,
}

/// <summary>One action of a rule. Does not change once it is bound; called by many threads at once.</summary>
/// <remarks>It never throws for what is in an event, takes time linear in the event, and does not wait: what has to be waited for goes into a queue with a bound.</remarks>
internal abstract class RuleAction
{
    /// <summary>Its key in the configuration.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it changes the event and nothing else, so that a trial runs it too.</summary>
    public virtual bool OnlyChanges => false;

    /// <summary>Whether the event always ends with it, so that nothing can follow.</summary>
    public virtual bool EndsEvent => false;

    /// <summary>Whether it has a placeholder <c>{room}</c>, which needs a room in the match.</summary>
    public virtual bool NeedsRoom => false;

    /// <summary>Where its events go, as far as they come back to rules: for the search for loops.</summary>
    public virtual IEnumerable<RuleFeed> Feeds(RuleFeed matched) => [];

    /// <summary>Called once, before the first event, when all rules hold: what the action works with.</summary>
    /// <param name="services">What the plugin offers.</param>
    /// <param name="ruleId">The rule, for metrics and log lines.</param>
    public virtual void Bind(RoutingServices services, string ruleId)
    {
    }

    /// <summary>Called once, when other rules have taken the place of those that it belongs to: it gives out what it still holds.</summary>
    public virtual void Release()
    {
    }

    /// <summary>Called once, before the first event: the rules that events come to anew.</summary>
    public virtual void BindPipeline(IRulePipeline pipeline)
    {
    }

    /// <summary>Does it.</summary>
    public abstract ActionOutcome Run(ref RuleEvent e);

    /// <summary>What it would do with this event, for <c>route test</c>: <c>to room lobby: emit news</c>; or why it could not.</summary>
    public abstract string Describe(ref RuleEvent e);
}
