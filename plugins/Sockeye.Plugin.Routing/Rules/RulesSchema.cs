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
            "outputs": { "type": "object", "additionalProperties": { "type": "object", "propertyNames": { "enum": {{List(OutputReader.Keys)}} } } },
            "inbound": { "type": "object", "additionalProperties": { "type": "object", "propertyNames": { "enum": {{List(InboundReader.Keys)}} } } },
            "statusToken": { "type": "string" },
            "Refusals": { "enum": {{List(Enum.GetNames<RefusalAnswer>())}} }
          }
        }
        """;

    private static string List(IEnumerable<string> names) => $"[ {string.Join(", ", names.Select(static name => $"\"{name}\""))} ]";
}
