using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>A place in the arguments of an event, such as <c>$[0].sensor.value</c>: <c>$</c> is the list of the arguments, so a path begins with the number of one. Parsed once, followed over the bytes without allocating.</summary>
/// <remarks>Of two fields with one name the last counts, as it does for whoever parses the JSON: what a rule has seen is what the application sees.</remarks>
internal sealed class JsonPath : IEquatable<JsonPath>
{
    /// <summary>Steps of a path at most: 16 (own). Following it looks at no byte more often than that.</summary>
    public const int MaxSteps = 16;

    private readonly Step[] _steps;
    private readonly string _text;

    private JsonPath(Step[] steps)
    {
        _steps = steps;
        _text = Write(steps);
    }

    public ReadOnlySpan<Step> Steps => _steps;

    /// <summary>The path without its last step; null: it is one step long.</summary>
    public JsonPath? Parent => _steps.Length > 1 ? new JsonPath(_steps[..^1]) : null;

    /// <summary>The field with another name beside the one of this path.</summary>
    public JsonPath Beside(string name) => new([.. _steps[..^1], new Step(name)]);

    public static JsonPath? Parse(string text, out string? fault)
    {
        List<Step> steps = [];
        fault = null;
        if (text is not ['$', ..])
        {
            fault = "a path begins with $, which is the list of the arguments: $[0].name";
            return null;
        }

        for (var i = 1; i < text.Length && fault is null;)
        {
            var step = text[i] switch
            {
                '.' => Field(text, ref i, out fault),
                '[' => Bracket(text, ref i, out fault),
                _ => null,
            };
            if (step is null)
            {
                fault ??= $"what follows '{text[..i]}' is neither .name nor [number] nor [\"name\"]";
                return null;
            }

            steps.Add(step);
        }

        if (fault is null && steps.Count == 0)
        {
            fault = "the path has no step: $[0] is the first argument";
        }
        else if (fault is null && steps[0].Name is not null)
        {
            fault = "$ is the list of the arguments: the path begins with the number of one, $[0]";
        }
        else if (steps.Count > MaxSteps)
        {
            fault = $"the path has more than {MaxSteps} steps";
        }

        return fault is null ? new JsonPath([.. steps]) : null;
    }

    /// <summary>Finds the value.</summary>
    /// <param name="arguments">The arguments, without the brackets around them.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <returns>False: there is none.</returns>
    public bool TryFind(ReadOnlySpan<byte> arguments, out int start, out int end) => Follow(arguments, out start, out end) == _steps.Length;

    /// <summary>Follows the path as far as it leads.</summary>
    /// <returns>The number of steps that were taken; the value is the one behind the last of them, or the list of the arguments itself.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // What it calls is inlined here, which a larger method would have no budget for.
    public int Follow(ReadOnlySpan<byte> arguments, out int start, out int end)
    {
        start = 0;
        end = arguments.Length;
        var valueEnd = -1;
        for (var i = 0; i < _steps.Length; i++)
        {
            var step = _steps[i];
            int from;
            if (i == 0)
            {
                if (!TryElement(arguments, 0, step.Index, out from))
                {
                    return i;
                }
            }
            else if (start >= arguments.Length || (step.Name is null
                ? arguments[start] != (byte)'[' || !TryElement(arguments, start + 1, step.Index, out from)
                : arguments[start] != (byte)'{' || !TryField(arguments, start, step, out from, out valueEnd)))
            {
                // The end of a value is asked for where the path ends, and not of all that it leads through.
                end = i == 0 ? arguments.Length : JsonWalk.Value(arguments, start);
                return i;
            }

            start = from;
        }

        // Whoever finds a field has passed over its value.
        end = _steps[^1].Name is null ? JsonWalk.Value(arguments, start) : valueEnd;
        return _steps.Length;
    }

    public bool Equals(JsonPath? other) => other is not null && _text == other._text;

    public override bool Equals(object? obj) => Equals(obj as JsonPath);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;

    /// <summary>The element of a list: its first one begins at <paramref name="i"/> or behind it.</summary>
    private static bool TryElement(ReadOnlySpan<byte> json, int i, int index, out int start)
    {
        start = JsonWalk.White(json, i);
        while (start < json.Length && json[start] != (byte)']')
        {
            if (index-- == 0)
            {
                return true;
            }

            start = JsonWalk.Separator(json, JsonWalk.Value(json, start));
        }

        return false;
    }

