using System.Text;

namespace Sockeye.Protocol.Http;

/// <summary>Compares what follows a scheme: a host with an optional port (RFC 3986 section 3.2). Any thread.</summary>
public static class HttpAuthority
{
    /// <summary>Whether both name the same host, without regard to case, and the same port; a port that is missing or empty is the default one.</summary>
    /// <param name="first">One of them.</param>
    /// <param name="second">The other.</param>
    /// <param name="isSecure">Whether the default port is 443, that of https, and not 80.</param>
    public static bool AreSame(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, bool isSecure)
    {
        var port = isSecure ? "443"u8 : "80"u8;
        return Ascii.EqualsIgnoreCase(Split(first, port, out var firstPort), Split(second, port, out var secondPort))
            && firstPort.SequenceEqual(secondPort);
    }

    private static ReadOnlySpan<byte> Split(ReadOnlySpan<byte> authority, ReadOnlySpan<byte> defaultPort, out ReadOnlySpan<byte> port)
    {
        var colon = authority.LastIndexOf((byte)':');
        var hasPort = colon > authority.LastIndexOf((byte)']');
        port = hasPort && colon + 1 < authority.Length ? authority[(colon + 1)..] : defaultPort;
        return hasPort ? authority[..colon] : authority;
    }
}
