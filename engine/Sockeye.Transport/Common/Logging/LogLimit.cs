namespace Sockeye.Transport;

/// <summary>Lets a few lines of one kind through in each second and counts the others, so that clients or handlers that fail without end cannot fill a disk.</summary>
/// <param name="time">Its clock. One that fails stands still: lines are limited all the more.</param>
/// <remarks>It owns the counts of that kind. Any thread. Lives as long as the logger that it thins. Metrics count everything; only the log is thinned.</remarks>
public sealed class LogLimit(TimeProvider time)
{
    /// <summary>Lines in one second of the clock: enough to see what happens, with stack traces some kilobytes (own).</summary>
    public const int LinesPerSecond = 5;

    private readonly Lock _lock = new();
    private long _second = long.MinValue;
    private int _lines;
    private long _omitted;

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="omitted">Lines that were not, since the last one that was.</param>
    public bool Admits(out long omitted)
    {
        var second = Second();
        lock (_lock)
        {
            if (second != _second)
            {
                _second = second;
                _lines = 0;
            }

            if (_lines == LinesPerSecond)
            {
                _omitted++;
                omitted = 0;
                return false;
            }

            _lines++;
            omitted = _omitted;
            _omitted = 0;
            return true;
        }
    }

    private long Second()
    {
        try
        {
            return time.GetTimestamp() / time.TimestampFrequency;
        }
        catch (Exception)
        {
            return Volatile.Read(ref _second);
        }
    }
}
