using System.Text;
using Sockeye.Plugin.Routing.Json;

namespace Sockeye.Plugin.Routing.Model;

/// <summary>What a text with placeholders becomes: decides what may stand in it, and how.</summary>
internal enum TemplateUse
{
    /// <summary>A room, a user, the id of a socket, a key or the name of an event: what stands in a placeholder is taken as it is.</summary>
    Name,

    /// <summary>A subject of the bus: a placeholder is one token, so what has a dot, a wildcard, white space or other than visible ASCII in it does not go out.</summary>
    Subject,

    /// <summary>A value in JSON: any text.</summary>
    Value,
}

/// <summary>A text with <c>{user}</c>, <c>{event}</c>, <c>{namespace}</c>, <c>{room}</c>, <c>{socket}</c>, <c>{claim:type}</c> and paths such as <c>{$[0].id}</c> in it; <c>{{</c> is a brace. Parsed once.</summary>
internal sealed class RuleTemplate
{
    /// <summary>Characters that a text with placeholders may become: 65,536 as a value (own), 512 elsewhere (<see cref="Cluster.BusSubject.MaxLength"/>).</summary>
    public const int MaxValueLength = 65536;

    /// <summary>Of a name or subject.</summary>
    public const int MaxNameLength = 512;

    private static readonly string[] s_known = ["user", "event", "namespace", "room", "socket", "claim:type", "$[0].path"];

    private readonly Part[] _parts;
    private readonly TemplateUse _use;

    private RuleTemplate(Part[] parts, TemplateUse use, string text)
    {
        _parts = parts;
        _use = use;
        Text = text;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The text, if nothing in it depends on the event.</summary>
    public string? Constant => _parts.Length switch
    {
        0 => "",
        1 when _parts[0].Kind == PartKind.Literal => _parts[0].Text,
        _ => null,
    };

    /// <summary>Whether it has <c>{room}</c>, which needs a room in the match.</summary>
    public bool NeedsRoom => Array.Exists(_parts, static part => part.Kind == PartKind.Room);

    /// <summary>Parses a text of the configuration; null: a fault says what is wrong.</summary>
    public static RuleTemplate? Parse(RuleNode node, string what, TemplateUse use, RuleFaults faults)
    {
        if (node.Kind != RuleNodeKind.Text || node.Value.Length == 0)
        {
            faults.AddWrongKind(node, what, "a text that is not empty");
            return null;
        }

        List<Part> parts = [];
        var literal = new StringBuilder();
        var text = node.Value;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '{' or '}' && i + 1 < text.Length && text[i + 1] == text[i])
            {
                literal.Append(text[i++]);
                continue;
            }

            if (text[i] != '{')
            {
                literal.Append(text[i]);
                continue;
            }

            var close = text.IndexOf('}', i);
            if (close < 0)
            {
                faults.Add(node.Location, $"{what}: '{{' without '}}'; a brace itself is written twice");
                return null;
            }

            if (Placeholder(node, text[(i + 1)..close], what, faults) is not { } part)
            {
                return null;
            }

            if (literal.Length > 0)
            {
                parts.Add(new Part(PartKind.Literal, literal.ToString(), null));
                literal.Clear();
            }

            parts.Add(part);
            i = close;
        }

        if (literal.Length > 0)
        {
            parts.Add(new Part(PartKind.Literal, literal.ToString(), null));
        }

