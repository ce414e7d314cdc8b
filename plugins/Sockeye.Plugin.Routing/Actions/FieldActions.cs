using System.Text;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Actions;

/// <summary><c>set</c>: fields get values, which the configuration has or placeholders give.</summary>
internal sealed class SetAction : RuleAction
{
    /// <summary>Fields of one action at most: 32 (own).</summary>
    public const int MaxFields = 32;

    private readonly (JsonPath Path, JsonTemplate Value)[] _fields;

    private SetAction((JsonPath, JsonTemplate)[] fields) => _fields = fields;

    public override string Name => "set";

    public override bool NeedsRoom => Array.Exists(_fields, static set => set.Value.NeedsRoom);

    public override bool OnlyChanges => true;

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        if (node.Kind != RuleNodeKind.Object || node.Fields.Count is 0 or > MaxFields)
        {
            faults.AddWrongKind(node, "'set'", $"an object of 1 to {MaxFields} paths and their values, such as {{\"$[0].level\": 3}}");
            return null;
        }

        List<(JsonPath, JsonTemplate)> fields = [];
        foreach (var field in node.Fields)
        {
            var path = RuleReader.Path(field.Name, field.Location, "the key of 'set'", faults);
            if (JsonTemplate.Parse(field.Value, $"'{RuleFaults.Shown(field.Name)}'", faults) is { } value && path is not null)
            {
                fields.Add((path, value));
            }
        }

        return new SetAction([.. fields]);
    }

    public override ActionOutcome Run(ref RuleEvent e)
    {
        var outcome = ActionOutcome.Done;
        foreach (var (path, value) in _fields)
        {
            if (!TrySet(ref e, path, value, out _))
            {
                outcome = ActionOutcome.Failed;
            }
        }

        return outcome;
    }

    public override string Describe(ref RuleEvent e)
    {
        // Each field is tried on the event as the fields before have left it: on a copy of the whole.
        var text = new StringBuilder("set:");
        var trial = e;
        foreach (var (path, value) in _fields)
        {
            text.Append(TrySet(ref trial, path, value, out var shown) && trial.TryFind(path, out var now) ? $" {path} = {Encoding.UTF8.GetString(now)}" : $" {path} fails, {shown}").Append(';');
        }

        return text.ToString().TrimEnd(';');
    }

    private static bool TrySet(ref RuleEvent e, JsonPath path, JsonTemplate template, out string shown)
    {
        if (!template.TryExpand(ref e, out var value, out shown))
        {
            return false;
        }

        shown = "the way there leads through something that is neither an object nor a list, or the list is too short";
        if (JsonEdit.Set(e.Arguments, path, value) is not { } arguments)
        {
            return false;
        }

        shown = "the event would become too long";
        return e.TryChange(arguments);
    }
}

/// <summary><c>remove</c>: fields, elements or arguments go; what is not there is not missed. An attachment that nothing refers to any more still goes with the event.</summary>
internal sealed class RemoveAction : RuleAction
{
    private readonly JsonPath[] _paths;

    private RemoveAction(JsonPath[] paths) => _paths = paths;

    public override string Name => "remove";

    public override bool OnlyChanges => true;

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        var items = node.ItemsOrSelf;
        if (items.Count is 0 or > SetAction.MaxFields)
        {
            faults.AddWrongKind(node, "'remove'", $"a path, or a list of 1 to {SetAction.MaxFields} paths");
            return null;
        }

        return new RemoveAction([.. items.Select(item => RuleReader.Path(item, "what 'remove' names", faults)).OfType<JsonPath>()]);
    }

    public override ActionOutcome Run(ref RuleEvent e)
    {
        var outcome = ActionOutcome.Done;
        foreach (var path in _paths)
        {
            if (JsonEdit.Remove(e.Arguments, path) is { } arguments && !e.TryChange(arguments))
            {
                outcome = ActionOutcome.Failed;
            }
        }

        return outcome;
    }

    public override string Describe(ref RuleEvent e)
    {
        List<string> told = [];
        foreach (var path in _paths)
        {
            told.Add(e.TryFind(path, out _) ? path.ToString() : $"{path} (is not there)");
        }

        return $"remove: {string.Join(", ", told)}";
    }
}

/// <summary><c>renameFields</c>: fields get other names within their object. One that has the new name already is replaced.</summary>
internal sealed class RenameFieldsAction : RuleAction
{
    private readonly (JsonPath From, JsonPath To)[] _fields;

    private RenameFieldsAction((JsonPath, JsonPath)[] fields) => _fields = fields;

    public override string Name => "renameFields";

    public override bool OnlyChanges => true;

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        if (node.Kind != RuleNodeKind.Object || node.Fields.Count is 0 or > SetAction.MaxFields)
        {
            faults.AddWrongKind(node, "'renameFields'", $"an object of 1 to {SetAction.MaxFields} paths and the new names of their fields, such as {{\"$[0].temp\": \"temperature\"}}");
            return null;
        }

        List<(JsonPath, JsonPath)> fields = [];
        foreach (var field in node.Fields)
        {
            var path = RuleReader.Path(field.Name, field.Location, "the key of 'renameFields'", faults);
            if (path is { Parent: null } || path?.Steps[^1].Name is null)
            {
                if (path is not null)
                {
                    faults.Add(field.Location, $"'{path}' is no field of an object, which alone has a name");
                }
            }
            else if (field.Value.Kind != RuleNodeKind.Text || field.Value.Value is "" or "_placeholder")
            {
                faults.AddWrongKind(field.Value, $"the new name of '{path}'", "a text that is not empty");
            }
            else
            {
                fields.Add((path, path.Beside(field.Value.Value)));
            }
        }

        return new RenameFieldsAction([.. fields]);
    }

    public override ActionOutcome Run(ref RuleEvent e)
    {
        var outcome = ActionOutcome.Done;
        foreach (var (from, to) in _fields)
        {
            if (from.Equals(to) || !e.TryFind(from, out var value))
            {
                continue;
            }

            if (JsonEdit.Remove(e.Arguments, from) is not { } without || JsonEdit.Set(without, to, value) is not { } arguments || !e.TryChange(arguments))
            {
                outcome = ActionOutcome.Failed;
            }
        }

        return outcome;
    }

    public override string Describe(ref RuleEvent e)
    {
        List<string> told = [];
        foreach (var (from, to) in _fields)
        {
            told.Add(e.TryFind(from, out _) ? $"{from} is {to} now" : $"{from} is not there");
        }

        return $"renameFields: {string.Join(", ", told)}";
    }
}

/// <summary><c>wrap</c>: the first argument becomes a field of a new object, which takes its place; the others stay as they are.</summary>
internal sealed class WrapAction : RuleAction
{
    private readonly byte[] _name;

    private WrapAction(byte[] name) => _name = name;

    public override string Name => "wrap";

    public override bool OnlyChanges => true;

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        if (node.Kind == RuleNodeKind.Text && node.Value is not ("" or "_placeholder"))
        {
            return new WrapAction(JsonEdit.Quoted(node.Value));
        }

        faults.AddWrongKind(node, "'wrap'", "the name of the field that the first argument becomes");
        return null;
    }

    public override ActionOutcome Run(ref RuleEvent e) => e.TryChange(JsonEdit.Wrap(e.Arguments, _name)) ? ActionOutcome.Done : ActionOutcome.Failed;

    public override string Describe(ref RuleEvent e) => $"wrap: the first argument becomes the field {Encoding.UTF8.GetString(_name)} of an object";
}
