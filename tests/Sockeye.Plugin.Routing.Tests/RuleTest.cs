using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;
using Sockeye.Plugin.Routing.Rules;

namespace Sockeye.Plugin.Routing.Tests;

/// <summary>Rules from a text, and events that go through them without a server.</summary>
internal static class RuleTest
{
    public static RuleSet Read(string json)
    {
        var faults = new RuleFaults();
        var rules = RuleDocument.ReadText(Encoding.UTF8.GetBytes(json), "rules.json", faults);
        Assert.Equal([], faults.Lines);
        return rules!;
    }

    public static IReadOnlyList<string> FaultsOf(string json)
    {
        var faults = new RuleFaults();
        Assert.Null(RuleDocument.ReadText(Encoding.UTF8.GetBytes(json), "rules.json", faults));
        Assert.NotEqual(0, faults.Count);
        return faults.Lines;
    }

    /// <summary>One rule with a match and actions, as the text of a file.</summary>
    public static string Rule(string match, string actions, string id = "r") => $$"""{"rules":[{"id":"{{id}}","match":{{match}},"actions":[{{actions}}]}]}""";

    /// <summary>Rules that run. Actions that need a server fail, since there is none.</summary>
    public static RulePipeline Pipeline(string json)
    {
        var pipeline = new RulePipeline(NullLogger.Instance) { Rules = Read(json) };
        foreach (var rule in pipeline.Rules.Rules)
        {
            foreach (var action in rule.Actions)
            {
                action.BindPipeline(pipeline);
            }
        }

        return pipeline;
    }

    /// <summary>What the application sees, name and arguments; null: nothing.</summary>
    public static string? Through(RulePipeline pipeline, EventName name, string arguments, SocketIdentity? identity = null, string nsp = "/", params string[] rooms)
    {
        var e = new RuleEvent(nsp, name, Encoding.UTF8.GetBytes(name.ToString()), Encoding.UTF8.GetBytes(arguments)) { Identity = identity, Rooms = rooms };
        return pipeline.Run(ref e) ? null : $"{e.Name} {Encoding.UTF8.GetString(e.Arguments)}".TrimEnd();
    }

    public static string? Through(string json, EventName name, string arguments, SocketIdentity? identity = null, string nsp = "/", params string[] rooms) =>
        Through(Pipeline(json), name, arguments, identity, nsp, rooms);

    public static bool Matches(string match, EventName name, string arguments, SocketIdentity? identity = null, string nsp = "/", params string[] rooms) =>
        Through(Rule(match, "{\"drop\":true}"), name, arguments, identity, nsp, rooms) is null;
}
