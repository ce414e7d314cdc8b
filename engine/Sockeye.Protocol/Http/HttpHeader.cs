namespace Sockeye.Protocol.Http;

/// <summary>A field line, as ranges into the head.</summary>
internal readonly struct HttpHeader(HttpRange name, HttpRange value)
{
    public readonly HttpRange Name = name;
    public readonly HttpRange Value = value;
}
