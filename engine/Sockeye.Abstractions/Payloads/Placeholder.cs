using System.Buffers.Text;

namespace Sockeye;

/// <summary>The object that stands for an attachment in JSON: <c>{"_placeholder":true,"num":0}</c>.</summary>
internal static class Placeholder
{
    public const int MaxBytes = 48;

    public static ReadOnlySpan<byte> Key => "_placeholder"u8;

    public static ReadOnlySpan<byte> Num => "num"u8;

    public static int Write(Span<byte> destination, int number)
    {
        var head = "{\"_placeholder\":true,\"num\":"u8;
        head.CopyTo(destination);
        Utf8Formatter.TryFormat(number, destination[head.Length..], out var digits);
        destination[head.Length + digits] = (byte)'}';
        return head.Length + digits + 1;
    }
}
