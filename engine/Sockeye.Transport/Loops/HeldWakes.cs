namespace Sockeye.Transport;

/// <summary>Wakes loops once for all that a thread posts to them in a while, instead of once for each.</summary>
/// <remarks>Each thread has its own, which holds nothing back but the wake: a loop that is awake takes what is posted at once. Between <see cref="Begin"/> and <see cref="End"/> the thread must not wait for anything that a loop has to do;
/// where it runs application code it wakes them first, and from then on at once.</remarks>
public static class HeldWakes
{
    [ThreadStatic]
    private static List<LoopBase>? t_asleep;

    [ThreadStatic]
    private static bool t_isHolding;

    /// <summary>Loops are woken with <see cref="End"/>.</summary>
    public static void Begin() => t_isHolding = true;

    /// <summary>Wakes those that were posted to. Without effect outside.</summary>
    public static void End()
    {
        if (!t_isHolding)
        {
            return;
        }

        t_isHolding = false;
        foreach (var loop in t_asleep ?? [])
        {
            loop.WakeNow();
        }

        t_asleep?.Clear();
    }

    /// <returns>False: it is woken at once.</returns>
    internal static bool TryHold(LoopBase loop)
    {
        if (!t_isHolding)
        {
            return false;
        }

        var asleep = t_asleep ??= [];
        if (!asleep.Contains(loop))
        {
            asleep.Add(loop);
        }

        return true;
    }
}
