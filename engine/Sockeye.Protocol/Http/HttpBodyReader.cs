namespace Sockeye.Protocol.Http;

/// <summary>
/// Reads the body of one request, by Content-Length or in chunks (RFC 9112 sections 6 and 7). Hands out pieces of the input, copies
/// nothing, keeps no bytes. Chunk extensions and trailers are checked and dropped. A mutable value: keep it in a field.
/// One thread at a time; lives as long as its request.
/// </summary>
public struct HttpBodyReader
{
    private readonly HttpLimits _limits;
    private readonly long _maxBytes;
    private HttpChunkLineReader _chunkLine;
    private HttpTrailerReader _trailers;
    private State _state;
    private long _remaining;

    private enum State : byte
    {
        Length,
        ChunkLine,
        ChunkData,
        ChunkDataCarriageReturn,
        ChunkDataLineFeed,
        Trailers,
        Complete,
        Failed,
    }

    /// <summary>A reader for the body behind <paramref name="head"/>.</summary>
    /// <param name="head">The head of its request.</param>
    /// <param name="limits">Limits of the framing: chunk lines and trailers.</param>
    /// <param name="maxBytes">The longest body in bytes, counted while it is read. Over it: 413.</param>
    public HttpBodyReader(HttpRequestHead head, HttpLimits limits, long maxBytes)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        _limits = limits;
        _maxBytes = maxBytes;
        _remaining = Math.Max(0, head.ContentLength);
        _state = head.IsChunked ? State.ChunkLine : _remaining > 0 ? State.Length : State.Complete;
        if (_remaining > maxBytes)
        {
            Fail(ProtocolError.HttpBodyTooLarge);
        }
    }

    /// <summary>Why reading failed; set before the first byte when the announced length is over the limit.</summary>
    public ProtocolError Error
    {
        readonly get; private set;
    }

    /// <summary>The bytes of the body handed out so far.</summary>
    public long Total
    {
        readonly get; private set;
    }

    /// <summary>True when the whole body, with the trailers of a chunked one, has been read.</summary>
    public readonly bool IsComplete => _state == State.Complete;

    /// <summary>
    /// Reads the next piece. Call it with the rest of the input until that is used up or the result is not
    /// <see cref="HttpReadStatus.NeedMore"/>; the last piece may come together with <see cref="HttpReadStatus.Complete"/>.
    /// </summary>
    /// <param name="input">What arrived behind the head and the pieces consumed before.</param>
    /// <param name="consumed">How much of it was used; what is left after completion belongs to the next request.</param>
    /// <param name="data">A stretch of the input that belongs to the body; may be empty.</param>
    public HttpReadStatus Read(ReadOnlySpan<byte> input, out int consumed, out ReadOnlySpan<byte> data)
    {
        consumed = 0;
        data = default;
        while (_state < State.Complete && consumed < input.Length && data.IsEmpty)
        {
            var rest = input[consumed..];
            if (_state is State.Length or State.ChunkData)
            {
                data = rest[..(int)Math.Min(_remaining, rest.Length)];
                consumed += data.Length;
                _remaining -= data.Length;
                Total += data.Length;
                if (_remaining == 0)
                {
                    _state = _state == State.Length ? State.Complete : State.ChunkDataCarriageReturn;
                }

                continue;
            }

            consumed++;
            ReadFraming(rest[0]);
        }

        return _state switch
        {
            State.Complete => HttpReadStatus.Complete,
            State.Failed => HttpReadStatus.Failed,
            _ => HttpReadStatus.NeedMore,
        };
    }

    private void ReadFraming(byte b)
    {
        switch (_state)
        {
            case State.ChunkLine:
                if (Check(_chunkLine.Read(b, _limits, out var isLineComplete)) && isLineComplete)
                {
                    BeginChunk(_chunkLine.Size);
                }

                break;
            case State.ChunkDataCarriageReturn:
                if (Check(b == '\r' ? ProtocolError.None : ProtocolError.HttpChunkDataMalformed))
                {
                    _state = State.ChunkDataLineFeed;
                }

                break;
            case State.ChunkDataLineFeed:
                if (Check(b == '\n' ? ProtocolError.None : ProtocolError.HttpChunkDataMalformed))
                {
                    _state = State.ChunkLine;
                }

                break;
            case State.Trailers:
                if (Check(_trailers.Read(b, _limits, out var isComplete)) && isComplete)
                {
                    _state = State.Complete;
                }

                break;
        }
    }

    private void BeginChunk(uint size)
    {
        if (size > _maxBytes - Total)
        {
            Fail(ProtocolError.HttpBodyTooLarge);
            return;
        }

        _remaining = size;
        _state = size == 0 ? State.Trailers : State.ChunkData;
    }

    private bool Check(ProtocolError error)
    {
        if (error == ProtocolError.None)
        {
            return true;
        }

        Fail(error);
        return false;
    }

    private void Fail(ProtocolError error)
    {
        Error = error;
        _state = State.Failed;
    }
}
