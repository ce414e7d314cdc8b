using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Routing.Actions;

/// <summary><c>rename</c>: the event gets another name; <c>renameFields</c> of fields is <see cref="RenameFieldsAction"/>.</summary>
internal sealed class RenameAction : RuleAction
{
    private readonly RuleTemplate _name;
    private readonly EventName? _constant;

    // Made once: a name that is always the same costs an event nothing.
    private readonly EventReplacement? _replacement;

    private RenameAction(RuleTemplate name, EventName? constant)
    {
        _name = name;
        _constant = constant;
        _replacement = constant is { } fixedName ? EventReplacement.Rename(fixedName) : null;
    }

    public override string Name => "rename";

    public override bool OnlyChanges => true;

    public override bool NeedsRoom => _name.NeedsRoom;

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        if (RuleTemplate.Parse(node, "'rename'", TemplateUse.Name, faults) is not { } name)
        {
            return null;
        }

        if (name.Constant is not { } constant)
        {
            return new RenameAction(name, null);
        }

        return EventNames.Read(constant, node.Location, faults) is { } fixedName ? new RenameAction(name, fixedName) : null;
    }

    public override ActionOutcome Run(ref RuleEvent e)
    {
        if (_constant is { } constant)
        {
            e.Rename(constant, _replacement);
            return ActionOutcome.Done;
        }

        if (!EventNames.TryExpand(_name, ref e, out var name, out _))
        {
            return ActionOutcome.Failed;
        }

        e.Rename(name);
        return ActionOutcome.Done;
    }

    public override string Describe(ref RuleEvent e) => EventNames.TryExpand(_name, ref e, out var name, out var fault) ? $"rename: the event is '{name}' now" : $"rename: fails, {fault}";
}
