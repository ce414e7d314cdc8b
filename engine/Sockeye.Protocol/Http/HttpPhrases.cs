namespace Sockeye.Protocol.Http;

/// <summary>
/// Makes a head short for keeping: what many heads have in common at the beginning of a line stands as one control byte, which no head can contain.
/// A head with the fields of the upgrade alone shrinks to a third or less, one of a browser to about two thirds.
/// </summary>
internal static class HttpPhrases
{
    /// <summary>The byte of the first phrase; up to 0x1F no byte is HTAB or the end of a line.</summary>
    private const int FirstCode = 0x0E;

    // A phrase that begins with another one stands before it. Short heads live in memory alone: the table may change at any time.
    private static readonly byte[][] s_phrases =
    [
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"u8.ToArray(),
        "GET /socket.io/?EIO=4&transport=polling"u8.ToArray(),
        "Host: "u8.ToArray(),
        "Upgrade: websocket\r\n"u8.ToArray(),
        "Connection: Upgrade\r\n"u8.ToArray(),
        "Connection: keep-alive\r\n"u8.ToArray(),
        "Sec-WebSocket-Key: "u8.ToArray(),
        "Sec-WebSocket-Version: 13\r\n"u8.ToArray(),
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"u8.ToArray(),
        "Origin: http"u8.ToArray(),
        "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"u8.ToArray(),
        "User-Agent: Mozilla/5.0 ("u8.ToArray(),
        "Accept-Encoding: gzip, deflate, br"u8.ToArray(),
        "Accept-Language: "u8.ToArray(),
        "Cache-Control: no-cache\r\n"u8.ToArray(),
        "Pragma: no-cache\r\n"u8.ToArray(),
        "Cookie: "u8.ToArray(),
        "X-Forwarded-For: "u8.ToArray(),
    ];

    /// <summary>The bytes of a head, shortened; <see cref="Expand"/> gives them back.</summary>
    /// <param name="head">Without control bytes but HTAB, CR and LF.</param>
    public static byte[] Shorten(ReadOnlySpan<byte> head)
    {
        Span<byte> room = stackalloc byte[head.Length <= 1024 ? 1024 : 0];
        room = head.Length <= room.Length ? room : new byte[head.Length];
        var length = 0;
        while (!head.IsEmpty)
        {
            var index = IndexOfPhrase(head);
            if (index >= 0)
            {
                room[length++] = (byte)(FirstCode + index);
                head = head[s_phrases[index].Length..];
                if (s_phrases[index][^1] == '\n')
                {
                    continue;
                }
            }

            var lineEnd = head.IndexOf((byte)'\n') + 1;
            var rest = lineEnd == 0 ? head : head[..lineEnd];
            rest.CopyTo(room[length..]);
            length += rest.Length;
            head = head[rest.Length..];
        }

        return room[..length].ToArray();
    }

    /// <summary>What <see cref="Shorten"/> was given.</summary>
    public static byte[] Expand(ReadOnlySpan<byte> kept)
    {
        var length = kept.Length;
        foreach (var b in kept)
        {
            length += Phrase(b) is { } phrase ? phrase.Length - 1 : 0;
        }

        var head = new byte[length];
        var at = 0;
        foreach (var b in kept)
        {
            if (Phrase(b) is { } phrase)
            {
                phrase.CopyTo(head, at);
                at += phrase.Length;
            }
            else
            {
                head[at++] = b;
            }
        }

        return head;
    }

    private static byte[]? Phrase(byte b) => (uint)(b - FirstCode) < (uint)s_phrases.Length ? s_phrases[b - FirstCode] : null;

    private static int IndexOfPhrase(ReadOnlySpan<byte> line)
    {
        for (var i = 0; i < s_phrases.Length; i++)
        {
            if (line.StartsWith(s_phrases[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