        return new RuleTemplate([.. parts], use, text);
    }

    /// <summary>The text for an event. What is constant, or one name alone, is no new string.</summary>
    /// <param name="e">The event.</param>
    /// <param name="text">The text, or why there is none.</param>
    public bool TryExpand(ref RuleEvent e, out string text)
    {
        if (Constant is { } constant)
        {
            text = constant;
            return true;
        }

        var max = _use == TemplateUse.Value ? MaxValueLength : MaxNameLength;
        if (_parts.Length == 1)
        {
            return TryExpand(_parts[0], ref e, out text) && IsShort(ref text, max);
        }

        var builder = new StringBuilder();
        foreach (var part in _parts)
        {
            if (!TryExpand(part, ref e, out text))
            {
                return false;
            }

            builder.Append(text);
            if (builder.Length > max)
            {
                break;
            }
        }

        text = builder.ToString();
        return IsShort(ref text, max);
    }

    /// <summary>What it may become, for the search for loops: what depends on an event is <c>*</c>, with all that follows.</summary>
    /// <param name="eventName">What <c>{event}</c> is: the name that the rule asks for.</param>
    public string Pattern(string eventName)
    {
        var pattern = new StringBuilder();
        foreach (var part in _parts)
        {
            switch (part.Kind)
            {
                case PartKind.Literal:
                    pattern.Append(part.Text);
                    break;
                case PartKind.Event when !eventName.EndsWith('*'):
                    pattern.Append(eventName);
                    break;
                case PartKind.Event:
                    return pattern.Append(eventName).ToString();
                default:
                    return pattern.Append('*').ToString();
            }
        }

        return pattern.ToString();
    }

    /// <summary>The first placeholder of a text that is taken as it is written; null: there is none.</summary>
    public static string? PlaceholderIn(string text)
    {
        for (var open = text.IndexOf('{'); open >= 0; open = text.IndexOf('{', open + 1))
        {
            var close = text.IndexOf('}', open);
            if (close > 0 && text[(open + 1)..close] is var name && (s_known.Contains(name) || name.StartsWith("claim:", StringComparison.Ordinal) || name.StartsWith('$')))
            {
                return text[open..(close + 1)];
            }
        }

        return null;
    }

    public override string ToString() => Text;

    private static bool IsShort(ref string text, int max)
    {
        if (text.Length <= max)
        {
            return true;
        }

        text = $"longer than {max} characters";
        return false;
    }

    private static Part? Placeholder(RuleNode node, string name, string what, RuleFaults faults)
    {
        switch (name)
        {
            case "user":
                return new Part(PartKind.User, name, null);
            case "event":
                return new Part(PartKind.Event, name, null);
            case "namespace":
                return new Part(PartKind.Namespace, name, null);
            case "room":
                return new Part(PartKind.Room, name, null);
            case "socket":
                return new Part(PartKind.Socket, name, null);
        }

        if (name.StartsWith("claim:", StringComparison.Ordinal) && name.Length > 6)
        {
            return new Part(PartKind.Claim, name[6..], null);
        }

        if (name is ['$', ..])
        {
            if (JsonPath.Parse(name, out var fault) is { } path)
            {
                return new Part(PartKind.Path, name, path);
            }

            faults.Add(node.Location, $"{what}: {{{RuleFaults.Shown(name)}}}: {fault}");
            return null;
        }

        faults.AddUnknown(node.Location, $"{what}: the placeholder", name, s_known);
        return null;
    }

    private bool TryExpand(in Part part, ref RuleEvent e, out string text)
    {
        string? value;
        switch (part.Kind)
        {
            case PartKind.Literal:
                text = part.Text;
                return true;
            case PartKind.User:
                value = e.Identity?.Subject;
                break;
            case PartKind.Event:
                value = e.ReceivedName.ToString();
                break;
            case PartKind.Namespace:
                value = e.Namespace;
                break;
            case PartKind.Room:
                value = e.MatchedRoom;
                break;
            case PartKind.Socket:
                value = e.Socket?.Id;
                break;
            case PartKind.Claim:
                value = e.Identity is { } identity && identity.TryFind(part.Text, out var claim) ? claim : null;
                break;
            default:
                value = e.TryFind(part.Path!, out var json) ? ScalarOf(json) : null;
                break;
        }

        if (value is null)
        {
            text = $"there is no {{{part.Shown}}}";
            return false;
        }

        return TryEncode(part, value, out text);
    }

    private bool TryEncode(in Part part, string value, out string text)
    {
        switch (_use)
        {
            case TemplateUse.Subject:
                foreach (var c in value)
                {
                    if (c is <= ' ' or > '~' or '.' or '*' or '>')
                    {
                        text = $"{{{part.Shown}}} has a character that a token of a subject has not";
                        return false;
                    }
                }

                text = value;
                return value.Length > 0 || Missing(part, out text);
            default:
                text = value;
                return _use == TemplateUse.Value || value.Length > 0 || Missing(part, out text);
        }
    }

    private static bool Missing(in Part part, out string text)
    {
        text = $"{{{part.Shown}}} is empty";
        return false;
    }

    /// <summary>What a text says, the digits of a number, true or false; null, lists and objects are nothing that could stand in a text.</summary>
    private static string? ScalarOf(ReadOnlySpan<byte> json) => json.IsEmpty || json.Length > MaxValueLength * 6 ? null : json[0] switch
    {
        (byte)'"' => JsonTextValue.Read(json),
        (byte)'{' or (byte)'[' or (byte)'n' => null,
        _ => Encoding.UTF8.GetString(json),
    };

    private enum PartKind
    {
        Literal,
        User,
        Event,
        Namespace,
        Room,
        Socket,
        Claim,
        Path,
    }

    private readonly record struct Part(PartKind Kind, string Text, JsonPath? Path)
    {
        /// <summary>As it was written, without the braces.</summary>
        public string Shown => Kind == PartKind.Claim ? "claim:" + Text : Text;
    }
}