    private static bool TryField(ReadOnlySpan<byte> json, int open, Step step, out int start, out int end)
    {
        if (step.IsPlain && FlatObject.TryFind(json, open, step.Quoted, out start, out end) is { } isThere)
        {
            return isThere;
        }

        start = end = 0;
        var isFound = false;
        var i = JsonWalk.White(json, open + 1);
        while ((uint)i < (uint)json.Length && json[i] == (byte)'"')
        {
            // A name that is written as it reads ends where the one of the path does; the end of others is looked for.
            var nameEnd = i + step.Quoted.Length;
            var isIt = step.IsWrittenAt(json[i..]);
            if (!isIt)
            {
                nameEnd = JsonWalk.Text(json, i, out var isEscaped);
                isIt = isEscaped && step.IsName(json[i..nameEnd], isEscaped);
            }

            var value = JsonWalk.White(json, nameEnd);
            value = JsonWalk.White(json, value + 1); // behind the colon
            var valueEnd = JsonWalk.Value(json, value);
            if (isIt && value < valueEnd)
            {
                (start, end, isFound) = (value, valueEnd, true);
            }

            i = JsonWalk.Separator(json, valueEnd);
        }

        return isFound;
    }

    private static Step? Field(string text, ref int i, out string? fault)
    {
        var end = i + 1;
        while (end < text.Length && text[end] is not ('.' or '[' or ']' or '"' or '{' or '}') && !char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        var name = text[(i + 1)..end];
        fault = name.Length == 0 ? $"a name is missing behind '{text[..(i + 1)]}'" : null;
        i = end;
        return fault is null ? new Step(name) : null;
    }

    private static Step? Bracket(string text, ref int i, out string? fault)
    {
        fault = null;
        if (i + 1 < text.Length && text[i + 1] == '"')
        {
            var quote = text.IndexOf('"', i + 2);
            if (quote < 0 || quote + 1 >= text.Length || text[quote + 1] != ']')
            {
                fault = $"the name behind '{text[..(i + 2)]}' does not end with \"]";
                return null;
            }

            var name = text[(i + 2)..quote];
            i = quote + 2;
            return new Step(name);
        }

        var end = text.IndexOf(']', i);
        if (end < 0 || !int.TryParse(text.AsSpan(i + 1, end - i - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            fault = $"behind '{text[..(i + 1)]}' a whole number and ] are missing";
            return null;
        }

        i = end + 1;
        return new Step(index);
    }

    private static string Write(Step[] steps)
    {
        var text = new StringBuilder("$");
        foreach (var step in steps)
        {
            _ = step.Name is not { } name ? text.Append(CultureInfo.InvariantCulture, $"[{step.Index}]")
                : name.Length > 0 && name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-') ? text.Append('.').Append(name)
                : text.Append("[\"").Append(name).Append("\"]");
        }

        return text.ToString();
    }

    /// <summary>A name of an object's field, or the number of a list's element.</summary>
    internal sealed class Step
    {
        private readonly byte[] _quoted = [];

        public Step(string name)
        {
            Name = name;
            _quoted = Encoding.UTF8.GetBytes($"\"{name}\"");
            IsPlain = name.AsSpan().IndexOfAny('"', '\\') < 0;
        }

        public Step(int index) => Index = index;

        public string? Name { get; }

        public int Index { get; }

        /// <summary>The name with its quotes.</summary>
        public ReadOnlySpan<byte> Quoted => _quoted;

        /// <summary>Whether it has neither quotes nor backslashes, so that it stands in JSON as it reads.</summary>
        public bool IsPlain { get; }

        /// <summary>Whether a JSON text that is this name, written as it reads, begins here. One with a quote or a backslash in it never is.</summary>
        public bool IsWrittenAt(ReadOnlySpan<byte> json)
        {
            // Most other names differ in their first letter, and need no call.
            var quoted = _quoted;
            return json.Length > 1 && quoted.Length > 1 && json[1] == quoted[1] && IsPlain && json.StartsWith(quoted);
        }

        /// <summary>Whether a JSON text, with its quotes, is this name.</summary>
        public bool IsName(ReadOnlySpan<byte> text, bool isEscaped) =>
            isEscaped ? JsonTextValue.Equal(text, _quoted.AsSpan(1, _quoted.Length - 2)) : text.SequenceEqual(_quoted);
    }
}
