#pragma warning disable CS1591
namespace Sockeye.Protocol.Http;

/// <summary>Writes the pieces of a response head: status line, fields, empty line.</summary>
public static class HttpResponseHead
{
    public static int WriteStatusLine(Span<byte> destination, int status) => throw new NotImplementedException();
    public static int HeaderLength(string name, string value) => throw new NotImplementedException();
    public static int WriteHeader(Span<byte> destination, string name, string value) => throw new NotImplementedException();
    public static int WriteHeader(Span<byte> destination, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => throw new NotImplementedException();
    public static int WriteContentLength(Span<byte> destination, long length) => throw new NotImplementedException();
    public static int WriteEnd(Span<byte> destination) => throw new NotImplementedException();
    public static string ReasonPhrase(int status) => throw new NotImplementedException();
    public static bool IsValidHeaderName(string name) => throw new NotImplementedException();
    public static bool IsValidHeaderValue(string value) => throw new NotImplementedException();
}
