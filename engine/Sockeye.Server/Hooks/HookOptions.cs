using System.ComponentModel.DataAnnotations;

namespace Sockeye;

/// <summary>How much of the server's time the hooks of a plugin may take, and what becomes of one that fails. Each hook of each plugin is measured alone.</summary>
public sealed class HookOptions
{
    /// <summary>How long one call of a hook may hold the thread that it runs on; more counts as a fault of its plugin, but for the first call, for which its code is compiled; what it has decided holds. Measured to some 4 ms. Default 50 ms (own); 1 ms to 1 min.</summary>
    public TimeSpan Budget { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Faults of one hook within <see cref="FaultWindow"/> that open its circuit: it is not asked any more. Default 20 (own: with hooks that overrun their budget a tenth of a loop's time); 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int Faults { get; set; } = 20;

    /// <summary>Within which time <see cref="Faults"/> open a circuit. Default 10 s (own); 10 ms to 1 h.</summary>
    public TimeSpan FaultWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a circuit stays open before one call tries it. Default 5 s (the <c>BreakDuration</c> of Polly); 10 ms to 1 h.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Joins and leaves of one namespace that may wait to be shown to the hooks for rooms; further ones are not shown, and count as a fault of each such hook. Default 65,536 (own); 1 to 2^24.</summary>
    [Range(1, 1 << 24)]
    public int QueuedRoomChanges { get; set; } = 1 << 16;

    internal IEnumerable<(string Name, TimeSpan Value, TimeSpan Min, TimeSpan Max)> Times()
    {
        yield return (nameof(Budget), Budget, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        yield return (nameof(FaultWindow), FaultWindow, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        yield return (nameof(RetryAfter), RetryAfter, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
    }
}
