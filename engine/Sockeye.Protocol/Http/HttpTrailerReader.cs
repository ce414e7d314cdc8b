namespace Sockeye.Protocol.Http;

/// <summary>Reads the trailers behind the last chunk byte by byte, checks their form and drops them: none is ever merged into the head.</summary>
internal struct HttpTrailerReader
{
    private State _state;
    private int _count;
    private int _bytes;

    private enum State : byte
    {
        Start,
        Name,
        Value,
        LineFeed,
        LastLineFeed,
    }

    /// <summary>Takes the next byte.</summary>
    public ProtocolError Read(byte b, HttpLimits limits, out bool isComplete)
    {
        isComplete = false;
        if (_state is State.LineFeed or State.LastLineFeed)
        {
            isComplete = _state == State.LastLineFeed && b == '\n';
            _state = State.Start;
            _bytes++;
            return b == '\n' ? ProtocolError.None : ProtocolError.HttpBareCarriageReturn;
        }

        if (b == '\n')
        {
            return ProtocolError.HttpBareLineFeed;
        }

        if (_state == State.Start)
        {
            if (b == '\r')
            {
                _state = State.LastLineFeed;
                return ProtocolError.None;
            }

            if (++_count > limits.MaxTrailerCount)
            {
                return ProtocolError.HttpTrailersTooLarge;
            }
        }

        // The CRLF of a field counts; its LF comes for certain, so it is counted with the CR.
        _bytes++;
        if (_bytes + (b == '\r' ? 1 : 0) > limits.MaxTrailerBytes)
        {
            return ProtocolError.HttpTrailersTooLarge;
        }

        return ReadField(b);
    }

    private ProtocolError ReadField(byte b)
    {
        if (_state == State.Value)
        {
            _state = b == '\r' ? State.LineFeed : State.Value;
            return b != '\r' && HttpCharacters.Control.Contains(b) ? ProtocolError.HttpTrailerMalformed : ProtocolError.None;
        }

        if (b == ':' && _state == State.Name)
        {
            _state = State.Value;
            return ProtocolError.None;
        }

        _state = State.Name;
        return HttpCharacters.Token.Contains(b) ? ProtocolError.None : ProtocolError.HttpTrailerMalformed;
    }
}
