namespace Sockeye.Protocol.Http;

/// <summary>A field line, as ranges into the head.</summary>
internal readonly struct HttpHeader(HttpRange name, HttpRange value)
{
    public static readonly int MemoryBytes = System.Runtime.CompilerServices.Unsafe.SizeOf<HttpHeader>();

    public readonly HttpRange Name = name;
    public readonly HttpRange Value = value;
}
