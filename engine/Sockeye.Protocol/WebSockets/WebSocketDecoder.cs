using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace Sockeye.Protocol.WebSockets;

/// <summary>
/// Reads the frames of one WebSocket connection (RFC 6455 section 5) in either role. Bytes may stop anywhere. An unfragmented frame
/// that lies whole in the input is unmasked in place and handed out without a copy; anything else is collected in an array that
/// grows by what was received and is dropped as soon as the message is out, so an idle decoder owns no buffer.
/// Owned by its connection; one thread at a time; lives as long as the connection.
/// </summary>
/// <param name="role">Which end this is: a server demands masks, a client refuses them.</param>
/// <param name="limits">What the peer may send.</param>
public sealed class WebSocketDecoder(WebSocketRole role, WebSocketLimits limits)
{
    private enum State : byte
    {
        Header,
        Payload,
        Closed,
        Failed,
    }

    private readonly bool _isServer = role == WebSocketRole.Server;

    // The frame whose payload is being read.
    private State _state;
    private byte _opcode;
    private bool _isFinal;
    private uint _mask;
    private int _remaining;

    // The message that frames belong to; opcode 0 (continuation) means that none is open.
    private byte _messageOpcode;
    private int _fragments;

    private Pieces? _pieces;

    private Pieces Kept => _pieces ??= new Pieces();

    /// <summary>The longest message from the next frame on; begins as <see cref="WebSocketLimits.MaxMessageBytes"/>.</summary>
    public int MaxMessageBytes { get; set; } = limits.MaxMessageBytes;

    /// <summary>Why <see cref="Read"/> failed.</summary>
    public ProtocolError Error { get; private set; }

    /// <summary>True while a message or control frame has begun and is not complete: what a deadline for unfinished messages watches.</summary>
    public bool IsInsideMessage => _messageOpcode != 0 || _state == State.Payload || _pieces is { HeaderLength: > 0 };

    /// <summary>Bytes that are kept of messages that have not come to their end.</summary>
    public int UnfinishedBytes => _pieces is { } pieces ? (pieces.Message?.Capacity ?? 0) + (pieces.Control?.Capacity ?? 0) : 0;

    /// <summary>True while a part of a message is kept.</summary>
    public bool HoldsBuffer => _pieces is { } pieces && (pieces.Message is not null || pieces.Control is not null);

    /// <summary>
    /// Reads the next message and moves <paramref name="input"/> behind it. Call it until it returns something other than
    /// <see cref="WebSocketReadStatus.Message"/>. After a close frame or a failure all further input is discarded.
    /// </summary>
    /// <param name="input">Bytes from the peer; unmasked in place, so they belong to the decoder until the message has been handled.</param>
    /// <param name="message">The message; its payload is valid until the next read or the reuse of the input.</param>
    public WebSocketReadStatus Read(ref Span<byte> input, out WebSocketMessage message)
    {
        message = default;
        while (true)
        {
            if (_state != State.Payload)
            {
                if (_state != State.Header)
                {
                    input = default;
                    return _state == State.Failed ? WebSocketReadStatus.Failed : WebSocketReadStatus.NeedMore;
                }

                if (!TryReadHeader(ref input))
                {
                    return _state == State.Failed ? WebSocketReadStatus.Failed : WebSocketReadStatus.NeedMore;
                }
            }

            var piece = input[..Math.Min(_remaining, input.Length)];
            input = input[piece.Length..];
            if (_isServer)
            {
                WebSocketFrames.Mask(piece, _mask);
            }

            var isControl = (_opcode & 8) != 0;
            if (!(isControl ? TakeControl(piece, out message) : TakeData(piece, out message)))
            {
                if (_state == State.Header)
                {
                    continue; // a fragment is complete, its message is not
                }

                if (_state == State.Failed)
                {
                    input = default;
                    return WebSocketReadStatus.Failed;
                }

                return WebSocketReadStatus.NeedMore;
            }

            return WebSocketReadStatus.Message;
        }
    }

    private bool TryReadHeader(ref Span<byte> input)
    {
        var headerLength = input.Length < 2 || _pieces is { HeaderLength: > 0 } ? int.MaxValue : WebSocketFrameHeader.Length(input[1]);
        if (input.Length < headerLength)
        {
            return TryFinishHeader(ref input);
        }

        ReadOnlySpan<byte> header = input[..headerLength];
        var error = Check(header, out var length);
        if (error != ProtocolError.None)
        {
            input = default;
            return Fail(error);
        }

        Accept(header, length);
        input = input[headerLength..];
        return true;
    }

