using Sockeye.Transport;

namespace Sockeye.EngineIO.WebSockets;

/// <summary>The moments that a WebSocket connection waits for. None exists while it is idle.</summary>
internal enum WebSocketMoment : byte
{
    /// <summary>The incoming message must be finished.</summary>
    Message,
    /// <summary>The peer's close frame must have come.</summary>
    Close,
}

/// <summary>An entry of the loop's due-list that tells its connection which moment has come.</summary>
internal sealed class WebSocketTimer(WebSocketChannelHandler owner, WebSocketMoment moment) : DueEntry
{
    private TimeSpan _interval;
    private bool _isExtended;

    public bool IsRunning => IsScheduled;

    public void Start(TimeSpan interval)
    {
        _isExtended = false;
        _interval = interval;
        owner.Loop.DueList(interval).Add(this);
    }

    public void Stop() => DueList.Cancel(this);

    protected override bool IsDeadline => true;

    protected override void OnDue(TimeSpan due)
    {
        if (moment == WebSocketMoment.Message && !_isExtended && due - _interval < owner.Loop.HeldUpAt)
        {
            // While we did not read, the peer could not go on sending.
            _isExtended = true;
            owner.Loop.DueList(_interval).Add(this);
            return;
        }

        owner.OnMoment(moment);
    }
}
