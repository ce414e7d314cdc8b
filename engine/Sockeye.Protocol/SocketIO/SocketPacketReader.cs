namespace Sockeye.Protocol.SocketIO;

/// <summary>
/// Reads a Socket.IO v5 packet, <c>&lt;type&gt;[&lt;n&gt;-][&lt;namespace&gt;,][&lt;ack id&gt;][&lt;json&gt;]</c>, and checks everything that can
/// be checked without state: the JSON, reserved names, and what each type may carry. Which side may send which type is for the
/// layer above. One pass, no allocation. Pure and stateless; any thread.
/// </summary>
public static class SocketPacketReader
{
    /// <summary>The largest integer that JavaScript counts exactly: 2^53-1.</summary>
    public const long MaxAckId = 9_007_199_254_740_991;

    private const int MaxAckIdDigits = 16;

    /// <summary>Reads one packet.</summary>
    /// <param name="text">The data of one text message, valid UTF-8.</param>
    /// <param name="limits">What the packet may cost.</param>
    /// <param name="packet">The packet, pointing into <paramref name="text"/>; after an error it means nothing.</param>
    /// <returns><see cref="ProtocolError.None"/>, or why the connection has to be closed.</returns>
    public static ProtocolError TryRead(ReadOnlySpan<byte> text, SocketPacketLimits limits, out SocketPacket packet)
    {
        packet = default;
        if (text.IsEmpty)
        {
            return ProtocolError.SocketIOEmptyPacket;
        }

        var type = text[0] - (uint)'0';
        if (type > (uint)SocketPacketType.BinaryAck)
        {
            return ProtocolError.SocketIOUnknownPacketType;
        }

        packet.Text = text;
        ref var layout = ref packet.Layout;
        layout.Type = (SocketPacketType)type;
        layout.AckId = -1;
        var i = 1;
        if (layout.Type >= SocketPacketType.BinaryEvent)
        {
            var error = ReadAttachmentCount(text, ref i, limits, ref layout);
            if (error != ProtocolError.None)
            {
                return error;
            }
        }

        if (i < text.Length && text[i] == '/')
        {
            var error = ReadNamespace(text, ref i, limits, ref layout);
            if (error != ProtocolError.None)
            {
                return error;
            }
        }

        if (i < text.Length && text[i] - (uint)'0' <= 9 && !TryReadAckId(text, ref i, ref layout))
        {
            return ProtocolError.SocketIOInvalidAckId;
        }

        layout.PayloadStart = i;
        return ReadPayload(text, limits, ref layout);
    }

    private static ProtocolError ReadAttachmentCount(ReadOnlySpan<byte> text, ref int i, SocketPacketLimits limits, ref SocketPacketLayout layout)
    {
        // A count beyond int is beyond every limit as well: it stops growing there.
        long count = 0;
        var start = i;
        for (; i < text.Length && text[i] - (uint)'0' <= 9; i++)
        {
            count = Math.Min(count * 10 + (text[i] - '0'), int.MaxValue);
        }

        if (i == start || i >= text.Length || text[i] != '-' || count == 0)
        {
            return ProtocolError.SocketIOInvalidAttachmentCount;
        }

        if (count > limits.MaxAttachments)
        {
            return ProtocolError.SocketIOTooManyAttachments;
        }

        i++;
        layout.Attachments = (int)count;
        return ProtocolError.None;
    }

    private static ProtocolError ReadNamespace(ReadOnlySpan<byte> text, ref int i, SocketPacketLimits limits, ref SocketPacketLayout layout)
    {
        var name = text[i..];
        var comma = name.IndexOf((byte)',');
        layout.NamespaceStart = i;
        i += comma < 0 ? name.Length : comma + 1;
        if (comma >= 0)
        {
            name = name[..comma];
        }

        // Old clients leave the query string of their address here; it is no part of the name.
        var query = name.IndexOf((byte)'?');
        if (query >= 0)
        {
            name = name[..query];
        }

        layout.NamespaceLength = name.Length;
        if (name.Length > limits.MaxNamespaceBytes)
        {
            return ProtocolError.SocketIONamespaceTooLong;
        }

        return HasControlCharacter(name) ? ProtocolError.SocketIOInvalidNamespace : ProtocolError.None;
    }

