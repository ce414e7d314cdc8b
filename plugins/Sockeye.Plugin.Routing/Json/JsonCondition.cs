namespace Sockeye.Plugin.Routing.Json;

/// <summary>How a value is held against a rule's.</summary>
internal enum JsonComparison
{
    Equal,
    NotEqual,
    Below,
    AtMost,
    Above,
    AtLeast,
    OneOf,
    Contains,
    StartsWith,
    Exists,
}

/// <summary>A path into the arguments and what must hold of the value there. Does not change.</summary>
/// <remarks>A value that is not there fulfils nothing but <c>exists: false</c>; one of another type nothing but <c>!=</c>.</remarks>
internal sealed class JsonCondition
{
    /// <summary>Values of <c>in</c> at most: 1,000 (own).</summary>
    public const int MaxOperands = 1000;

    /// <summary>The keys of the configuration.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "exists"];

    private readonly JsonOperand[] _operands;

    private JsonCondition(JsonPath path, JsonComparison comparison, JsonOperand[] operands, string text)
    {
        Path = path;
        Comparison = comparison;
        _operands = operands;
        Text = text;
    }

    public JsonPath Path { get; }

    public JsonComparison Comparison { get; }

    /// <summary>As it would be written: <c>$[0].level &gt;= 3</c>.</summary>
    public string Text { get; }

    /// <summary>Which of the rules' paths it is, so that conditions with one path look it up once for an event.</summary>
    public int PathNumber { get; set; }

    /// <summary>Parses one comparison; null: a fault says what is wrong.</summary>
    public static JsonCondition? Parse(JsonPath path, RuleField field, RuleFaults faults)
    {
        var index = Keys.ToList().FindIndex(key => key.Equals(field.Name, StringComparison.OrdinalIgnoreCase));
        if (index < 0)
        {
            return null; // it is told as a key that nobody knows
        }

        var comparison = (JsonComparison)index;
        var node = field.Value;
        var text = $"{path} {Keys[index]} {RuleFaults.Shown(node.ToString())}";
        switch (comparison)
        {
            case JsonComparison.Exists when node.Kind is RuleNodeKind.True or RuleNodeKind.False:
                return new JsonCondition(path, comparison, [JsonOperand.Of(node)!], text);
            case JsonComparison.Exists:
                faults.AddWrongKind(node, "'exists'", "true or false");
                return null;
            case JsonComparison.OneOf when node.Kind != RuleNodeKind.Array || node.Items.Count is 0 or > MaxOperands:
                faults.AddWrongKind(node, "'in'", $"a list of 1 to {MaxOperands:N0} values");
                return null;
        }

        List<JsonOperand> operands = [];
        foreach (var item in comparison == JsonComparison.OneOf ? node.Items : [node])
        {
            var operand = JsonOperand.Of(item);
            var fits = operand is not null && comparison switch
            {
                JsonComparison.Below or JsonComparison.AtMost or JsonComparison.Above or JsonComparison.AtLeast => operand.IsNumber,
                JsonComparison.StartsWith => operand.IsText,
                _ => true,
            };
            if (!fits)
            {
                faults.AddWrongKind(item, $"what '{Keys[index]}' compares with", comparison switch
                {
                    JsonComparison.StartsWith => "a text",
                    JsonComparison.Below or JsonComparison.AtMost or JsonComparison.Above or JsonComparison.AtLeast => "a number (of a double's range)",
                    _ => "a text, a number (of a double's range), true, false or null",
                });
                return null;
            }

            operands.Add(operand!);
        }

        return new JsonCondition(path, comparison, [.. operands], text);
    }

    /// <summary>Whether it holds of a value that is there.</summary>
    public bool HoldsOf(ReadOnlySpan<byte> json) => Comparison switch
    {
        JsonComparison.Equal => _operands[0].IsEqual(json),
        JsonComparison.NotEqual => !_operands[0].IsEqual(json),
        JsonComparison.Below => _operands[0].Compare(json) < 0,
        JsonComparison.AtMost => _operands[0].Compare(json) <= 0,
        JsonComparison.Above => _operands[0].Compare(json) > 0,
        JsonComparison.AtLeast => _operands[0].Compare(json) >= 0,
        JsonComparison.Contains => _operands[0].IsIn(json),
        JsonComparison.StartsWith => _operands[0].IsStartOf(json),
        JsonComparison.Exists => HoldsOfNothing == false,
        _ => IsOneOf(json),
    };

    /// <summary>Whether it holds if there is no value.</summary>
    public bool HoldsOfNothing => Comparison == JsonComparison.Exists && _operands[0].IsEqual("false"u8);

    public override string ToString() => Text;

    private bool IsOneOf(ReadOnlySpan<byte> json)
    {
        foreach (var operand in _operands)
        {
            if (operand.IsEqual(json))
            {
                return true;
            }
        }

        return false;
    }
}
