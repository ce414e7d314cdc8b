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
internal sealed class WebSocketTimer(WebSocketConnection owner, WebSocketMoment moment) : DueEntry
{
    private DueList? _list;
    private bool _isExtended;

    public void Start(TimeSpan interval)
    {
        Stop();
        _isExtended = false;
        _list = owner.Loop.DueList(interval);
        _list.Add(this);
    }

    public void Stop()
    {
        _list?.Remove(this);
        _list = null;
    }

    protected override bool IsDeadline => true;

    protected override void OnDue(TimeSpan due)
    {
        DueList list = _list!;
        if (moment == WebSocketMoment.Message && !_isExtended && due - list.Interval < owner.Loop.HeldUpAt)
        {
            // While we did not read, the peer could not go on sending.
            _isExtended = true;
            list.Add(this);
            return;
        }

        _list = null;
        owner.OnMoment(moment);
    }
}