    private static bool HasControlCharacter(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] is < 0x20 or 0x7F)
            {
                return true;
            }

            if (name[i] == 0xC2 && i + 1 < name.Length && name[i + 1] <= 0x9F)
            {
                return true; // U+0080 to U+009F
            }
        }

        return false;
    }

    private static bool TryReadAckId(ReadOnlySpan<byte> text, ref int i, ref SocketPacketLayout layout)
    {
        var end = Math.Min(text.Length, i + MaxAckIdDigits);
        long id = 0;
        for (; i < end && text[i] - (uint)'0' <= 9; i++)
        {
            id = id * 10 + (text[i] - '0');
        }

        layout.AckId = id;
        return id <= MaxAckId && (i >= text.Length || text[i] - (uint)'0' > 9);
    }

    private static ProtocolError ReadPayload(ReadOnlySpan<byte> text, SocketPacketLimits limits, ref SocketPacketLayout layout)
    {
        switch (layout.Type)
        {
            case SocketPacketType.Event or SocketPacketType.BinaryEvent:
                return ReadEvent(text, limits, ref layout);
            case SocketPacketType.Ack or SocketPacketType.BinaryAck:
                return ReadAck(text, limits, ref layout);
            case SocketPacketType.Disconnect:
                return layout.PayloadStart == text.Length ? ProtocolError.None : ProtocolError.SocketIOInvalidPayload;
            case SocketPacketType.Connect when layout.PayloadStart == text.Length:
                return ProtocolError.None;
        }

        var i = JsonScanner.SkipWhiteSpace(text, layout.PayloadStart);
        var first = i < text.Length ? text[i] : default;
        var error = CheckEnd(text, JsonScanner.SkipValue(text, i, limits.MaxDepth));
        if (error != ProtocolError.None)
        {
            return error;
        }

        return first == '{' || (first == '"' && layout.Type == SocketPacketType.ConnectError) ? ProtocolError.None : ProtocolError.SocketIOInvalidPayload;
    }

    private static ProtocolError ReadEvent(ReadOnlySpan<byte> text, SocketPacketLimits limits, ref SocketPacketLayout layout)
    {
        var i = JsonScanner.SkipWhiteSpace(text, layout.PayloadStart);
        if (i >= text.Length || text[i] != '[')
        {
            return ProtocolError.SocketIOInvalidPayload;
        }

        i = JsonScanner.SkipWhiteSpace(text, i + 1);
        if (i >= text.Length)
        {
            return ProtocolError.SocketIOInvalidJson;
        }

        var nameEnd = i;
        if (text[i] == '"')
        {
            layout.NameStart = i + 1;
            nameEnd = JsonString.Skip(text, i + 1, out layout.NameHasEscape);
            layout.NameLength = nameEnd - 1 - layout.NameStart;
        }
        else if (text[i] == '-' || text[i] - (uint)'0' <= 9)
        {
            layout.IsNumericName = true;
            layout.NameStart = i;
            nameEnd = JsonScanner.SkipNumber(text, i);
            layout.NameLength = nameEnd - layout.NameStart;
        }
        else
        {
            return ProtocolError.SocketIOInvalidEventName;
        }

        if (nameEnd < 0)
        {
            return nameEnd == JsonScanner.LoneSurrogate ? ProtocolError.SocketIOLoneSurrogateInName : ProtocolError.SocketIOInvalidJson;
        }

        var error = CheckName(text.Slice(layout.NameStart, layout.NameLength), limits, layout);
        if (error != ProtocolError.None)
        {
            return error;
        }

        // The payload's own array is the first level, even though the walk starts inside it.
        i = JsonScanner.SkipWhiteSpace(text, nameEnd);
        layout.ArgumentsStart = i < text.Length && text[i] == ',' ? i + 1 : i;
        return FinishArray(text, nameEnd, limits, ref layout);
    }

    private static ProtocolError CheckName(ReadOnlySpan<byte> name, SocketPacketLimits limits, in SocketPacketLayout layout)
    {
        if (!layout.NameHasEscape)
        {
            if (name.Length > limits.MaxEventNameBytes)
            {
                return ProtocolError.SocketIOEventNameTooLong;
            }

            return !layout.IsNumericName && JsonScanner.IsReservedEvent(name) ? ProtocolError.SocketIOReservedEvent : ProtocolError.None;
        }

        return CheckEscapedName(name, limits);
    }

    private static ProtocolError CheckEscapedName(ReadOnlySpan<byte> name, SocketPacketLimits limits)
    {
        var room = limits.MaxEventNameBytes;
        var unescaped = room <= 512 ? stackalloc byte[512] : new byte[room];
        if (!JsonString.TryUnescape(name, unescaped[..room], out var length))
        {
            return ProtocolError.SocketIOEventNameTooLong;
        }

        if (unescaped[..length].Contains((byte)0))
        {
            return ProtocolError.SocketIOInvalidEventName;
        }

        return JsonScanner.IsReservedEvent(unescaped[..length]) ? ProtocolError.SocketIOReservedEvent : ProtocolError.None;
    }

    private static ProtocolError ReadAck(ReadOnlySpan<byte> text, SocketPacketLimits limits, ref SocketPacketLayout layout)
    {
        var i = JsonScanner.SkipWhiteSpace(text, layout.PayloadStart);
        if (i >= text.Length || text[i] != '[')
        {
            return ProtocolError.SocketIOInvalidPayload;
        }

        layout.ArgumentsStart = i + 1;
        var end = JsonScanner.SkipValue(text, i, limits.MaxDepth);
        layout.ArgumentsLength = end - 1 - layout.ArgumentsStart;
        return CheckEnd(text, end);
    }

    private static ProtocolError FinishArray(ReadOnlySpan<byte> text, int afterElement, SocketPacketLimits limits, ref SocketPacketLayout layout)
    {
        var end = JsonScanner.FinishArray(text, afterElement, limits.MaxDepth);
        layout.ArgumentsLength = end - 1 - layout.ArgumentsStart;
        return CheckEnd(text, end);
    }

    private static ProtocolError CheckEnd(ReadOnlySpan<byte> text, int end) => end switch
    {
        JsonScanner.TooDeep => ProtocolError.SocketIOJsonTooDeep,
        JsonScanner.Invalid => ProtocolError.SocketIOInvalidJson,
        JsonScanner.LoneSurrogate => ProtocolError.SocketIOLoneSurrogate,
        _ => JsonScanner.SkipWhiteSpace(text, end) == text.Length ? ProtocolError.None : ProtocolError.SocketIOInvalidJson,
    };
}
