using System.Text;

namespace Sockeye.Protocol.Http;

/// <summary>Reads the field lines of a head whose ends of lines are known, and decides on its framing (RFC 9112 sections 5 to 7).</summary>
internal ref struct HttpHeadParser
{
    private const int MaxContentLengthDigits = 18;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly HttpRequestLine _line;
    private HttpRange _host;
    private int _hostCount;
    private int _contentLengthCount;
    private int _transferEncodingCount;
    private long _contentLength;
    private bool _close;
    private bool _keepAlive;
    private bool _connectionUpgrade;
    private bool _upgradeWebSocket;
    private bool _expectContinue;
    private bool _isChunked;

    private HttpHeadParser(ReadOnlySpan<byte> bytes, HttpRequestLine line)
    {
        _bytes = bytes;
        _line = line;
        _contentLength = -1;
    }

    /// <summary>Makes the head, or says what is wrong with it.</summary>
    /// <param name="bytes">The head from the first byte of the request line to the empty line.</param>
    /// <param name="line">The request line, read before.</param>
    /// <param name="headerCount">The number of field lines.</param>
    /// <param name="head">The head, null on error.</param>
    public static ProtocolError Parse(ReadOnlySpan<byte> bytes, HttpRequestLine line, int headerCount, out HttpRequestHead? head)
    {
        head = null;
        HttpHeadParser parser = new(bytes, line);
        var headers = headerCount == 0 ? [] : new HttpHeader[headerCount];
        var position = line.Target.End + " HTTP/1.1\r\n".Length;
        ProtocolError error;
        for (var i = 0; i < headerCount; i++)
        {
            error = parser.ReadHeader(ref position, out headers[i]);
            if (error != ProtocolError.None)
            {
                return error;
            }
        }

        error = parser.Conclude();
        if (error == ProtocolError.None)
        {
            head = new HttpRequestHead(bytes, line, headers, parser.Flags(), parser._contentLength);
        }

        return error;
    }

    private ProtocolError ReadHeader(ref int position, out HttpHeader header)
    {
        header = default;
        var rest = _bytes[position..];
        if (HttpCharacters.IsBlank(rest[0]))
        {
            return ProtocolError.HttpFoldedHeader;
        }

        var colon = rest.IndexOfAnyExcept(HttpCharacters.Token);
        if (colon <= 0 || rest[colon] != ':')
        {
            return IsBareCarriageReturn(rest[colon..]) ? ProtocolError.HttpBareCarriageReturn : ProtocolError.HttpHeaderMalformed;
        }

        var afterColon = rest[(colon + 1)..];
        var end = afterColon.IndexOfAny(HttpCharacters.Control);
        if (afterColon[end] != '\r')
        {
            return ProtocolError.HttpControlCharacter;
        }

        if (IsBareCarriageReturn(afterColon[end..]))
        {
            return ProtocolError.HttpBareCarriageReturn;
        }

        var untrimmed = afterColon[..end];
        var blanks = end - untrimmed.TrimStart(" \t"u8).Length;
        var value = HttpCharacters.Trim(untrimmed);
        header = new HttpHeader(new HttpRange(position, colon), new HttpRange(position + colon + 1 + (value.IsEmpty ? 0 : blanks), value.Length));
        position += colon + 1 + end + 2;
        return Note(header, rest[..colon], value);
    }

    // Every head ends with CRLF, so there is always a byte behind a CR.
    private static bool IsBareCarriageReturn(ReadOnlySpan<byte> bytes) => bytes[0] == '\r' && bytes[1] != '\n';

    private ProtocolError Note(HttpHeader header, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 4 when Ascii.EqualsIgnoreCase(name, "host"u8):
                _hostCount++;
                _host = header.Value;
                break;
            case 6 when Ascii.EqualsIgnoreCase(name, "expect"u8):
                if (!Ascii.EqualsIgnoreCase(value, "100-continue"u8))
                {
                    return ProtocolError.HttpExpectationFailed;
                }

                _expectContinue = true;
                break;
            case 7 when Ascii.EqualsIgnoreCase(name, "upgrade"u8):
                _upgradeWebSocket |= HttpTokens.Contains(value, "websocket"u8);
                break;
            case 10 when Ascii.EqualsIgnoreCase(name, "connection"u8):
                _close |= HttpTokens.Contains(value, "close"u8);
                _keepAlive |= HttpTokens.Contains(value, "keep-alive"u8);
                _connectionUpgrade |= HttpTokens.Contains(value, "upgrade"u8);
                return HttpTokens.IsList(value) ? ProtocolError.None : ProtocolError.HttpHeaderMalformed;
            case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                _contentLengthCount++;
                return ReadContentLength(value);
            case 16 when Ascii.EqualsIgnoreCase(name, "content-encoding"u8):
                return Ascii.EqualsIgnoreCase(value, "identity"u8) ? ProtocolError.None : ProtocolError.HttpContentEncodingUnsupported;
            case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                _transferEncodingCount++;
                return ReadTransferEncoding(value);
        }

        return ProtocolError.None;
    }

    private ProtocolError ReadContentLength(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > MaxContentLengthDigits || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return ProtocolError.HttpContentLengthMalformed;
        }

        long length = 0;
        foreach (var digit in value)
        {
            length = (length * 10) + (digit - '0');
        }

        _contentLength = length;
        return _contentLengthCount > 1 ? ProtocolError.HttpContentLengthRepeated : ProtocolError.None;
    }

    private ProtocolError ReadTransferEncoding(ReadOnlySpan<byte> value)
    {
        if (_transferEncodingCount > 1)
        {
            return ProtocolError.HttpTransferEncodingRepeated;
        }

        if (_line.MinorVersion == 0)
        {
            return ProtocolError.HttpTransferEncodingInHttp10;
        }

        _isChunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
        return _isChunked ? ProtocolError.None
            : HttpTokens.AreKnownCodings(value) ? ProtocolError.HttpTransferEncodingUnsupported
            : ProtocolError.HttpTransferEncodingMalformed;
    }

    private readonly ProtocolError Conclude()
    {
        if (_contentLengthCount > 0 && _transferEncodingCount > 0)
        {
            return ProtocolError.HttpContentLengthWithTransferEncoding;
        }

        if (_hostCount > 1)
        {
            return ProtocolError.HttpHostRepeated;
        }

        if (_hostCount == 0)
        {
            return _line.MinorVersion == 1 ? ProtocolError.HttpHostMissing
                : _line.Authority.Length > 0 ? ProtocolError.HttpHostMismatch
                : ProtocolError.None;
        }

        var host = _host.In(_bytes);
        if (!HttpHost.IsValid(host))
        {
            return ProtocolError.HttpHostMalformed;
        }

        if (_line.Authority.Length > 0 && !HttpAuthority.AreSame(_line.Authority.In(_bytes), host, _line.IsSecureTarget))
        {
            return ProtocolError.HttpHostMismatch;
        }

        return IsUpgrade && (_isChunked || _contentLength > 0) ? ProtocolError.HttpUpgradeWithBody : ProtocolError.None;
    }

    private readonly bool IsUpgrade => _line.MinorVersion == 1 && _connectionUpgrade && _upgradeWebSocket;

    private readonly HttpHeadFlags Flags() =>
        (!_close && (_line.MinorVersion == 1 || _keepAlive) ? HttpHeadFlags.KeepAlive : 0)
        | (_isChunked ? HttpHeadFlags.Chunked : 0)
        | (_expectContinue && _line.MinorVersion == 1 ? HttpHeadFlags.ExpectContinue : 0)
        | (IsUpgrade ? HttpHeadFlags.Upgrade : 0);
}
