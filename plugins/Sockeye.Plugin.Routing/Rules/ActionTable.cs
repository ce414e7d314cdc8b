using Sockeye.Plugin.Routing.Actions;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>The actions that there are, by their keys.</summary>
internal static class ActionTable
{
    private static readonly Dictionary<string, Func<RuleNode, RuleFaults, RuleAction?>> s_actions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["to"] = ToAction.Parse,
        ["rename"] = RenameAction.Parse,
        ["set"] = SetAction.Parse,
        ["remove"] = RemoveAction.Parse,
        ["renameFields"] = RenameFieldsAction.Parse,
        ["wrap"] = WrapAction.Parse,
        ["drop"] = DropAction.Parse,
        ["ack"] = AckAction.Parse,
        ["again"] = AgainAction.Parse,
        ["http"] = HttpAction.Parse,
        ["bus"] = BusAction.Parse,
        ["latest"] = LatestAction.Parse,
    };

    public static IReadOnlyList<string> Keys { get; } = [.. s_actions.Keys];

    /// <summary>An action; null: a fault says what is wrong.</summary>
    public static RuleAction? Parse(RuleField field, RuleFaults faults)
    {
        if (s_actions.TryGetValue(field.Name, out var parse))
        {
            return parse(field.Value, faults);
        }

        faults.AddUnknown(field.Location, "the action", field.Name, Keys);
        return null;
    }
}
