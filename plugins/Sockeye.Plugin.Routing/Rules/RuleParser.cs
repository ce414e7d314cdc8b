using System.Text;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Reads rules from nodes.</summary>
internal static class RuleParser
{
    /// <summary>Characters of an id at most: 64 (own); it is a tag of metrics.</summary>
    public const int MaxIdLength = 64;

    /// <summary>Actions of a rule at most: 32 (own).</summary>
    public const int MaxActions = 32;

    /// <summary>Comparisons, and claims, of a rule at most: 32 each (own).</summary>
    public const int MaxConditions = 32;

    /// <summary>The keys of a rule.</summary>
    public static readonly string[] Keys = ["id", "match", "actions"];

    /// <summary>The keys of what a rule matches.</summary>
    public static readonly string[] MatchKeys = ["namespace", "event", "room", "claim", "where"];

    private static readonly string[] s_asWritten = ["namespace", "event", "room"];

    /// <summary>One rule; null: a fault says what is wrong.</summary>
    public static Rule? Parse(RuleNode node, RuleFaults faults)
    {
        var before = faults.Count;
        if (!RuleReader.IsObject(node, "a rule", faults, Keys))
        {
            return null;
        }

        var id = RuleReader.Text(node, "id", faults);
        if (node.Find("id") is not { } given)
        {
            faults.Add(node.Location, "the rule has no id, which names it in metrics and log lines");
        }
        else if (id is not null && (id.Length > MaxIdLength || !id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')))
        {
            faults.Add(given.Location, $"the id '{RuleFaults.Shown(id)}' must be 1 to {MaxIdLength} of a to z, A to Z, 0 to 9, '-', '_' and '.'");
        }

        var match = node.Find("match") is { } matchNode ? Match(matchNode, faults) : new RuleMatch("*", "*", isNumber: false, null, [], []);
        var actions = Actions(node, "the rule", match, faults);
        return faults.Count == before ? new Rule(id!, node.Location, match!, actions) : null;
    }

    private static RuleMatch? Match(RuleNode node, RuleFaults faults)
    {
        if (!RuleReader.IsObject(node, "'match'", faults, MatchKeys))
        {
            return null;
        }

        var nsp = RuleReader.Text(node, "namespace", faults) ?? "*";
        if (nsp is not (['/', ..] or "*"))
        {
            faults.Add(node.Find("namespace")!.Location, $"a namespace begins with a slash: '/{RuleFaults.Shown(nsp)}'; '*' is all of them");
        }

        CheckAsterisk(node.Find("namespace"), faults);

        var name = "*";
        var isNumber = false;
        if (node.Find("event") is { Kind: RuleNodeKind.Number } number)
        {
            isNumber = number.TryGetInt(out _);
            name = number.Value;
            if (!isNumber)
            {
                faults.Add(number.Location, "an event that is a number is a whole one of 32 bits");
            }
        }
        else if (RuleReader.Text(node, "event", faults) is { } text)
        {
            name = text;
            var given = node.Find("event")!;
            if (IsHidden(Encoding.UTF8.GetBytes(text)))
            {
                faults.Add(given.Location, $"'{RuleFaults.Shown(text)}': rules are never shown the events auth:* and sockeye:*");
            }
            else if (text is not [.., '*'])
            {
                RuleReader.Name(text, given.Location, faults);
            }

            CheckAsterisk(given, faults);
        }

        var room = RuleReader.Text(node, "room", faults);
        foreach (var key in s_asWritten)
        {
            CheckAsWritten(node.Find(key), $"'{key}' of 'match'", faults);
        }

        return new RuleMatch(nsp, name, isNumber, room, Claims(node, faults), Conditions(node, faults));
    }

    /// <summary>Elsewhere than at the end an asterisk would be a letter, which hardly anybody means.</summary>
    private static void CheckAsterisk(RuleNode? node, RuleFaults faults)
    {
        if (node is { Kind: RuleNodeKind.Text } && node.Value.IndexOf('*', StringComparison.Ordinal) is >= 0 and var place && place < node.Value.Length - 1)
        {
            faults.Add(node.Location, $"'{RuleFaults.Shown(node.Value)}': an asterisk stands at the end alone, for whatever follows");
        }
    }

    /// <summary>What is compared with an event has no placeholders: one would match nothing, without a word.</summary>
    private static void CheckAsWritten(RuleNode? node, string what, RuleFaults faults)
    {
        if (node is { Kind: RuleNodeKind.Text } && RuleTemplate.PlaceholderIn(node.Value) is { } placeholder)
        {
            faults.Add(node.Location, $"{what} is compared as it is written, and has no placeholders: {RuleFaults.Shown(placeholder)}");
        }
    }

    /// <summary>Whether an event is none of the rules' business: it may carry tokens, or belongs to the engine.</summary>
    public static bool IsHidden(ReadOnlySpan<byte> nameUtf8) => nameUtf8.StartsWith("auth:"u8) || nameUtf8.StartsWith("sockeye:"u8);

    private static (string, string[])[] Claims(RuleNode node, RuleFaults faults)
    {
        if (node.Find("claim") is not { } claims)
        {
            return [];
        }

        if (claims.Kind != RuleNodeKind.Object || claims.Fields.Count is 0 or > MaxConditions)
        {
            faults.AddWrongKind(claims, "'claim'", $"an object of 1 to {MaxConditions} types of claims and their values");
            return [];
        }

        List<(string, string[])> read = [];
        foreach (var field in claims.Fields)
        {
            var values = field.Value.ItemsOrSelf;
            if (values.Count is 0 or > JsonCondition.MaxOperands || values.Any(static value => value.Kind is not (RuleNodeKind.Text or RuleNodeKind.Number or RuleNodeKind.True or RuleNodeKind.False)))
            {
                faults.AddWrongKind(field.Value, $"the claim '{RuleFaults.Shown(field.Name)}'", "a text, or a list of texts of which it is one");
                continue;
            }

            foreach (var value in values)
            {
                CheckAsWritten(value, $"the claim '{RuleFaults.Shown(field.Name)}'", faults);
            }

            read.Add((field.Name, [.. values.Select(static value => value.Kind switch
            {
                RuleNodeKind.True => "true",
                RuleNodeKind.False => "false",
                _ => value.Value,
            })]));
        }

        return [.. read];
    }

    private static JsonCondition[] Conditions(RuleNode node, RuleFaults faults)
    {
        if (node.Find("where") is not { } where)
        {
            return [];
        }

        var items = where.ItemsOrSelf;
        List<JsonCondition> conditions = [];
        foreach (var item in items)
        {
            if (!RuleReader.IsObject(item, "'where'", faults, ["path", .. JsonCondition.Keys]))
            {
                continue;
            }

            if (item.Find("path") is not { } pathNode)
            {
                faults.Add(item.Location, "'where' has no path, such as \"$[0].name\"");
                continue;
            }

            var path = RuleReader.Path(pathNode, "'path'", faults);
            if (item.Fields.Count < 2)
            {
                faults.Add(item.Location, $"'where' has no comparison; there are {string.Join(", ", JsonCondition.Keys)}");
            }

            foreach (var field in item.Fields)
            {
                if (path is not null && !field.Name.Equals("path", StringComparison.OrdinalIgnoreCase) && JsonCondition.Parse(path, field, faults) is { } condition)
                {
                    conditions.Add(condition);
                }
            }
        }

        if (items.Count == 0 || conditions.Count > MaxConditions)
        {
            faults.Add(where.Location, $"'where' has 1 to {MaxConditions} comparisons");
        }

        return [.. conditions];
    }

    /// <summary>The actions of a rule, or of an action that has some itself, which <paramref name="owner"/> names in a fault.</summary>
    public static RuleAction[] Actions(RuleNode node, string owner, RuleMatch? match, RuleFaults faults)
    {
        if (node.Find("actions") is not { Kind: RuleNodeKind.Array } list || list.Items.Count is 0 or > MaxActions)
        {
            var given = node.Find("actions");
            faults.Add(given?.Location ?? node.Location, $"{owner} has no actions: a list of 1 to {MaxActions} objects, each with one of {string.Join(", ", ActionTable.Keys)}");
            return [];
        }

        List<RuleAction> actions = [];
        for (var i = 0; i < list.Items.Count; i++)
        {
            var item = list.Items[i];
            if (item.Kind != RuleNodeKind.Object || item.Fields.Count != 1)
            {
                faults.AddWrongKind(item, "an action", $"an object with one key: {string.Join(", ", ActionTable.Keys)}");
                continue;
            }

            if (ActionTable.Parse(item.Fields[0], faults) is not { } action)
            {
                continue;
            }

            if (action.EndsEvent && i < list.Items.Count - 1)
            {
                faults.Add(list.Items[i + 1].Location, $"nothing can follow '{action.Name}', which ends the event");
            }

            if (action.NeedsRoom && match is { Room: null })
            {
                faults.Add(item.Location, $"'{action.Name}' has {{room}}, which is the room that 'match' asks for, and it asks for none");
            }

            actions.Add(action);
        }

        return [.. actions];
    }
}
