namespace Sockeye.Protocol.Http;

/// <summary>The request line (RFC 9112 section 3), as ranges into the head.</summary>
internal struct HttpRequestLine
{
    private const int MaxMethodBytes = 16;

    public HttpMethod Method;
    public byte MinorVersion;
    public bool HasEncodedPath;
    public bool IsSecureTarget;
    public HttpRange MethodRange;
    public HttpRange Target;
    public HttpRange Authority;
    public HttpRange Path;
    public HttpRange Query;

    /// <summary>Reads a line without its CRLF; exactly <c>method SP target SP HTTP/1.x</c>. A higher minor version is taken as 1 (RFC 9110 section 2.5).</summary>
    public static ProtocolError Read(ReadOnlySpan<byte> line, out HttpRequestLine result)
    {
        result = default;
        if (line.Contains((byte)'\r'))
        {
            return ProtocolError.HttpBareCarriageReturn;
        }

        var first = line.IndexOf((byte)' ');
        var second = first + 1 + line[(first + 1)..].IndexOf((byte)' ');
        if (first <= 0 || second <= first + 1 || line[(second + 1)..].Contains((byte)' '))
        {
            return ProtocolError.HttpRequestLineMalformed;
        }

        var error = ReadVersion(line[(second + 1)..], out result.MinorVersion);
        if (error != ProtocolError.None)
        {
            return error;
        }

        var method = line[..first];
        if (method.Length > MaxMethodBytes)
        {
            return ProtocolError.HttpMethodTooLong;
        }

        if (method.ContainsAnyExcept(HttpCharacters.Token))
        {
            return ProtocolError.HttpRequestLineMalformed;
        }

        result.Method = MethodOf(method);
        result.MethodRange = new HttpRange(0, first);
        result.Target = new HttpRange(first + 1, second - first - 1);
        return result.ReadTarget(line);
    }

    private static ProtocolError ReadVersion(ReadOnlySpan<byte> version, out byte minor)
    {
        minor = 0;
        if (version.Length != 8 || !version.StartsWith("HTTP/"u8) || version[6] != '.' || !char.IsAsciiDigit((char)version[5]) || !char.IsAsciiDigit((char)version[7]))
        {
            return ProtocolError.HttpRequestLineMalformed;
        }

        if (version[5] != '1')
        {
            return ProtocolError.HttpVersionUnsupported;
        }

        minor = version[7] == '0' ? (byte)0 : (byte)1;
        return ProtocolError.None;
    }

    private static HttpMethod MethodOf(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("GET"u8) ? HttpMethod.Get
        : method.SequenceEqual("POST"u8) ? HttpMethod.Post
        : method.SequenceEqual("OPTIONS"u8) ? HttpMethod.Options
        : method.SequenceEqual("HEAD"u8) ? HttpMethod.Head
        : method.SequenceEqual("PUT"u8) ? HttpMethod.Put
        : method.SequenceEqual("DELETE"u8) ? HttpMethod.Delete
        : method.SequenceEqual("PATCH"u8) ? HttpMethod.Patch
        : HttpMethod.Other;

    private ProtocolError ReadTarget(ReadOnlySpan<byte> line)
    {
        var target = Target.In(line);
        if (target.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E) || target.Contains((byte)'#'))
        {
            return ProtocolError.HttpTargetMalformed;
        }

        if (target[0] != '/')
        {
            if (target.SequenceEqual("*"u8) && Method == HttpMethod.Options)
            {
                Path = Target;
                return ProtocolError.None;
            }

            var scheme = SchemeLength(target);
            if (scheme == 0)
            {
                return ProtocolError.HttpTargetMalformed;
            }

            var authority = target[scheme..].IndexOfAny((byte)'/', (byte)'?');
            authority = authority < 0 ? target.Length - scheme : authority;
            if (authority == 0)
            {
                return ProtocolError.HttpTargetMalformed;
            }

            Authority = new HttpRange(Target.Start + scheme, authority);
            IsSecureTarget = scheme == "https://".Length;
        }

        var start = Authority.Length == 0 ? Target.Start : Authority.End;
        var rest = line[start..Target.End];
        var query = rest.IndexOf((byte)'?');
        var path = query < 0 ? rest.Length : query;
        Path = new HttpRange(start, path);
        Query = query < 0 ? default : new HttpRange(start + query + 1, rest.Length - query - 1);
        return CheckPath(Path.In(line));
    }

    private static int SchemeLength(ReadOnlySpan<byte> target) =>
        StartsWithIgnoreCase(target, "http://"u8) ? 7 : StartsWithIgnoreCase(target, "https://"u8) ? 8 : 0;

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix) =>
        text.Length >= prefix.Length && System.Text.Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix);

    // A path is decoded once, for routing. What would change its shape after that, a slash or a control byte, is refused behind a '%'.
    private ProtocolError CheckPath(ReadOnlySpan<byte> path)
    {
        for (var i = path.IndexOf((byte)'%'); i >= 0 && i < path.Length; i++)
        {
            if (path[i] != '%')
            {
                continue;
            }

            HasEncodedPath = true;
            var value = i + 2 < path.Length ? (HttpCharacters.Hex(path[i + 1]) << 4) | HttpCharacters.Hex(path[i + 2]) : -1;
            if (value is < 0x20 or 0x7F or '/' or '\\')
            {
                return ProtocolError.HttpPercentEncodingMalformed;
            }
        }

        return ProtocolError.None;
    }
}
