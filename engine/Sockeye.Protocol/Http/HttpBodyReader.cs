#pragma warning disable CS1591, CA1815
namespace Sockeye.Protocol.Http;

/// <summary>Skeleton.</summary>
public struct HttpBodyReader(HttpRequestHead head, HttpLimits limits)
{
    public ProtocolError Error { get; private set; }
    public long Total => throw new NotImplementedException(head.ToString() + limits);
    public HttpReadStatus Read(ReadOnlySpan<byte> input, out int consumed, out ReadOnlySpan<byte> data) => throw new NotImplementedException();
}
