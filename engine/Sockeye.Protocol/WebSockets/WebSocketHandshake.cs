#pragma warning disable CS1591
using Sockeye.Protocol.Http;
namespace Sockeye.Protocol.WebSockets;

/// <summary>Skeleton.</summary>
public static class WebSocketHandshake
{
    public const int AcceptLength = 28;
    public static ProtocolError Validate(HttpRequestHead head, out ReadOnlySpan<byte> key) => throw new NotImplementedException();
    public static void WriteAccept(ReadOnlySpan<byte> key, Span<byte> destination) => throw new NotImplementedException();
}
