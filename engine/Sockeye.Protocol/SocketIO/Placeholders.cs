namespace Sockeye.Protocol.SocketIO;

/// <summary>
/// The stand-ins for attachments inside a payload: exactly <c>{"_placeholder":true,"num":i}</c>, in either order. Pure and
/// stateless; any thread.
/// </summary>
public static class Placeholders
{
    /// <summary>
    /// Whether the payload of a binary packet uses each attachment exactly once. An object that claims to be a placeholder but is not
    /// exactly one (other members, a number out of range or not an integer) fails the payload; nothing else is ever replaced.
    /// </summary>
    /// <param name="payload">JSON that was found valid.</param>
    /// <param name="attachments">The announced number, at least 0.</param>
    public static bool Validate(ReadOnlySpan<byte> payload, int attachments)
    {
        const int OnStack = 256;
        var used = attachments <= OnStack ? stackalloc bool[OnStack] : new bool[attachments];
        var found = 0;
        var i = 0;
        while (true)
        {
            var next = payload[i..].IndexOfAny((byte)'{', (byte)'"');
            if (next < 0)
            {
                return found == attachments;
            }

            i += next;
            if (payload[i] == '{')
            {
                if (!TryRead(payload[i..], out var number, out var length))
                {
                    i++;
                    continue;
                }

                if (number >= attachments || used[number])
                {
                    return false;
                }

                used[number] = true;
                found++;
                i += length;
            }
            else
            {
                var end = JsonString.Skip(payload, i + 1);
                if (end < 0)
                {
                    return false;
                }

                if (IsMarker(payload[(i + 1)..(end - 1)], payload, end))
                {
                    return false;
                }

                i = end;
            }
        }
    }

    /// <summary>Recognises one placeholder, for the code that reads arguments of a payload that <see cref="Validate"/> accepted.</summary>
    /// <param name="json">JSON that starts with the object's brace; anything may follow.</param>
    /// <param name="number">Which attachment it stands for, 0 and up; its range is not checked here.</param>
    /// <param name="length">Bytes of the object.</param>
    /// <returns>Whether the object is a placeholder.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, out int number, out int length)
    {
        number = -1;
        length = 0;
        if (json.IsEmpty || json[0] != '{')
        {
            return false;
        }

        var i = 1;
        var hasMarker = false;
        for (var member = 0; member < 2; member++)
        {
            if (member == 1 && !TryTake(json, ref i, ','))
            {
                return false;
            }

            if (!TryTake(json, ref i, '"'))
            {
                return false;
            }

            var end = JsonString.Skip(json, i);
            if (end < 0)
            {
                return false;
            }

            var key = json[i..(end - 1)];
            i = end;
            if (!TryTake(json, ref i, ':'))
            {
                return false;
            }

            i = JsonScanner.SkipWhiteSpace(json, i);
            if (!hasMarker && JsonString.Equals(key, "_placeholder"u8) && json[i..].StartsWith("true"u8))
            {
                hasMarker = true;
                i += 4;
            }
            else if (number >= 0 || !JsonString.Equals(key, "num"u8) || !TryReadNumber(json, ref i, out number))
            {
                return false;
            }
        }

        if (!hasMarker || !TryTake(json, ref i, '}'))
        {
            return false;
        }

        length = i;
        return true;
    }

    /// <summary>Whether the string that ended at <paramref name="end"/> is the key of <c>"_placeholder":true</c>.</summary>
    private static bool IsMarker(ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload, int end)
    {
        if (!JsonString.Equals(key, "_placeholder"u8) || !TryTake(payload, ref end, ':'))
        {
            return false;
        }

        return payload[JsonScanner.SkipWhiteSpace(payload, end)..].StartsWith("true"u8);
    }

    private static bool TryTake(ReadOnlySpan<byte> json, ref int i, char expected)
    {
        i = JsonScanner.SkipWhiteSpace(json, i);
        if (i >= json.Length || json[i] != expected)
        {
            return false;
        }

        i++;
        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> json, ref int i, out int number)
    {
        number = -1;
        var start = i;
        i = JsonScanner.SkipNumber(json, i);
        return i > start && int.TryParse(json[start..i], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out number);
    }
}
