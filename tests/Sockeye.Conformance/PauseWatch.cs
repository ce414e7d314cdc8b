namespace Sockeye.Conformance;

/// <summary>The longest pause of the collector. Each collection ends an object that nothing holds, and its finalizer looks how much longer the pauses have become in all.</summary>
/// <remarks>Pauses between two looks count as one, so what it tells may be too much and is never too little.</remarks>
internal sealed class PauseWatch
{
    private static readonly Lock Guard = new();
    private static TimeSpan _seen, _longest;

    ~PauseWatch()
    {
        Look();
        _ = new PauseWatch();
    }

    public static void Start()
    {
        Look();
        TakeLongest();
        _ = new PauseWatch();
    }

    /// <summary>The longest since the last call.</summary>
    public static TimeSpan TakeLongest()
    {
        lock (Guard)
        {
            Look();
            var longest = _longest;
            _longest = TimeSpan.Zero;
            return longest;
        }
    }

    private static void Look()
    {
        lock (Guard)
        {
            var all = GC.GetTotalPauseDuration();
            _longest = all - _seen > _longest ? all - _seen : _longest;
            _seen = all;
        }
    }
}
