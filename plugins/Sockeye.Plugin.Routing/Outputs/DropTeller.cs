using System.Text;
using Microsoft.Extensions.Logging;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>Says in the log what was dropped: the first at once, what follows added up, at most one line for each interval, and the rest when it ends. Any thread.</summary>
/// <param name="name">What it is told of: <c>output "orders"</c>.</param>
/// <param name="time">The server's clock.</param>
/// <param name="logger">The plugin's logger.</param>
internal sealed class DropTeller(string name, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Between two lines of one output: 10 s (own: six lines a minute are read, six thousand are not).</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _untold = new(StringComparer.Ordinal);
    private ITimer? _timer;
    private long _toldAt;
    private bool _hasTold;
    private bool _isDisposed;

    /// <summary>One event was dropped.</summary>
    /// <param name="reason">Why.</param>
    public void Add(string reason)
    {
        string? line = null;
        lock (_lock)
        {
            _untold[reason] = _untold.GetValueOrDefault(reason) + 1;
            if (_isDisposed || !_hasTold || time.GetElapsedTime(_toldAt) >= Interval)
            {
                line = Take();
            }
            else
            {
                _timer ??= time.CreateTimer(static teller => ((DropTeller)teller!).Tell(), this, Interval - time.GetElapsedTime(_toldAt), Timeout.InfiniteTimeSpan);
            }
        }

        Write(line);
    }

    /// <summary>Says what was not said yet.</summary>
    public void Tell()
    {
        string? line;
        lock (_lock)
        {
            line = Take();
        }

        Write(line);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        Tell();
    }

    private string? Take()
    {
        _timer?.Dispose();
        _timer = null;
        if (_untold.Count == 0)
        {
            return null;
        }

        var text = new StringBuilder();
        foreach (var (reason, count) in _untold.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            text.Append(text.Length == 0 ? "" : ", ").Append(reason).Append(' ').Append(count);
        }

        _untold.Clear();
        _hasTold = true;
        _toldAt = time.GetTimestamp();
        return text.ToString();
    }

    private void Write(string? counts)
    {
        if (counts is not null)
        {
            OutputLog.Dropped(logger, name, counts);
        }
    }
}
