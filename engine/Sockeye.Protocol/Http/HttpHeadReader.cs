namespace Sockeye.Protocol.Http;

/// <summary>
/// Reads request heads (RFC 9112), strictly: what two servers could read differently is refused, never repaired. Bytes may stop
/// anywhere and the place changes no result. Each byte is looked at twice at most, once for the ends of lines and once for their
/// content, and the length limits hold while bytes arrive. Keeps a copy of an unfinished head only.
/// Owned by its connection; one thread at a time; used for one head after another with <see cref="Reset"/> between them.
/// </summary>
/// <param name="limits">What a request may bring.</param>
public sealed class HttpHeadReader(HttpLimits limits)
{
    private ByteAccumulator? _partial;
    private HttpRequestHead? _head;
    private HttpRequestLine _requestLine;
    private HttpReadStatus _status;
    private int _start = -1;    // of the request line, once its first byte is known
    private int _lineStart;
    private int _scanned;
    private int _lines;

    /// <summary>The head, after <see cref="HttpReadStatus.Complete"/>. It stands on its own and may outlive the reader.</summary>
    public HttpRequestHead Head => _head ?? throw new InvalidOperationException("The head is not complete.");

    /// <summary>Why <see cref="Read"/> failed.</summary>
    public ProtocolError Error { get; private set; }

    /// <summary>True while a head has begun and is not complete: what a deadline for slow heads watches.</summary>
    public bool HasPartial => _partial is not null;

    /// <summary>
    /// Reads on. When the head is complete, <paramref name="consumed"/> ends with it and the body begins behind; otherwise all of
    /// the input is consumed. After completion or failure nothing more is read until <see cref="Reset"/>.
    /// </summary>
    public HttpReadStatus Read(ReadOnlySpan<byte> input, out int consumed)
    {
        consumed = 0;
        if (_status != HttpReadStatus.NeedMore || input.IsEmpty)
        {
            return _status;
        }

        var before = 0;
        var bytes = input;
        if (_partial is not null)
        {
            // A body may follow: of the input no more is copied than shows that a limit is passed (CRLF before, CRLF behind).
            before = _partial.Length;
            _partial.Append(input[..Math.Min(input.Length, limits.MaxHeaderBytes + 4 - before)]);
            bytes = _partial.Written;
        }

        if (!TryScan(bytes, out var end))
        {
            consumed = input.Length;
            if (_status != HttpReadStatus.Failed && _partial is null)
            {
                _partial = new ByteAccumulator();
                _partial.Append(input);
            }

            return _status;
        }

        consumed = end - before;
        var error = HttpHeadParser.Parse(bytes[_start..end], _requestLine, _lines - 1, out _head);
        _partial = null;
        if (error != ProtocolError.None)
        {
            return Fail(error);
        }

        return _status = HttpReadStatus.Complete;
    }

    /// <summary>Makes the reader ready for the next head.</summary>
    public void Reset()
    {
        _partial = null;
        _head = null;
        _status = HttpReadStatus.NeedMore;
        _start = -1;
        _lineStart = _scanned = _lines = 0;
        Error = ProtocolError.None;
    }

    // Goes from line end to line end; true when the empty line has been found. What is judged here depends on the bytes up to
    // one position only, so that every split of them gives the same error.
    private bool TryScan(ReadOnlySpan<byte> bytes, out int end)
    {
        end = 0;
        if (_start < 0 && !TryFindStart(bytes))
        {
            return false;
        }

        while (true)
        {
            var lineFeed = bytes[_scanned..].IndexOf((byte)'\n');
            var position = lineFeed < 0 ? bytes.Length : _scanned + lineFeed;
            var error = CheckLength(position, lineFeed >= 0);
            if (error != ProtocolError.None || lineFeed < 0)
            {
                _scanned = bytes.Length;
                return error != ProtocolError.None && Refuse(error);
            }

            if (position == _lineStart || bytes[position - 1] != '\r')
            {
                return Refuse(ProtocolError.HttpBareLineFeed);
            }

            if (position == _lineStart + 1)
            {
                end = position + 1;
                return true;
            }

            if (_lines == 0)
            {
                error = HttpRequestLine.Read(bytes[_lineStart..(position - 1)], out _requestLine);
                if (error != ProtocolError.None)
                {
                    return Refuse(error);
                }
            }
            else if (_lines > limits.MaxHeaderCount)
            {
                return Refuse(ProtocolError.HttpTooManyHeaders);
            }

            _lines++;
            _lineStart = _scanned = position + 1;
        }
    }

    // Before the request line one CRLF is tolerated, as some clients send one behind a body.
    private bool TryFindStart(ReadOnlySpan<byte> bytes)
    {
        var start = 0;
        if (bytes[0] == '\r')
        {
            if (bytes.Length == 1)
            {
                return false;
            }

            if (bytes[1] != '\n')
            {
                return Refuse(ProtocolError.HttpBareCarriageReturn);
            }

            if (bytes.Length == 2)
            {
                return false;
            }

            start = 2;
        }

        if (!HttpCharacters.Token.Contains(bytes[start]))
        {
            return Refuse(ProtocolError.HttpLeadingBytes);
        }

        _start = _lineStart = _scanned = start;
        return true;
    }

    // `position` is that of a line feed, or of the end of what has arrived without one.
    private ProtocolError CheckLength(int position, bool isLineEnd)
    {
        if (_lines == 0)
        {
            var longest = Math.Min(limits.MaxRequestLineBytes, limits.MaxHeaderBytes) + 1; // with the CR
            return position - _start > longest ? ProtocolError.HttpRequestLineTooLong : ProtocolError.None;
        }

        var length = position - _start + (isLineEnd ? 1 : 0);
        return length > limits.MaxHeaderBytes ? ProtocolError.HttpHeadTooLarge : ProtocolError.None;
    }

    private bool Refuse(ProtocolError error)
    {
        Fail(error);
        return false;
    }

    private HttpReadStatus Fail(ProtocolError error)
    {
        Error = error;
        _partial = null;
        _head = null;
        return _status = HttpReadStatus.Failed;
    }
}
