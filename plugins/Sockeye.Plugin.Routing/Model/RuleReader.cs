using Sockeye.Plugin.Routing.Json;

namespace Sockeye.Plugin.Routing.Model;

/// <summary>Reads objects of the configuration: which keys there may be, and of which kind their values are. Every fault is told, and what is faulty is as if it were not there.</summary>
internal static class RuleReader
{
    /// <summary>Whether the node is an object with known keys alone, each once.</summary>
    public static bool IsObject(RuleNode node, string what, RuleFaults faults, params IReadOnlyList<string> known)
    {
        if (node.Kind != RuleNodeKind.Object)
        {
            faults.AddWrongKind(node, what, $"an object with {string.Join(", ", known)}");
            return false;
        }

        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (var field in node.Fields)
        {
            if (!known.Contains(field.Name, StringComparer.OrdinalIgnoreCase))
            {
                faults.AddUnknown(field.Location, $"the key of {what}", field.Name, known);
            }
            else if (!seen.Add(field.Name))
            {
                faults.Add(field.Location, $"'{field.Name}' stands here twice");
            }
        }

        return true;
    }

    /// <summary>A text that is not empty; null: there is none, or a fault was told.</summary>
    public static string? Text(RuleNode parent, string key, RuleFaults faults)
    {
        if (parent.Find(key) is not { } node)
        {
            return null;
        }

        if (node.Kind == RuleNodeKind.Text && node.Value.Length > 0)
        {
            return node.Value;
        }

        faults.AddWrongKind(node, $"'{key}'", "a text that is not empty");
        return null;
    }

    /// <summary>True or false; the default if there is none, or a fault was told.</summary>
    public static bool Flag(RuleNode parent, string key, bool unless, RuleFaults faults)
    {
        if (parent.Find(key) is not { } node)
        {
            return unless;
        }

        if (node.Kind is RuleNodeKind.True or RuleNodeKind.False)
        {
            return node.Kind == RuleNodeKind.True;
        }

        faults.AddWrongKind(node, $"'{key}'", "true or false");
        return unless;
    }

    /// <summary>A whole number in a range; the default if there is none, or a fault was told.</summary>
    public static int Number(RuleNode parent, string key, int unless, int min, int max, RuleFaults faults)
    {
        if (parent.Find(key) is not { } node)
        {
            return unless;
        }

        if (node.TryGetInt(out var number) && number >= min && number <= max)
        {
            return number;
        }

        faults.Add(node.Location, $"'{key}' must be a whole number from {min:N0} to {max:N0}");
        return unless;
    }

    /// <summary>A length of time: a number and <c>ms</c>, <c>s</c>, <c>min</c> or <c>h</c>, such as <c>5 s</c> or <c>1.5h</c>, or <c>00:00:05</c>; a number alone, which .NET takes for days, is none except 0. The default if there is none, or a fault was told.</summary>
    public static TimeSpan Time(RuleNode parent, string key, TimeSpan unless, TimeSpan min, TimeSpan max, RuleFaults faults)
    {
        if (parent.Find(key) is not { } node)
        {
            return unless;
        }

        if (node.Kind == RuleNodeKind.Text && TryParseTime(node.Value, out var time) && time >= min && time <= max)
        {
            return time;
        }

        faults.Add(node.Location, $"'{key}' must be a time from {Said(min)} to {Said(max)}, written as a number and ms, s, min or h, such as \"5 s\", or as \"00:00:05\"");
        return unless;
    }

    // As a rule may write it, in the largest unit that has it whole.
    private static string Said(TimeSpan time) =>
        time == TimeSpan.Zero ? "0"
        : time.Ticks % TimeSpan.TicksPerHour == 0 ? $"{time.TotalHours:0} h"
        : time.Ticks % TimeSpan.TicksPerMinute == 0 ? $"{time.TotalMinutes:0} min"
        : time.Ticks % TimeSpan.TicksPerSecond == 0 ? $"{time.TotalSeconds:0} s"
        : $"{time.TotalMilliseconds:0} ms";

    /// <summary>A text with placeholders; null: there is none, or a fault was told.</summary>
    public static RuleTemplate? Template(RuleNode parent, string key, TemplateUse use, RuleFaults faults) =>
        parent.Find(key) is { } node ? RuleTemplate.Parse(node, $"'{key}'", use, faults) : null;

    /// <summary>A path; null: a fault was told.</summary>
    public static JsonPath? Path(RuleNode node, string what, RuleFaults faults)
    {
        if (node.Kind != RuleNodeKind.Text)
        {
            faults.AddWrongKind(node, what, "a path, such as \"$[0].name\"");
            return null;
        }

        return Path(node.Value, node.Location, what, faults);
    }

    /// <inheritdoc cref="Path(RuleNode, string, RuleFaults)" />
    public static JsonPath? Path(string text, RuleLocation location, string what, RuleFaults faults)
    {
        var path = JsonPath.Parse(text, out var fault);
        if (path is null)
        {
            faults.Add(location, $"{what} '{RuleFaults.Shown(text)}' is no path: {fault}");
        }

        return path;
    }

    /// <summary>The name of an event; null: a fault was told.</summary>
    public static EventName? Name(string text, RuleLocation location, RuleFaults faults)
    {
        try
        {
            return new EventName(text);
        }
        catch (ArgumentException)
        {
            faults.Add(location, $"'{RuleFaults.Shown(text)}' is no name of an event: it is reserved, has NUL or more than {EventName.MaxBytes} bytes");
            return null;
        }
    }

    private static bool TryParseTime(string text, out TimeSpan time)
    {
        text = text.Trim();
        var digits = text.AsSpan().TrimEnd("msinh").ToString();
        if (digits.Length < text.Length && double.TryParse(digits.TrimEnd(), System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var number) && number < 1e9)
        {
            var unit = text[digits.Length..] switch
            {
                "ms" => 1d,
                "s" => 1000d,
                "min" => 60_000d,
                "h" => 3_600_000d,
                _ => 0d,
            };
            time = TimeSpan.FromMilliseconds(number * unit);
            return unit > 0;
        }

        return DurationText.TryParse(text, out time);
    }
}
