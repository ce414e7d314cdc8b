using System.Buffers;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Json;

/// <summary>Changes the bytes of arguments in one place: what stands around it is copied as it is, placeholders of attachments included.</summary>
internal static class JsonEdit
{
    /// <summary>Puts a value where a path leads. Objects on the way are made; of a list the element behind the last may be set.</summary>
    /// <returns>The new arguments; null: something on the way is neither an object nor a list, or a list is too short.</returns>
    public static byte[]? Set(ReadOnlySpan<byte> arguments, JsonPath path, ReadOnlySpan<byte> value)
    {
        var steps = path.Steps;
        var taken = path.Follow(arguments, out var start, out var end);
        if (taken == steps.Length)
        {
            return [.. arguments[..start], .. value, .. arguments[end..]];
        }

        // The container behind the last step that could be taken gets a new member, with all that is missing in it.
        foreach (var step in steps[(taken + 1)..])
        {
            if (step.Name is null)
            {
                return null;
            }
        }

        var missing = new ArrayBufferWriter<byte>();
        WriteMissing(missing, steps[taken..], value);
        if (taken == 0)
        {
            return Count(arguments, 0, arguments.Length) == steps[0].Index
                ? arguments[JsonWalk.White(arguments, 0)..].IsEmpty ? missing.WrittenSpan.ToArray() : [.. arguments, (byte)',', .. missing.WrittenSpan]
                : null;
        }

        var isObject = steps[taken].Name is not null;
        if (arguments[start] != (isObject ? (byte)'{' : (byte)'[') || (!isObject && Count(arguments[..end], start + 1, end - 1) != steps[taken].Index))
        {
            return null;
        }

        var isEmpty = JsonWalk.White(arguments, start + 1) == end - 1;
        return isEmpty
            ? [.. arguments[..(end - 1)], .. missing.WrittenSpan, .. arguments[(end - 1)..]]
            : [.. arguments[..(end - 1)], (byte)',', .. missing.WrittenSpan, .. arguments[(end - 1)..]];
    }

    /// <summary>Takes out what a path leads to: of an object all fields of the name, so that none of before shows.</summary>
    /// <returns>The new arguments; null: there is no such thing.</returns>
    public static byte[]? Remove(ReadOnlySpan<byte> arguments, JsonPath path)
    {
        if (!path.TryFind(arguments, out var start, out var end))
        {
            return null;
        }

        var last = path.Steps[^1];
        if (last.Name is null)
        {
            return CutElement(arguments, start, end);
        }

        path.Parent!.TryFind(arguments, out var open, out var close);
        return Without(arguments, open, close, last);
    }

    /// <summary>Puts the first argument into an object, under a name; the others follow it as they are.</summary>
    public static byte[] Wrap(ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> quotedName)
    {
        var start = JsonWalk.White(arguments, 0);
        if (start == arguments.Length)
        {
            return [(byte)'{', .. quotedName, .. ":null}"u8];
        }

        var end = JsonWalk.Value(arguments, start);
        return [(byte)'{', .. quotedName, (byte)':', .. arguments[start..end], (byte)'}', .. arguments[end..]];
    }

    private static byte[] Without(ReadOnlySpan<byte> arguments, int open, int close, JsonPath.Step name)
    {
        var kept = new ArrayBufferWriter<byte>(arguments.Length);
        kept.Write(arguments[..(open + 1)]);
        var json = arguments[..close];
        var isFirst = true;
        var i = JsonWalk.White(json, open + 1);
        while (i < json.Length && json[i] == (byte)'"')
        {
            var nameEnd = JsonWalk.Text(json, i, out var isEscaped);
            var valueEnd = JsonWalk.Value(json, JsonWalk.White(json, JsonWalk.White(json, nameEnd) + 1));
            if (!name.IsName(json[i..nameEnd], isEscaped))
            {
                kept.Write(isFirst ? default : ","u8);
                kept.Write(json[i..valueEnd]);
                isFirst = false;
            }

            i = JsonWalk.Separator(json, valueEnd);
        }

        kept.Write(arguments[(close - 1)..]);
        return kept.WrittenSpan.ToArray();
    }

    /// <summary>An element goes with the comma behind it, the last one with the comma before it.</summary>
    private static byte[] CutElement(ReadOnlySpan<byte> arguments, int start, int end)
    {
        var next = JsonWalk.White(arguments, end);
        if (next < arguments.Length && arguments[next] == (byte)',')
        {
            return [.. arguments[..start], .. arguments[(next + 1)..]];
        }

        var before = start - 1;
        while (before >= 0 && arguments[before] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            before--;
        }

        return before >= 0 && arguments[before] == (byte)',' ? [.. arguments[..before], .. arguments[end..]] : [.. arguments[..start], .. arguments[end..]];
    }

    private static int Count(ReadOnlySpan<byte> json, int start, int end)
    {
        var count = 0;
        for (var i = JsonWalk.White(json, start); i < end; i = JsonWalk.Separator(json, JsonWalk.Value(json, i)))
        {
            count++;
        }

        return count;
    }

    /// <summary>A member of a container, with an object for each step below it: <c>"a":{"b":1}</c>, or <c>{"b":1}</c> if it is an element.</summary>
    private static void WriteMissing(ArrayBufferWriter<byte> output, ReadOnlySpan<JsonPath.Step> steps, ReadOnlySpan<byte> value)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            if (i > 0)
            {
                output.Write("{"u8);
            }

            if (steps[i].Name is { } name)
            {
                output.Write(Quoted(name));
                output.Write(":"u8);
            }
        }

        output.Write(value);
        for (var i = 1; i < steps.Length; i++)
        {
            output.Write("}"u8);
        }
    }

    /// <summary>A text as JSON.</summary>
    public static byte[] Quoted(string text) => [(byte)'"', .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, (byte)'"'];
}
