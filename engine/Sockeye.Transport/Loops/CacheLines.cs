using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Sockeye.Transport;

/// <summary>Asks the processor to fetch objects that a loop is about to use, so that the fetching runs beside what it does before.</summary>
/// <remarks>
/// A loop that goes through a thousand connections finds little of each in the near caches: the kernel's own work for the one before has used
/// them. A hint reads nothing and changes nothing: an object that the collector moves meanwhile costs a line fetched in vain. Any thread. On
/// processors other than x86 it does nothing, as .NET offers no such instruction there.
/// </remarks>
public static class CacheLines
{
    private const int LineBytes = 64;

    /// <summary>Asks for the first lines of an object.</summary>
    /// <param name="item">The object; null: nothing is done.</param>
    /// <param name="lines">How many lines of 64 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch(object? item, int lines)
    {
        if (Sse.IsSupported)
        {
            var at = (byte*)Unsafe.As<object?, nint>(ref item);
            for (var i = 0; i < lines; i++)
            {
                Sse.Prefetch0(at + (i * LineBytes));
            }
        }
    }
}
