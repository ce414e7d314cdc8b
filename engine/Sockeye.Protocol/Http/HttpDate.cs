using System.Buffers;
using System.Buffers.Text;

namespace Sockeye.Protocol.Http;

/// <summary>The Date of an answer (RFC 9110 section 6.6.1). Made once a second on each thread. Any thread.</summary>
public static class HttpDate
{
    /// <summary>The length of a date in bytes.</summary>
    public const int Length = 29;

    [ThreadStatic]
    private static byte[]? t_text;

    [ThreadStatic]
    private static long t_second;

    /// <summary>The present moment, such as <c>Sun, 06 Nov 1994 08:49:37 GMT</c>. Valid until the next call on this thread.</summary>
    public static ReadOnlySpan<byte> Now() => Of(DateTime.UtcNow);

    /// <summary>A moment in UTC; its fraction of a second is left out. Valid until the next call on this thread.</summary>
    /// <param name="utc">The moment.</param>
    public static ReadOnlySpan<byte> Of(DateTime utc)
    {
        var second = utc.Ticks / TimeSpan.TicksPerSecond;
        if (t_text is null || t_second != second)
        {
            t_text ??= new byte[Length];
            t_second = second;
            _ = Utf8Formatter.TryFormat(utc, t_text, out _, new StandardFormat('R'));
        }

        return t_text;
    }
}
