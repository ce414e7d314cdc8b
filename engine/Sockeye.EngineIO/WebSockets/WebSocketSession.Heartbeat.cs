using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

// Silence: a ping after PingInterval, the end after IdleTimeout. The session is its own entry in the loop's lists, as an object for it would cost every idle one.
public sealed partial class WebSocketSession
{
    private TimeSpan _silentSince;          // the moment of the last look that found that something had come

    /// <inheritdoc/>
    protected override void OnDue(TimeSpan due)
    {
        if (_isClosed)
        {
            return;         // its own close is under way, which has its time
        }

        if (_webSocket.TakeHeard())
        {
            _silentSince = due;
        }
        else if (_settings.IdleTimeout != Timeout.InfiniteTimeSpan && due - _silentSince >= _settings.IdleTimeout)
        {
            _webSocket.CloseIdle();
            return;
        }
        else if (_settings.PingInterval != Timeout.InfiniteTimeSpan)
        {
            _webSocket.SendPing();
        }

        Wait(due);
    }

    private void StartHeartbeat()
    {
        _silentSince = Loop.Now;
        Wait(_silentSince);
    }

    private void Wait(TimeSpan now)
    {
        var ping = _settings.PingInterval;
        var idle = _settings.IdleTimeout;
        var isLast = idle != Timeout.InfiniteTimeSpan && (ping == Timeout.InfiniteTimeSpan || _silentSince + idle < now + ping);
        if (isLast || ping != Timeout.InfiniteTimeSpan)
        {
            Loop.DueList(isLast ? idle : ping).Add(this, isLast ? _silentSince + idle : now + ping);
        }
    }
}