    // The header is cut by the end of the input: gather it, and judge what is there already.
    private bool TryFinishHeader(ref Span<byte> input)
    {
        if (input.IsEmpty)
        {
            return false;
        }

        var pieces = Kept;
        Span<byte> header = pieces.Header;
        while (true)
        {
            var headerLength = pieces.HeaderLength < 2 ? 2 : WebSocketFrameHeader.Length(header[1]);
            var take = Math.Min(headerLength - pieces.HeaderLength, input.Length);
            if (take == 0)
            {
                return false;
            }

            input[..take].CopyTo(header[pieces.HeaderLength..]);
            pieces.HeaderLength += (byte)take;
            input = input[take..];
            var error = Check(header[..pieces.HeaderLength], out var length);
            if (error != ProtocolError.None)
            {
                input = default;
                return Fail(error);
            }

            if (pieces.HeaderLength >= 2 && pieces.HeaderLength == WebSocketFrameHeader.Length(header[1]))
            {
                Accept(header[..pieces.HeaderLength], length);
                pieces.HeaderLength = 0;
                return true;
            }
        }
    }

    // Judges as much of a header as there is, always in the same order, so that the place of a cut never changes the verdict.
    private ProtocolError Check(ReadOnlySpan<byte> header, out int length)
    {
        length = 0;
        if (header.Length < 2)
        {
            return ProtocolError.None;
        }

        var second = header[1];
        var error = CheckStart(header[0], second);
        if (error != ProtocolError.None)
        {
            return error;
        }

        var lengthBytes = WebSocketFrameHeader.LengthBytes(second);
        if (header.Length < 2 + lengthBytes)
        {
            return ProtocolError.None;
        }

        var announced = WebSocketFrameHeader.PayloadLength(header, lengthBytes);
        length = unchecked((int)announced); // exact whenever the length is accepted
        return (header[0] & 8) != 0 ? ProtocolError.None : CheckLength(lengthBytes, announced);
    }

    private ProtocolError CheckStart(byte first, byte second)
    {
        var isMaskRight = second >= 0x80 == _isServer;
        if (first is 0x81 or 0x82 && isMaskRight && _messageOpcode == 0)
        {
            return ProtocolError.None; // nearly every frame: a whole message
        }

        if ((first & 0x70) != 0)
        {
            return ProtocolError.WebSocketReservedBit;
        }

        var opcode = first & 0x0F;
        if (opcode is (> 2 and < 8) or > 10)
        {
            return ProtocolError.WebSocketReservedOpcode;
        }

        if (!isMaskRight)
        {
            return _isServer ? ProtocolError.WebSocketUnmaskedFrame : ProtocolError.WebSocketMaskedFrame;
        }

        if (opcode >= 8)
        {
            return first < 0x80 ? ProtocolError.WebSocketFragmentedControl
                : (second & 0x7F) > WebSocketFrames.MaxControlBytes ? ProtocolError.WebSocketControlTooLong
                : ProtocolError.None;
        }

        if (opcode != WebSocketFrames.Continuation)
        {
            return _messageOpcode == 0 ? ProtocolError.None : ProtocolError.WebSocketExpectedContinuation;
        }

        return _messageOpcode == 0 ? ProtocolError.WebSocketUnexpectedContinuation
            : _fragments >= limits.MaxFragments ? ProtocolError.WebSocketTooManyFragments
            : ProtocolError.None;
    }

    private ProtocolError CheckLength(int lengthBytes, ulong length)
    {
        if (length >> 63 != 0)
        {
            return ProtocolError.WebSocketLengthTopBit;
        }

        if ((lengthBytes == 2 && length < 126) || (lengthBytes == 8 && length <= ushort.MaxValue))
        {
            return ProtocolError.WebSocketLengthNotMinimal;
        }

        var received = _pieces?.Message?.Length ?? 0;
        return length > (ulong)Math.Max(0, MaxMessageBytes - received) ? ProtocolError.WebSocketMessageTooBig : ProtocolError.None;
    }

    private void Accept(ReadOnlySpan<byte> header, int length)
    {
        _opcode = (byte)(header[0] & 0x0F);
        _isFinal = header[0] >= 0x80;
        _remaining = length;
        if (_isServer)
        {
            _mask = BinaryPrimitives.ReadUInt32LittleEndian(header[^4..]);
        }

        if (_opcode is WebSocketFrames.Text or WebSocketFrames.Binary)
        {
            _messageOpcode = _opcode;
            _fragments = 1;
        }
        else if (_opcode == WebSocketFrames.Continuation)
        {
            _fragments++;
        }

        _state = State.Payload;
    }

