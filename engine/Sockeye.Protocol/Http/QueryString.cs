#pragma warning disable CS1591
namespace Sockeye.Protocol.Http;

/// <summary>Skeleton.</summary>
public static class QueryString
{
    public static bool TryGet(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name, out string value) => throw new NotImplementedException();
    public static int Count(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name) => throw new NotImplementedException();
    public static List<KeyValuePair<string, string>> Parse(ReadOnlySpan<byte> query) => throw new NotImplementedException();
    public static string Decode(ReadOnlySpan<byte> text) => throw new NotImplementedException();
}
