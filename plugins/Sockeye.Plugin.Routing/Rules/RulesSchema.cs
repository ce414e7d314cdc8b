using Sockeye.Plugins;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>The JSON schema of the section, for editors: which keys there are, as those who read them know. What is below is checked when it is read. It has no state.</summary>
internal static class RulesSchema
{
    public static string Text => $$"""
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "file": { "type": "string", "description": "A file that has the rest, instead of the section." },
            "rules": {
              "description": "What is done with events, in this order.",
              "type": "array",
              "maxItems": {{RuleSet.MaxRules}},
              "items": {
                "type": "object",
                "required": [ "id", "actions" ],
                "propertyNames": { "enum": {{List(RuleParser.Keys)}} },
                "properties": {
                  "id": { "type": "string", "maxLength": {{RuleParser.MaxIdLength}} },
                  "match": { "type": "object", "propertyNames": { "enum": {{List(RuleParser.MatchKeys)}} } },
                  "actions": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": {{RuleParser.MaxActions}},
                    "items": { "type": "object", "minProperties": 1, "maxProperties": 1, "propertyNames": { "enum": {{List(ActionTable.Keys)}} } }
                  }
                }
              }
            },
            "outputs": { "description": "Where events go outside, by name.", "type": "object", "additionalProperties": { "type": "object", "propertyNames": { "enum": {{List(OutputReader.Keys)}} } } },
            "inbound": { "description": "Ways in from outside, by name.", "type": "object", "additionalProperties": { "type": "object", "propertyNames": { "enum": {{List(InboundReader.Keys)}} } } },
            "statusToken": { "type": "string", "description": "What a client of /plugins/routing/status has to say as its bearer token; without one there is no such route." },
            "WhenFaulted": { "enum": {{List(Enum.GetNames<FaultMode>())}}, "default": "{{nameof(FaultMode.Open)}}", "description": "What becomes of events while the gate fails." },
            "Refusals": { "enum": {{List(Enum.GetNames<RefusalAnswer>())}}, "default": "{{nameof(RefusalAnswer.Event)}}", "description": "What a client hears of an event that the plugin refuses." }
          }
        }
        """;

    private static string List(IEnumerable<string> names) => $"[ {string.Join(", ", names.Select(static name => $"\"{name}\""))} ]";
}
