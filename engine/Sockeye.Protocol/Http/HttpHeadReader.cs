namespace Sockeye.Protocol.Http;

/// <summary>Skeleton.</summary>
public sealed class HttpHeadReader(HttpLimits limits)
{
    /// <summary>Skeleton.</summary>
    public HttpRequestHead Head => throw new NotImplementedException(limits.ToString());
    /// <summary>Skeleton.</summary>
    public ProtocolError Error { get; private set; }
    /// <summary>Skeleton.</summary>
    public bool HasPartial { get; private set; }
    /// <summary>Skeleton.</summary>
    public HttpReadStatus Read(ReadOnlySpan<byte> input, out int consumed) => throw new NotImplementedException();
    /// <summary>Skeleton.</summary>
    public void Reset() => Error = ProtocolError.None;
}
