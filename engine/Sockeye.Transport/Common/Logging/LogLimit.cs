namespace Sockeye.Transport;

/// <summary>Lets a few lines of one kind through in some time and counts the others, so that clients or handlers that fail without end cannot fill a disk.</summary>
/// <remarks>It owns the counts of that kind. Any thread. Lives as long as the logger that it thins. Metrics count everything; only the log is thinned.</remarks>
public sealed class LogLimit
{
    /// <summary>Lines in one second of the clock: enough to see what happens, with stack traces some kilobytes (own).</summary>
    public const int LinesPerSecond = 5;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _span;
    private readonly int _most;
    private TimeSpan? _began;
    private int _lines;
    private long _omitted;

    /// <summary>Lets <see cref="LinesPerSecond"/> through.</summary>
    /// <param name="time">Its clock. One that fails stands still: lines are limited all the more.</param>
    public LogLimit(TimeProvider time)
        : this(time, TimeSpan.FromSeconds(1), LinesPerSecond)
    {
    }

    /// <summary>Lets one line through, and the next one when some time has passed: for what goes on as long as something is away, where one line says it all.</summary>
    /// <param name="time">Its clock. One that fails stands still: lines are limited all the more.</param>
    /// <param name="each">That time.</param>
    public LogLimit(TimeProvider time, TimeSpan each)
        : this(time, each, 1)
    {
    }

    private LogLimit(TimeProvider time, TimeSpan span, int most) => (_time, _span, _most) = (time, span, most);

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="omitted">Lines that were not, since the last one that was.</param>
    public bool Admits(out long omitted)
    {
        var now = Now();
        lock (_lock)
        {
            if (now is not null && !(now - _began < _span))
            {
                _began = now;
                _lines = 0;
            }

            if (_lines == _most)
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

    private TimeSpan? Now()
    {
        try
        {
            return _time.GetElapsedTime(0);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
