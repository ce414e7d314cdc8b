using System.Text;

namespace Sockeye.Protocol.Http;

/// <summary>
/// Reads <c>application/x-www-form-urlencoded</c> as Node's querystring module does: <c>+</c> is a blank, an invalid escape stays as
/// it is, bytes that are no UTF-8 become U+FFFD, nothing fails. Any thread.
/// </summary>
public static class QueryString
{
    /// <summary>The most pairs that are looked at, as in Node; the rest is ignored.</summary>
    public const int MaxPairs = 1000;

    private const int MaxStackBytes = 256;

    /// <summary>The decoded value of the first pair with this name; a name without <c>=</c> has an empty value.</summary>
    /// <param name="query">The query without <c>?</c>.</param>
    /// <param name="name">The decoded name.</param>
    /// <param name="value">The value, empty if absent.</param>
    public static bool TryGet(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name, out string value)
    {
        var found = Find(query, name, out var raw) > 0;
        value = found ? Decode(raw) : "";
        return found;
    }

    /// <summary>How many pairs have this name.</summary>
    public static int Count(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name) => Find(query, name, out _);

    /// <summary>All pairs in order, decoded, repeated names included.</summary>
    public static List<KeyValuePair<string, string>> Parse(ReadOnlySpan<byte> query)
    {
        List<KeyValuePair<string, string>> pairs = [];
        while (pairs.Count < MaxPairs && TryNext(ref query, out var key, out var value))
        {
            pairs.Add(new(Decode(key), Decode(value)));
        }

        return pairs;
    }

    /// <summary>Decodes a name or a value.</summary>
    public static string Decode(ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAny((byte)'%', (byte)'+'))
        {
            return Encoding.UTF8.GetString(text);
        }

        Span<byte> decoded = stackalloc byte[MaxStackBytes];
        decoded = text.Length <= MaxStackBytes ? decoded : new byte[text.Length];
        return Encoding.UTF8.GetString(decoded[..PercentEncoding.Decode(text, decoded, plusIsBlank: true)]);
    }

    private static int Find(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> first)
    {
        first = default;
        var count = 0;
        for (var i = 0; i < MaxPairs && TryNext(ref query, out var key, out var value); i++)
        {
            if (IsName(key, name) && count++ == 0)
            {
                first = value;
            }
        }

        return count;
    }

    private static bool IsName(ReadOnlySpan<byte> key, ReadOnlySpan<byte> name)
    {
        if (!key.ContainsAny((byte)'%', (byte)'+'))
        {
            return key.SequenceEqual(name);
        }

        if (key.Length > 3 * name.Length)
        {
            return false;
        }

        Span<byte> decoded = stackalloc byte[MaxStackBytes];
        decoded = key.Length <= MaxStackBytes ? decoded : new byte[key.Length];
        return decoded[..PercentEncoding.Decode(key, decoded, plusIsBlank: true)].SequenceEqual(name);
    }

    private static bool TryNext(scoped ref ReadOnlySpan<byte> query, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = value = default;
        query = query.TrimStart((byte)'&');
        if (query.IsEmpty)
        {
            return false;
        }

        var end = query.IndexOf((byte)'&');
        var pair = end < 0 ? query : query[..end];
        query = end < 0 ? default : query[(end + 1)..];
        var equals = pair.IndexOf((byte)'=');
        key = equals < 0 ? pair : pair[..equals];
        value = equals < 0 ? default : pair[(equals + 1)..];
        return true;
    }
}
