namespace Sockeye.Host.Playground;

/// <summary>How much one client may still ask for: a bucket that ticks refill. Each event costs what it makes the server do.</summary>
/// <remarks><b>Thread.</b> The game loop.</remarks>
internal sealed class Allowance
{
    private int _left = PlaygroundLimits.Burst;
    private long _tick;

    /// <summary>Refused events since half of it was left: since the client has last kept quiet for a while.</summary>
    public int Refusals { get; private set; }

    /// <summary>Takes the cost of an event.</summary>
    /// <returns>False: not enough is left, and nothing was taken.</returns>
    public bool TryTake(int cost, long tick)
    {
        var refilled = _left + ((tick - _tick) * PlaygroundLimits.Refill);
        _left = (int)Math.Min(refilled, PlaygroundLimits.Burst);
        _tick = tick;
        if (_left > PlaygroundLimits.Burst / 2)
        {
            Refusals = 0;
        }

        if (cost > _left)
        {
            Refusals++;
            return false;
        }

        _left -= cost;
        return true;
    }
}
