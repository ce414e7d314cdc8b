using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Sockeye.Protocol.EngineIO;

/// <summary>
/// Writes Engine.IO packets in the form of polling (text, binary as base64) and the open packet, which is the same on every
/// transport. Pure and stateless; any thread. A destination that is too small is the caller's mistake and throws.
/// </summary>
public static class EnginePayloadWriter
{
    /// <summary>Stands between two packets of a polling body (record separator), never before the first or after the last.</summary>
    public const byte Separator = 0x1E;

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Room that <see cref="WritePacket"/> needs: exact for text and for binary.</summary>
    /// <param name="dataLength">Bytes of data.</param>
    /// <param name="isBinary">Whether the data is a binary message.</param>
    public static int MaxEncodedLength(int dataLength, bool isBinary) =>
        1 + (isBinary ? Base64.GetMaxEncodedToUtf8Length(dataLength) : dataLength);

    /// <summary>Writes one packet, without a separator.</summary>
    /// <param name="destination">At least <see cref="MaxEncodedLength"/> bytes.</param>
    /// <param name="type">The type; ignored for binary, which is always a message.</param>
    /// <param name="data">Text without the type character, or the binary message.</param>
    /// <param name="isBinary">Whether <paramref name="data"/> is written as <c>b</c> and base64.</param>
    /// <returns>Bytes written.</returns>
    public static int WritePacket(Span<byte> destination, EnginePacketType type, ReadOnlySpan<byte> data, bool isBinary)
    {
        if (isBinary)
        {
            destination[0] = (byte)'b';
            var status = Base64.EncodeToUtf8(data, destination[1..], out _, out var written);
            return status == OperationStatus.Done ? 1 + written : throw new ArgumentException("The destination is too small.", nameof(destination));
        }

        destination[0] = (byte)('0' + (byte)type);
        data.CopyTo(destination[1..]);
        return 1 + data.Length;
    }

    /// <summary>Room that <see cref="WriteOpen(Span{byte}, string, ReadOnlySpan{string}, long, long, long)"/> needs at most.</summary>
    /// <param name="sid">The session id.</param>
    /// <param name="upgrades">Transports the client may move to.</param>
    public static int MaxOpenLength(string sid, ReadOnlySpan<string> upgrades)
    {
        ArgumentNullException.ThrowIfNull(sid);
        var length = 160 + sid.Length;
        foreach (var upgrade in upgrades)
        {
            length += upgrade.Length + 3;
        }

        return length;
    }

    /// <summary>
    /// Writes the whole open packet, type digit included:
    /// <c>0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}</c>, keys in this order.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxOpenLength"/> bytes.</param>
    /// <param name="sid">The session id, base64url characters only.</param>
    /// <param name="upgrades">Transports the client may move to; empty on WebSocket.</param>
    /// <param name="pingInterval">Milliseconds between two pings.</param>
    /// <param name="pingTimeout">Milliseconds a pong may take.</param>
    /// <param name="maxPayload">Most bytes of a polling body that the server takes.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteOpen(Span<byte> destination, string sid, ReadOnlySpan<string> upgrades, long pingInterval, long pingTimeout, long maxPayload)
    {
        var output = new SpanWriter(destination);
        output.Text("0{\"sid\":\""u8);
        output.Token(sid);
        output.Text("\",\"upgrades\":["u8);
        for (var i = 0; i < upgrades.Length; i++)
        {
            output.Text(i == 0 ? "\""u8 : ",\""u8);
            output.Token(upgrades[i]);
            output.Text("\""u8);
        }

        output.Text("],\"pingInterval\":"u8);
        output.Number(pingInterval);
        output.Text(",\"pingTimeout\":"u8);
        output.Number(pingTimeout);
        output.Text(",\"maxPayload\":"u8);
        output.Number(maxPayload);
        output.Text("}"u8);
        return output.Length;
    }

    /// <summary>Writes the whole open packet to a buffer; see the other overload.</summary>
    /// <param name="output">Where the packet goes.</param>
    /// <param name="sid">The session id, base64url characters only.</param>
    /// <param name="upgrades">Transports the client may move to; empty on WebSocket.</param>
    /// <param name="pingInterval">Milliseconds between two pings.</param>
    /// <param name="pingTimeout">Milliseconds a pong may take.</param>
    /// <param name="maxPayload">Most bytes of a polling body that the server takes.</param>
    public static void WriteOpen(IBufferWriter<byte> output, string sid, ReadOnlySpan<string> upgrades, long pingInterval, long pingTimeout, long maxPayload)
    {
        ArgumentNullException.ThrowIfNull(output);
        var length = WriteOpen(output.GetSpan(MaxOpenLength(sid, upgrades)), sid, upgrades, pingInterval, pingTimeout, maxPayload);
        output.Advance(length);
    }

    private ref struct SpanWriter(Span<byte> destination)
    {
        private readonly Span<byte> _destination = destination;

        public int Length { get; private set; }

        public void Text(ReadOnlySpan<byte> text)
        {
            text.CopyTo(_destination[Length..]);
            Length += text.Length;
        }

        /// <summary>Session ids and transport names need no escaping; anything else would be a way to break out of the string.</summary>
        public void Token(string token)
        {
            if (token.AsSpan().ContainsAnyExcept(TokenCharacters))
            {
                throw new ArgumentException("Only letters, digits, '-' and '_' can stand here.", nameof(token));
            }

            Length += Encoding.ASCII.GetBytes(token, _destination[Length..]);
        }

        public void Number(long number)
        {
            if (!number.TryFormat(_destination[Length..], out var written))
            {
                throw new ArgumentException("The destination is too small.", nameof(number));
            }

            Length += written;
        }
    }
}
