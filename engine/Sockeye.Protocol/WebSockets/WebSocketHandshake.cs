using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Sockeye.Protocol.Http;

namespace Sockeye.Protocol.WebSockets;

/// <summary>The opening handshake of RFC 6455 section 4, seen from the server. Any thread.</summary>
public static class WebSocketHandshake
{
    /// <summary>The length of the value of <c>Sec-WebSocket-Accept</c> in bytes.</summary>
    public const int AcceptLength = 28;

    /// <summary>The length of a valid <c>Sec-WebSocket-Key</c> in bytes.</summary>
    public const int KeyLength = 24;

    private static readonly SearchValues<byte> s_base64 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    /// <summary>
    /// Checks a request to open a WebSocket: GET, HTTP/1.1, both upgrade fields, version 13, one key. For an error with status 426
    /// the answer carries <c>Sec-WebSocket-Version: 13</c>.
    /// </summary>
    public static ProtocolError Validate(HttpRequestHead head, out ReadOnlySpan<byte> key)
    {
        ArgumentNullException.ThrowIfNull(head);
        key = default;
        if (head.Method != HttpMethod.Get || head.MinorVersion != 1)
        {
            return ProtocolError.WebSocketHandshakeMethod;
        }

        if (!head.IsUpgrade)
        {
            return ProtocolError.WebSocketHandshakeNotUpgrade;
        }

        if (!head.TryGetSingleHeader("sec-websocket-version"u8, out var version) || !version.SequenceEqual("13"u8))
        {
            return ProtocolError.WebSocketHandshakeVersion;
        }

        if (!head.TryGetSingleHeader("sec-websocket-key"u8, out var value) || !IsValidKey(value))
        {
            return ProtocolError.WebSocketHandshakeKey;
        }

        key = value;
        return ProtocolError.None;
    }

    /// <summary>True for 16 bytes in strict base64: 22 characters whose last four bits are zero, and <c>==</c>.</summary>
    public static bool IsValidKey(ReadOnlySpan<byte> key) =>
        key.Length == KeyLength
        && key[22..].SequenceEqual("=="u8)
        && !key[..22].ContainsAnyExcept(s_base64)
        && key[21] is (byte)'A' or (byte)'Q' or (byte)'g' or (byte)'w';

    /// <summary>Writes the value of <c>Sec-WebSocket-Accept</c> for a valid <paramref name="key"/>: exactly <see cref="AcceptLength"/> bytes.</summary>
    public static void WriteAccept(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyLength);
        Span<byte> input = stackalloc byte[KeyLength + 36];
        key.CopyTo(input);
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8.CopyTo(input[KeyLength..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The protocol prescribes SHA-1; it proves that a WebSocket server answered, nothing secret.
        SHA1.HashData(input, hash);
#pragma warning restore CA5350
        Base64.EncodeToUtf8(hash, destination, out _, out _);
    }
}
