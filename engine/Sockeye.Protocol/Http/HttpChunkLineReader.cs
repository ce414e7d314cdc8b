namespace Sockeye.Protocol.Http;

/// <summary>
/// Reads chunk lines byte by byte: <c>1*HEXDIG *( ";" name [ "=" ( token / quoted ) ] ) CRLF</c>. No blanks, no bare CR or LF, inside
/// quotes neither; extensions are checked and dropped.
/// </summary>
internal struct HttpChunkLineReader
{
    private const int MaxSizeDigits = 8;

    private State _state;
    private bool _hasDigit;
    private byte _significantDigits;
    private int _lineBytes;
    private int _extensionBytes;

    private enum State : byte
    {
        Size,
        ExtensionStart,
        ExtensionName,
        ExtensionValueStart,
        ExtensionToken,
        ExtensionQuoted,
        ExtensionEscape,
        ExtensionQuotedEnd,
        LineFeed,
    }

    /// <summary>The size of the chunk, once its line is complete.</summary>
    public uint Size { get; private set; }

    /// <summary>Takes the next byte; after a complete line the next one begins by itself.</summary>
    public ProtocolError Read(byte b, HttpLimits limits, out bool isLineComplete)
    {
        isLineComplete = false;
        if (_state == State.LineFeed)
        {
            if (b != '\n')
            {
                return ProtocolError.HttpBareCarriageReturn;
            }

            (_state, _hasDigit, _significantDigits, _lineBytes) = (State.Size, false, 0, 0);
            isLineComplete = true;
            return ProtocolError.None;
        }

        if (b == '\n')
        {
            return ProtocolError.HttpBareLineFeed;
        }

        if (b == '\r')
        {
            return End();
        }

        if (++_lineBytes > limits.MaxChunkLineBytes)
        {
            return ProtocolError.HttpChunkExtensionTooLong;
        }

        if (_state == State.Size && b != ';')
        {
            return AddDigit(b);
        }

        if (_state == State.Size && !_hasDigit)
        {
            return ProtocolError.HttpChunkSizeMalformed;
        }

        return ++_extensionBytes > limits.MaxChunkExtensionBytes ? ProtocolError.HttpChunkExtensionTooLong : ReadExtension(b);
    }

    private ProtocolError End()
    {
        var ended = _state;
        _state = State.LineFeed;
        return ended switch
        {
            State.Size => _hasDigit ? ProtocolError.None : ProtocolError.HttpChunkSizeMalformed,
            State.ExtensionName or State.ExtensionToken or State.ExtensionQuotedEnd => ProtocolError.None,
            _ => ProtocolError.HttpChunkExtensionMalformed,
        };
    }

    private ProtocolError AddDigit(byte b)
    {
        var digit = HttpCharacters.Hex(b);
        if (digit < 0)
        {
            return ProtocolError.HttpChunkSizeMalformed;
        }

        // Leading zeros have no end of their own; the length of the line bounds them.
        if (!_hasDigit)
        {
            Size = 0;
            _hasDigit = true;
        }

        if (Size != 0 || digit != 0)
        {
            if (++_significantDigits > MaxSizeDigits)
            {
                return ProtocolError.HttpChunkSizeMalformed;
            }
        }

        Size = (Size << 4) | (uint)digit;
        return ProtocolError.None;
    }

    private ProtocolError ReadExtension(byte b)
    {
        var isToken = HttpCharacters.Token.Contains(b);
        State? next = _state switch
        {
            State.Size or State.ExtensionQuotedEnd when b == ';' => State.ExtensionStart,
            State.ExtensionName or State.ExtensionToken when b == ';' => State.ExtensionStart,
            State.ExtensionStart or State.ExtensionName when isToken => State.ExtensionName,
            State.ExtensionName when b == '=' => State.ExtensionValueStart,
            State.ExtensionValueStart when b == '"' => State.ExtensionQuoted,
            State.ExtensionValueStart or State.ExtensionToken when isToken => State.ExtensionToken,
            State.ExtensionQuoted when b == '"' => State.ExtensionQuotedEnd,
            State.ExtensionQuoted when b == '\\' => State.ExtensionEscape,
            State.ExtensionQuoted or State.ExtensionEscape when !HttpCharacters.Control.Contains(b) => State.ExtensionQuoted,
            _ => null,
        };
        _state = next ?? _state;
        return next is null ? ProtocolError.HttpChunkExtensionMalformed : ProtocolError.None;
    }
}