    private bool TakeData(Span<byte> piece, out WebSocketMessage message)
    {
        message = default;
        var isText = _messageOpcode == WebSocketFrames.Text;
        var isWhole = _isFinal && _fragments == 1 && piece.Length == _remaining && _pieces is not { Message: not null };
        if (isText && !(isWhole ? Utf8.IsValid(piece) : Kept.Utf8.Append(piece)))
        {
            return Fail(ProtocolError.WebSocketInvalidUtf8);
        }

        ReadOnlySpan<byte> payload = piece;
        if (!isWhole)
        {
            var pieces = Kept;
            if (!Collect(ref pieces.Message, piece, _isFinal ? (pieces.Message?.Length ?? 0) + _remaining : MaxMessageBytes))
            {
                return false;
            }

            _state = State.Header;
            if (!_isFinal)
            {
                return false;
            }

            if (!pieces.Utf8.IsComplete)
            {
                return Fail(ProtocolError.WebSocketInvalidUtf8);
            }

            // The span alone keeps the array alive until the message has been handled.
            payload = pieces.Message is null ? default : pieces.Message.Written;
            pieces.Message = null;
        }

        _state = State.Header;
        _messageOpcode = 0;
        message = new WebSocketMessage(isText ? WebSocketMessageKind.Text : WebSocketMessageKind.Binary, payload);
        return true;
    }

    private bool TakeControl(Span<byte> piece, out WebSocketMessage message)
    {
        message = default;
        ReadOnlySpan<byte> payload = piece;
        if (_pieces is { Control: not null } || piece.Length < _remaining)
        {
            var pieces = Kept;
            if (!Collect(ref pieces.Control, piece, WebSocketFrames.MaxControlBytes))
            {
                return false;
            }

            payload = pieces.Control!.Written;
            pieces.Control = null;
        }

        _state = State.Header;
        if (_opcode == WebSocketFrames.Close)
        {
            return TakeClose(payload, out message);
        }

        message = new WebSocketMessage(_opcode == WebSocketFrames.Ping ? WebSocketMessageKind.Ping : WebSocketMessageKind.Pong, payload);
        return true;
    }

    private bool TakeClose(ReadOnlySpan<byte> payload, out WebSocketMessage message)
    {
        message = default;
        var code = WebSocketFrames.NoCloseCode;
        if (payload.Length == 1)
        {
            return Fail(ProtocolError.WebSocketClosePayload);
        }

        if (payload.Length >= 2)
        {
            code = BinaryPrimitives.ReadUInt16BigEndian(payload);
            payload = payload[2..];
            if (!WebSocketFrames.IsValidCloseCode(code))
            {
                return Fail(ProtocolError.WebSocketCloseCode);
            }

            if (!Utf8.IsValid(payload))
            {
                return Fail(ProtocolError.WebSocketInvalidUtf8);
            }
        }

        End(State.Closed);
        message = new WebSocketMessage(WebSocketMessageKind.Close, payload, code);
        return true;
    }

    // Keeps a piece of the current frame; true when the frame is complete.
    private bool Collect(ref ByteAccumulator? kept, ReadOnlySpan<byte> piece, int maxLength)
    {
        if (!piece.IsEmpty)
        {
            (kept ??= new ByteAccumulator()).Append(piece, maxLength);
            _remaining -= piece.Length;
            _mask = WebSocketFrames.Rotate(_mask, piece.Length);
        }

        return _remaining == 0;
    }

    private bool Fail(ProtocolError error)
    {
        Error = error;
        End(State.Failed);
        return false;
    }

    private void End(State state)
    {
        _state = state;
        _messageOpcode = 0;
        _pieces = null;
    }

    /// <summary>What is kept from one input to the next of a frame or message that came in pieces. Made for the first of them and kept for the next.</summary>
    private sealed class Pieces
    {
        /// <summary>A header that the input cut.</summary>
        public HeaderBytes Header;

        public byte HeaderLength;

        /// <summary>Of the message that is open.</summary>
        public Utf8Validator Utf8;

        public ByteAccumulator? Message;
        public ByteAccumulator? Control;
    }

    [InlineArray(WebSocketFrames.MaxHeaderBytes)]
    private struct HeaderBytes
    {
        private byte _first;
    }
}
