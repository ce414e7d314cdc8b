using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>Ticks of one loop that did not run for one reason, summed up so that a machine that is short of time does not fill the log: the first are told at once, what follows once in each interval.</summary>
/// <remarks>On the loop. Lives as long as the loop. What it has not told when the loop ends stands in the metric alone.</remarks>
internal sealed class TickSum
{
    /// <summary>From one line to the next at least (own).</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private TimeSpan _due;
    private long _from;
    private long _sum;

    public void Add(long ticks, long number)
    {
        if (_sum == 0)
        {
            _from = number - ticks;
        }

        _sum += ticks;
    }

    /// <summary>Whether a line is due at this tick.</summary>
    /// <param name="loop">The loop, whose time counts.</param>
    /// <param name="from">The tick after which the first of them was due.</param>
    /// <param name="sum">How many they are.</param>
    public bool IsDue(ITransportLoop loop, out long from, out long sum)
    {
        from = _from;
        sum = _sum;
        if (sum == 0 || loop.Now < _due)
        {
            return false;
        }

        _due = loop.Now + Interval;
        _sum = 0;
        return true;
    }
}
