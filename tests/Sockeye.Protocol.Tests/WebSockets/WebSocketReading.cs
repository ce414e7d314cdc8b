using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests.WebSockets;

/// <summary>Builds frames from their raw bits and reads them in one piece, cut at every byte, and byte by byte, and demands one result.</summary>
internal static class WebSocketReading
{
    public const uint Key = 0x21_8F_FA_37;

    public static byte[] Frame(int opcode, byte[] payload, bool fin = true, WebSocketRole reader = WebSocketRole.Server)
    {
        var frame = new byte[WebSocketFrames.MaxHeaderBytes + payload.Length];
        var masked = reader == WebSocketRole.Server;
        var header = WebSocketFrames.WriteHeader(frame, (byte)opcode, payload.Length, fin, masked ? Key : null);
        payload.CopyTo(frame, header);
        if (masked)
        {
            WebSocketFrames.Mask(frame.AsSpan(header, payload.Length), Key);
        }

        return frame[..(header + payload.Length)];
    }

    public static byte[] Frame(int opcode, string payload, bool fin = true, WebSocketRole reader = WebSocketRole.Server) =>
        Frame(opcode, Encoding.UTF8.GetBytes(payload), fin, reader);

    public static byte[] CloseFrame(int code, string reason = "") => CloseFrame(code, Encoding.UTF8.GetBytes(reason));

    public static byte[] CloseFrame(int code, byte[] reason)
    {
        var payload = new byte[2 + reason.Length];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        reason.CopyTo(payload, 2);
        return Frame(8, payload);
    }

    /// <summary>Bytes from hexadecimal digits, blanks ignored.</summary>
    public static byte[] Hex(string digits) => Convert.FromHexString(digits.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>What the bytes mean: messages as <c>Text:…</c>, <c>Binary:hex</c>, <c>Close:code:reason</c>, then <c>open</c> or the error.</summary>
    public static string Read(byte[] bytes, WebSocketRole role = WebSocketRole.Server, WebSocketLimits? limits = null)
    {
        var whole = Read(bytes, [bytes.Length], role, limits);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            Assert.Equal(whole, Read(bytes, [cut, bytes.Length], role, limits));
        }

        Assert.Equal(whole, Read(bytes, [.. Enumerable.Range(1, bytes.Length)], role, limits));
        return whole;
    }

    public static string Read(byte[] bytes, int[] ends, WebSocketRole role = WebSocketRole.Server, WebSocketLimits? limits = null)
    {
        bytes = [.. bytes]; // unmasked in place
        WebSocketDecoder decoder = new(role, limits ?? WebSocketLimits.Default);
        List<string> result = [];
        var start = 0;
        foreach (var end in ends)
        {
            var input = bytes.AsSpan(start..end);
            start = end;
            WebSocketReadStatus status;
            while ((status = decoder.Read(ref input, out var message)) == WebSocketReadStatus.Message)
            {
                result.Add(Describe(message));
            }

            Assert.True(input.IsEmpty, "the input is not used up");
            Assert.Equal(status == WebSocketReadStatus.Failed, decoder.Error != ProtocolError.None);
            if (status == WebSocketReadStatus.Failed)
            {
                Assert.False(decoder.HoldsBuffer);
                return string.Join(' ', [.. result, decoder.Error.ToString()]);
            }
        }

        if (decoder.IsInsideMessage)
        {
            result.Add("open");
        }
        else
        {
            Assert.False(decoder.HoldsBuffer);
        }

        return string.Join(' ', result);
    }

    public static string Describe(WebSocketMessage message) => message.Kind switch
    {
        WebSocketMessageKind.Text => "Text:" + Encoding.UTF8.GetString(message.Payload),
        WebSocketMessageKind.Close => string.Create(CultureInfo.InvariantCulture, $"Close:{message.CloseCode}:") + Encoding.UTF8.GetString(message.Payload),
        _ => message.Kind + ":" + Convert.ToHexStringLower(message.Payload),
    };
}
