namespace Sockeye.Transport.Loops;

/// <summary>For whom the calling thread runs at the moment: a loop in its turn, or a pool.</summary>
/// <remarks>Each thread has its own, which loops and pools alone write. A synchronisation context would not do, since anybody may set any of them on any thread.</remarks>
internal static class RunningHere
{
    [ThreadStatic]
    private static ITransportLoop? t_loop;

    [ThreadStatic]
    private static PoolContext? t_pool;

    internal static ITransportLoop? Loop
    {
        get => t_loop;
        set => t_loop = value;
    }

    internal static PoolContext? Pool
    {
        get => t_pool;
        set => t_pool = value;
    }
}
