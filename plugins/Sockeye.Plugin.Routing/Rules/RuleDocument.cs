using Microsoft.Extensions.Configuration;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>Reads a whole configuration, from the plugin's section or from a file, and says all that is wrong with it.</summary>
internal static class RuleDocument
{
    private static readonly string[] s_fileKeys = ["rules", "outputs", "inbound", "statusToken"];

    // What the engine itself reads from the section of a plugin stands there too.
    private static readonly string[] s_sectionKeys = ["file", "refusals", "whenFaulted", .. s_fileKeys];

    /// <summary>The rules of a section: its own, or those of the file that it names; null: there are faults.</summary>
    public static RuleSet? ReadSection(IConfigurationSection section, RuleFaults faults)
    {
        var node = RuleSection.Read(section);
        if (node.Kind == RuleNodeKind.Null)
        {
            return RuleSet.Empty;
        }

        if (!RuleReader.IsObject(node, $"'{section.Path}'", faults, s_sectionKeys))
        {
            return null;
        }

        if (node.Find("file") is not { } file)
        {
            return Read(node, faults);
        }

        var path = RuleReader.Text(node, "file", faults);
        foreach (var key in s_fileKeys)
        {
            if (node.Find(key) is { } beside)
            {
                faults.Add(beside.Location, $"'{key}' stands beside 'file': the file has it");
            }
        }

        return path is null ? null : ReadFile(path, faults, file.Location);
    }

    /// <summary>The rules of a file; null: there are faults.</summary>
    /// <param name="path">The file.</param>
    /// <param name="faults">Gets them.</param>
    /// <param name="named">Where the configuration names it; null: it does not.</param>
    public static RuleSet? ReadFile(string path, RuleFaults faults, RuleLocation? named = null) =>
        RuleJson.ReadFile(path, faults, named) is { } node && RuleReader.IsObject(node, "the file", faults, s_fileKeys) ? Read(node, faults) : null;

    /// <summary>The rules of the text of a file; null: there are faults.</summary>
    public static RuleSet? ReadText(ReadOnlySpan<byte> utf8, string source, RuleFaults faults) =>
        RuleJson.Read(utf8, source, faults) is { } node && RuleReader.IsObject(node, "the file", faults, s_fileKeys) ? Read(node, faults) : null;

    private static RuleSet? Read(RuleNode node, RuleFaults faults)
    {
        var rules = Rules(node, faults);
        var outputs = OutputReader.Read(node, faults);
        var inbound = InboundReader.Read(node, faults);
        var token = OutputReader.StatusToken(node, faults);
        OutputReader.CheckNames(node, faults);

        // Among those that can be read, so that who mends the others does not hear of it afterwards.
        RuleLoops.Check(rules, faults);
        if (faults.Count > 0)
        {
            return null;
        }

        var set = new RuleSet(rules) { Outputs = outputs, Inbound = inbound, StatusToken = token };
        set.CheckPaths(faults);
        return faults.Count == 0 ? set : null;
    }

    private static List<Rule> Rules(RuleNode node, RuleFaults faults)
    {
        List<Rule> rules = [];
        if (node.Find("rules") is not { } list)
        {
            return rules;
        }

        // An empty list is nothing at all to a configuration that came from other sources than a file.
        if (list.Kind != RuleNodeKind.Array && !(list.Kind == RuleNodeKind.Text && list.Value.Length == 0))
        {
            faults.AddWrongKind(list, "'rules'", "a list of rules");
            return rules;
        }

        if (list.Items.Count > RuleSet.MaxRules)
        {
            faults.Add(list.Items[RuleSet.MaxRules].Location, $"there are {list.Items.Count:N0} rules, of which there may be {RuleSet.MaxRules:N0}");
            return rules;
        }

        Dictionary<string, RuleLocation> byId = new(StringComparer.Ordinal);
        foreach (var item in list.Items)
        {
            if (RuleParser.Parse(item, faults) is { } rule)
            {
                rules.Add(rule);
            }

            // Of a rule with faults too.
            if (item.Find("id") is { Kind: RuleNodeKind.Text, Value: { Length: > 0 } id } && !byId.TryAdd(id, item.Location))
            {
                faults.Add(item.Location, $"a rule with the id '{RuleFaults.Shown(id)}' stands at {byId[id]} already");
            }
        }

        return rules;
    }
}
