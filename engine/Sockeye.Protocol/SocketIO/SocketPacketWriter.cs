using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sockeye.Protocol.SocketIO;

/// <summary>
/// Writes the header of a Socket.IO packet, behind which its JSON follows, and the small packets as a whole. Pure and stateless; any
/// thread. A destination that is too small is the caller's mistake and throws.
/// </summary>
public static class SocketPacketWriter
{
    /// <summary>Exact bytes of the header.</summary>
    /// <param name="attachments">Attachments that follow; 0 writes no count.</param>
    /// <param name="nsp">The namespace; empty and <c>/</c> are omitted.</param>
    /// <param name="ackId">The acknowledgement id, or -1.</param>
    public static int HeaderLength(int attachments, ReadOnlySpan<byte> nsp, long ackId)
    {
        var length = 1;
        if (attachments > 0)
        {
            length += DigitCount(attachments) + 1;
        }

        if (IsNamed(nsp))
        {
            length += nsp.Length + 1;
        }

        if (ackId >= 0)
        {
            length += DigitCount(ackId);
        }

        return length;
    }

    /// <summary>Writes the header: type, count of attachments, namespace, acknowledgement id.</summary>
    /// <param name="destination">At least <see cref="HeaderLength"/> bytes.</param>
    /// <param name="type">The packet type; the binary types go with a positive number of attachments.</param>
    /// <param name="attachments">Attachments that follow; 0 writes no count.</param>
    /// <param name="nsp">The namespace; empty and <c>/</c> are omitted.</param>
    /// <param name="ackId">The acknowledgement id, or -1.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteHeader(Span<byte> destination, SocketPacketType type, int attachments, ReadOnlySpan<byte> nsp, long ackId)
    {
        destination[0] = (byte)('0' + (byte)type);
        var length = 1;
        if (attachments > 0)
        {
            length += WriteNumber(destination[length..], attachments);
            destination[length++] = (byte)'-';
        }

        if (IsNamed(nsp))
        {
            nsp.CopyTo(destination[length..]);
            length += nsp.Length;
            destination[length++] = (byte)',';
        }

        if (ackId >= 0)
        {
            length += WriteNumber(destination[length..], ackId);
        }

        return length;
    }

    /// <summary>Writes a client's CONNECT: <c>0/nsp,{auth}</c>.</summary>
    /// <param name="output">Where the packet goes.</param>
    /// <param name="nsp">The namespace.</param>
    /// <param name="auth">A JSON object, or empty for none.</param>
    public static void WriteConnect(IBufferWriter<byte> output, ReadOnlySpan<byte> nsp, ReadOnlySpan<byte> auth = default)
    {
        WriteHeader(output, SocketPacketType.Connect, nsp);
        output.Write(auth);
    }

    /// <summary>Writes a server's acceptance: <c>0/nsp,{"sid":"…"}</c>, with <c>"pid"</c> behind it when sessions can be recovered.</summary>
    /// <param name="output">Where the packet goes.</param>
    /// <param name="nsp">The namespace.</param>
    /// <param name="sid">The socket's id.</param>
    /// <param name="pid">The id a client recovers the session with, or null.</param>
    public static void WriteConnected(IBufferWriter<byte> output, ReadOnlySpan<byte> nsp, string sid, string? pid = null)
    {
        WriteHeader(output, SocketPacketType.Connect, nsp);
        output.Write("{\"sid\":"u8);
        WriteString(output, sid);
        if (pid is not null)
        {
            output.Write(",\"pid\":"u8);
            WriteString(output, pid);
        }

        output.Write("}"u8);
    }

    /// <summary>Writes a server's refusal: <c>4/nsp,{"message":"…"}</c>, with <c>"data"</c> behind it when there is any.</summary>
    /// <param name="output">Where the packet goes.</param>
    /// <param name="nsp">The namespace.</param>
    /// <param name="message">What the client's error says.</param>
    /// <param name="data">One JSON value, or empty for none.</param>
    public static void WriteConnectError(IBufferWriter<byte> output, ReadOnlySpan<byte> nsp, string message, ReadOnlySpan<byte> data = default)
    {
        WriteHeader(output, SocketPacketType.ConnectError, nsp);
        output.Write("{\"message\":"u8);
        WriteString(output, message);
        if (!data.IsEmpty)
        {
            output.Write(",\"data\":"u8);
            output.Write(data);
        }

        output.Write("}"u8);
    }

    /// <summary>Writes a DISCONNECT: <c>1/nsp,</c>.</summary>
    /// <param name="output">Where the packet goes.</param>
    /// <param name="nsp">The namespace.</param>
    public static void WriteDisconnect(IBufferWriter<byte> output, ReadOnlySpan<byte> nsp) =>
        WriteHeader(output, SocketPacketType.Disconnect, nsp);

    private static void WriteHeader(IBufferWriter<byte> output, SocketPacketType type, ReadOnlySpan<byte> nsp)
    {
        ArgumentNullException.ThrowIfNull(output);
        var length = HeaderLength(0, nsp, -1);
        output.Advance(WriteHeader(output.GetSpan(length), type, 0, nsp, -1));
    }

    // By way of UTF-8, which replaces lone surrogates where the encoder would throw.
    private static void WriteString(IBufferWriter<byte> output, string value)
    {
        var encoded = JsonEncodedText.Encode(Encoding.UTF8.GetBytes(value), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        output.Write("\""u8);
        output.Write(encoded.EncodedUtf8Bytes);
        output.Write("\""u8);
    }

    private static bool IsNamed(ReadOnlySpan<byte> nsp) => nsp.Length > 1;

    private static int DigitCount(long number)
    {
        var digits = 1;
        while ((number /= 10) != 0)
        {
            digits++;
        }

        return digits;
    }

    private static int WriteNumber(Span<byte> destination, long number)
    {
        return number.TryFormat(destination, out var written) ? written : throw new ArgumentException("The destination is too small.", nameof(destination));
    }
}
