using System.Text.Unicode;

namespace Sockeye.Protocol.EngineIO;

/// <summary>
/// Reads the packets of a polling body: separated by 0x1E, each a type digit with UTF-8 text or <c>b</c> with strict base64.
/// Stops at the first bad packet; packets before it stand. An empty body, an empty packet and a trailing separator are errors.
/// Allocates only when a binary packet does not fit into the scratch. Belongs to the method that made it; packets point into
/// the body, except binary ones, which are valid until the next <see cref="TryRead"/>.
/// </summary>
public ref struct EnginePayloadReader
{
    /// <summary>
    /// Most packets of one body: 65,536. A JavaScript client fills a POST up to the payload limit (1,999 packets seen),
    /// so the 16 of other servers would refuse real clients.
    /// </summary>
    public const int DefaultMaxPackets = 65_536;

    private ReadOnlySpan<byte> _rest;
    private Span<byte> _scratch;
    private int _remaining;
    private bool _ended;

    /// <summary>Starts on a whole body.</summary>
    /// <param name="body">The body of the POST (or of a poll answer, for a client).</param>
    /// <param name="maxPackets">Most packets that are read, at least 1.</param>
    public EnginePayloadReader(ReadOnlySpan<byte> body, int maxPackets = DefaultMaxPackets)
        : this(body, [], maxPackets)
    {
    }

    /// <summary>Starts on a whole body with room for decoded binary packets.</summary>
    /// <param name="body">The body of the POST (or of a poll answer, for a client).</param>
    /// <param name="scratch">Where base64 is decoded to; three quarters of the body's length always suffice. A larger packet gets an array.</param>
    /// <param name="maxPackets">Most packets that are read, at least 1.</param>
    public EnginePayloadReader(ReadOnlySpan<byte> body, Span<byte> scratch, int maxPackets = DefaultMaxPackets)
    {
        _rest = body;
        _scratch = scratch;
        _remaining = maxPackets;
    }

    /// <summary>Why reading stopped; <see cref="ProtocolError.None"/> while there are packets and after the last good one.</summary>
    public ProtocolError Error { get; private set; }

    /// <summary>Whether the last packet has been read, or reading stopped at an error.</summary>
    public readonly bool IsAtEnd => _ended;

    /// <summary>What has not been read, for a reader that goes on later; meaningful while not <see cref="IsAtEnd"/>.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Reads the next packet.</summary>
    /// <param name="packet">The packet when the result is true.</param>
    /// <returns>False at the end of the body or at an error; <see cref="Error"/> tells which.</returns>
    public bool TryRead(out EnginePacket packet)
    {
        packet = default;
        if (_ended)
        {
            return false;
        }

        if (_remaining-- <= 0)
        {
            return Fail(ProtocolError.EngineIOTooManyPackets);
        }

        var separator = _rest.IndexOf(EnginePayloadWriter.Separator);
        ReadOnlySpan<byte> text;
        if (separator < 0)
        {
            text = _rest;
            _ended = true;
        }
        else
        {
            text = _rest[..separator];
            _rest = _rest[(separator + 1)..];
        }

        if (!text.IsEmpty && text[0] == 'b')
        {
            return TryReadBase64(text[1..], out packet);
        }

        var error = EnginePacketCodec.TryReadText(text, out packet);
        if (error != ProtocolError.None)
        {
            return Fail(error);
        }

        return Utf8.IsValid(packet.Data) || Fail(ProtocolError.EngineIOInvalidUtf8);
    }

    private bool TryReadBase64(ReadOnlySpan<byte> text, out EnginePacket packet)
    {
        packet = default;
        if (!StrictBase64.TryMeasure(text, out var length))
        {
            return Fail(ProtocolError.EngineIOInvalidBase64);
        }

        if (_scratch.Length < length)
        {
            _scratch = new byte[length];
        }

        if (!StrictBase64.TryDecode(text, _scratch))
        {
            return Fail(ProtocolError.EngineIOInvalidBase64);
        }

        packet = new EnginePacket(EnginePacketType.Message, _scratch[..length], isBinary: true);
        return true;
    }

    private bool Fail(ProtocolError error)
    {
        Error = error;
        _ended = true;
        return false;
    }
}
