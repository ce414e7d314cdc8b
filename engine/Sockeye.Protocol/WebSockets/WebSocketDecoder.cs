#pragma warning disable CS1591, CA1822
namespace Sockeye.Protocol.WebSockets;

/// <summary>Skeleton.</summary>
public sealed class WebSocketDecoder(WebSocketRole role, WebSocketLimits limits)
{
    public ProtocolError Error { get; private set; }
    public bool IsInsideMessage => throw new NotImplementedException(limits.ToString() + role);
    public bool HoldsBuffer => throw new NotImplementedException();
    public WebSocketReadStatus Read(ref Span<byte> input, out WebSocketMessage message) => throw new NotImplementedException();
}
