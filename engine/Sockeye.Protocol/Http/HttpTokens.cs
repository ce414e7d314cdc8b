using System.Text;

namespace Sockeye.Protocol.Http;

/// <summary>Comma-separated lists of tokens (RFC 9110 section 5.6.1), compared without case.</summary>
internal static class HttpTokens
{
    /// <summary>True when one element of the list is <paramref name="token"/>.</summary>
    public static bool Contains(ReadOnlySpan<byte> list, ReadOnlySpan<byte> token)
    {
        while (!list.IsEmpty)
        {
            if (Ascii.EqualsIgnoreCase(Next(ref list), token))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when every element is a token; empty elements are allowed.</summary>
    public static bool IsList(ReadOnlySpan<byte> list)
    {
        while (!list.IsEmpty)
        {
            if (Next(ref list).ContainsAnyExcept(HttpCharacters.Token))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True for transfer codings that exist but are not offered here, with or without "chunked" as the last one.</summary>
    public static bool AreKnownCodings(ReadOnlySpan<byte> list)
    {
        if (list.IsEmpty || list[^1] == ',')
        {
            return false;
        }

        while (!list.IsEmpty)
        {
            var coding = Next(ref list);
            if (!IsKnownCoding(coding) && !(list.IsEmpty && Ascii.EqualsIgnoreCase(coding, "chunked"u8)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsKnownCoding(ReadOnlySpan<byte> value) =>
        Ascii.EqualsIgnoreCase(value, "gzip"u8) || Ascii.EqualsIgnoreCase(value, "deflate"u8) || Ascii.EqualsIgnoreCase(value, "compress"u8)
        || Ascii.EqualsIgnoreCase(value, "x-gzip"u8) || Ascii.EqualsIgnoreCase(value, "x-compress"u8);

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> list)
    {
        var comma = list.IndexOf((byte)',');
        var element = comma < 0 ? list : list[..comma];
        list = comma < 0 ? default : list[(comma + 1)..];
        return HttpCharacters.Trim(element);
    }
}
