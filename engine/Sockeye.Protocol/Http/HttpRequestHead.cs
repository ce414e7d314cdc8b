#pragma warning disable CS1591, CA1822
namespace Sockeye.Protocol.Http;

/// <summary>Skeleton.</summary>
public sealed class HttpRequestHead
{
    internal HttpRequestHead() { }
    public HttpMethod Method => throw new NotImplementedException();
    public string MethodText => throw new NotImplementedException();
    public ReadOnlySpan<byte> Target => throw new NotImplementedException();
    public ReadOnlySpan<byte> Path => throw new NotImplementedException();
    public ReadOnlySpan<byte> Query => throw new NotImplementedException();
    public string Url => throw new NotImplementedException();
    public int MinorVersion => throw new NotImplementedException();
    public bool KeepAlive => throw new NotImplementedException();
    public long ContentLength => throw new NotImplementedException();
    public bool IsChunked => throw new NotImplementedException();
    public bool HasBody => throw new NotImplementedException();
    public bool ExpectContinue => throw new NotImplementedException();
    public bool IsUpgrade => throw new NotImplementedException();
    public int HeaderCount => throw new NotImplementedException();
    public ReadOnlySpan<byte> HeaderName(int index) => throw new NotImplementedException();
    public ReadOnlySpan<byte> HeaderValue(int index) => throw new NotImplementedException();
    public bool TryGetHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value) => throw new NotImplementedException();
    public string? Header(string name) => throw new NotImplementedException();
}
