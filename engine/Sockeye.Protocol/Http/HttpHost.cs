using System.Buffers;

namespace Sockeye.Protocol.Http;

/// <summary>The form of a Host field: one name, IPv4 address or bracketed IPv6 address, with an optional port. No user, no list.</summary>
internal static class HttpHost
{
    private static readonly SearchValues<byte> s_name =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"u8);

    private static readonly SearchValues<byte> s_address = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    public static bool IsValid(ReadOnlySpan<byte> host)
    {
        int end;
        if (host.StartsWith("["u8))
        {
            end = host.IndexOf((byte)']') + 1;
            if (end < 4 || host[1..(end - 1)].ContainsAnyExcept(s_address))
            {
                return false;
            }
        }
        else
        {
            end = host.IndexOf((byte)':');
            end = end < 0 ? host.Length : end;
            if (end == 0 || host[..end].ContainsAnyExcept(s_name))
            {
                return false;
            }
        }

        return end == host.Length || (host[end] == ':' && IsPort(host[(end + 1)..]));
    }

    private static bool IsPort(ReadOnlySpan<byte> port)
    {
        var value = 0;
        foreach (var digit in port)
        {
            if (!char.IsAsciiDigit((char)digit) || (value = (value * 10) + (digit - '0')) > ushort.MaxValue)
            {
                return false;
            }
        }

        return true;
    }
}
