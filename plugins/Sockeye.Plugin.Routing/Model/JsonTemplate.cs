using System.Buffers;
using System.Text.Json;
using Sockeye.Plugin.Routing.Json;

namespace Sockeye.Plugin.Routing.Model;

/// <summary>A JSON value of the configuration whose texts may have placeholders. Parsed once; one without placeholders is bytes.</summary>
internal sealed class JsonTemplate
{
    private readonly RuleNode _node;
    private readonly Dictionary<RuleNode, RuleTemplate> _templates;

    private JsonTemplate(RuleNode node, Dictionary<RuleNode, RuleTemplate> templates)
    {
        _node = node;
        _templates = templates;
        if (templates.Values.All(static template => template.Constant is not null))
        {
            Constant = Write(static template => template.Constant!);
        }
    }

    /// <summary>The value, if nothing in it depends on the event.</summary>
    public byte[]? Constant { get; }

    /// <summary>Whether it has <c>{room}</c>, which needs a room in the match.</summary>
    public bool NeedsRoom => _templates.Values.Any(static template => template.NeedsRoom);

    /// <summary>Parses a value; null: a fault says what is wrong.</summary>
    public static JsonTemplate? Parse(RuleNode node, string what, RuleFaults faults)
    {
        var before = faults.Count;
        Dictionary<RuleNode, RuleTemplate> templates = [];
        Collect(node, what, faults, templates);
        return faults.Count == before ? new JsonTemplate(node, templates) : null;
    }

    /// <summary>The value for an event.</summary>
    /// <param name="e">The event.</param>
    /// <param name="value">The value; the same bytes each time if it is constant.</param>
    /// <param name="fault">Why there is none.</param>
    public bool TryExpand(ref RuleEvent e, out byte[] value, out string fault)
    {
        fault = "";
        value = Constant ?? [];
        if (Constant is not null)
        {
            return true;
        }

        Dictionary<RuleTemplate, string> texts = [];
        var length = 0;
        foreach (var template in _templates.Values)
        {
            if (!template.TryExpand(ref e, out var text))
            {
                fault = text;
                return false;
            }

            texts[template] = text;
            length += text.Length;
            if (length > RuleTemplate.MaxValueLength)
            {
                fault = $"longer than {RuleTemplate.MaxValueLength:N0} characters";
                return false;
            }
        }

        value = Write(template => texts[template]);
        return true;
    }

    private static void Collect(RuleNode node, string what, RuleFaults faults, Dictionary<RuleNode, RuleTemplate> templates)
    {
        if (node.Kind == RuleNodeKind.Text && node.Value.Length > 0 && RuleTemplate.Parse(node, what, TemplateUse.Value, faults) is { } template)
        {
            templates[node] = template;
        }

        foreach (var item in node.Items)
        {
            Collect(item, what, faults, templates);
        }

        foreach (var field in node.Fields)
        {
            if (field.Name == "_placeholder")
            {
                faults.Add(field.Location, $"{what}: a value with '_placeholder' would stand for an attachment that the event may not have");
            }

            Collect(field.Value, what, faults, templates);
        }
    }

    private byte[] Write(Func<RuleTemplate, string> textOf)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        _node.Write(writer, node => _templates.TryGetValue(node, out var template) ? textOf(template) : node.Value);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
