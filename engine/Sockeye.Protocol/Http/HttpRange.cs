namespace Sockeye.Protocol.Http;

/// <summary>A stretch of a head; heads are shorter than 64 KiB, so four bytes do.</summary>
internal readonly struct HttpRange(int start, int length)
{
    private readonly ushort _start = (ushort)start;
    private readonly ushort _length = (ushort)length;

    public int Start => _start;

    public int Length => _length;

    public int End => _start + _length;

    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> head) => head.Slice(_start, _length);
}
