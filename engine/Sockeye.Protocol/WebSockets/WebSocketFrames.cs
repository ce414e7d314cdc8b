#pragma warning disable CS1591
namespace Sockeye.Protocol.WebSockets;

/// <summary>Skeleton.</summary>
public static class WebSocketFrames
{
    public const int MaxHeaderBytes = 14;
    public const byte Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10;
    public static int HeaderLength(long payloadLength, bool masked = false) => throw new NotImplementedException();
    public static int WriteHeader(Span<byte> destination, byte opcode, long payloadLength, bool fin = true, uint? mask = null) => throw new NotImplementedException();
    public static void Mask(Span<byte> payload, uint key, int offset = 0) => throw new NotImplementedException();
    public static int WriteClose(Span<byte> destination, ushort code, ReadOnlySpan<byte> reason, uint? mask = null) => throw new NotImplementedException();
    public static bool IsValidCloseCode(int code) => throw new NotImplementedException();
}
