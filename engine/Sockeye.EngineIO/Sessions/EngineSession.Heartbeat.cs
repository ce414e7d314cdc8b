using Sockeye.EngineIO.Sessions;
using Sockeye.Transport;

namespace Sockeye.EngineIO;

// The one moment that a session waits for: the next ping, then the answer to it; after a close the end of patience. The session is its own entry in
// the loop's lists, because an object for it would cost every idle connection a tenth of what it keeps.
//
// Moments are nominal: the deadline is the ping's moment plus the timeout, however late the loop was. Only a loop that was held up counts from when the
// ping leaves, and reads what waits in its sockets before it declares a client dead.
public sealed partial class EngineSession
{
    /// <summary>How long the answer to a client's close waits for its poll. Own choice: far more than it takes a request to reach another loop.</summary>
    internal static readonly TimeSpan LastPollTime = TimeSpan.FromMilliseconds(20);

    private Waiting _waiting;
    private bool _isHeard;          // since the last ping
    private uint _pingedAt;         // in microseconds, which go round after 71 minutes: no answer takes as long

    private enum Waiting : byte
    {
        Nothing,
        Interval,
        Answer,
        Closing,
        LastPoll,
    }

    // The deadline has come though the loop did not act on it yet.
    private bool IsOverdue => _waiting == Waiting.Answer && DueAt <= Loop.Now && !_isHeard && !IsReadingPaused && IsScheduled && !Loop.IsCatchingUp;

    /// <summary>A poll or an upgrade came: a client whose time is over is gone, even if the loop was too late to act on it. A POST is heard first, it may be the answer.</summary>
    internal void ExpireIfOverdue()
    {
        if (IsOverdue)
        {
            End(DisconnectReason.PingTimeout, null, CloseKind.Failure);
        }
    }

    // The client has CloseTimeout to fetch its end, but no longer than until the deadline of its ping: that goes on, although no ping leaves any more.
    private void AwaitClose()
    {
        var pings = _waiting is Waiting.Interval or Waiting.Answer && IsScheduled && _transport is PollingTransport;
        var deadline = _waiting == Waiting.Interval ? DueAt + Options.PingTimeout : DueAt;
        if (!pings || deadline >= Loop.Now + Options.CloseTimeout)
        {
            Wait(Waiting.Closing);
        }
    }

    /// <summary>The client has closed; only a poll that is under way is still waited for.</summary>
    internal void AwaitLastPoll() => Wait(Waiting.LastPoll);

    /// <inheritdoc/>
    protected override bool IsDeadline => _waiting != Waiting.Interval;

    /// <inheritdoc/>
    protected override void OnDue(TimeSpan due)
    {
        switch (_waiting)
        {
            case Waiting.Interval when _state != EngineState.Open:
                _waiting = Waiting.Answer;
                ListOf(Waiting.Answer).Add(this, due + Options.PingTimeout);
                break;
            case Waiting.Answer when _state != EngineState.Open:
                AbandonClose();
                break;
            case Waiting.Interval:
                Ping(due);
                break;
            case Waiting.Answer when IsReadingPaused:
                // Silence says nothing about a client that is not read.
                ListOf(Waiting.Answer).Add(this, due + Options.PingTimeout);
                break;
            case Waiting.Answer when _isHeard:
                Ping(due);
                break;
            case Waiting.Answer:
                End(DisconnectReason.PingTimeout, null, CloseKind.Failure);
                break;
            case Waiting.Closing or Waiting.LastPoll:
                AbandonClose();
                break;
        }
    }

    // The first ping is due one interval from now.
    private void StartHeartbeat() => Wait(Waiting.Interval);

    // A pong that nobody asked for is ignored.
    private void TakePong()
    {
        if (_waiting == Waiting.Answer)
        {
            if (_state == EngineState.Open)
            {
                _server.OnHeartbeat(TimeSpan.FromMicroseconds(Microseconds() - _pingedAt));
            }

            StartHeartbeat();
        }
    }

    private void Ping(TimeSpan due)
    {
        _waiting = Waiting.Answer;
        _isHeard = false;
        _pingedAt = Microseconds();
        ListOf(Waiting.Answer).Add(this, (due < Loop.HeldUpAt ? Loop.Now : due) + Options.PingTimeout);
        _transport.SendPing();
    }

    private uint Microseconds() => unchecked((uint)(Loop.Now.Ticks / TimeSpan.TicksPerMicrosecond));

    private void Wait(Waiting waiting)
    {
        _waiting = waiting;
        ListOf(waiting).Add(this);
    }

    private void StopWaiting()
    {
        DueList.Cancel(this);
        _waiting = Waiting.Nothing;
    }

    private DueList ListOf(Waiting waiting) => Loop.DueList(waiting switch
    {
        Waiting.Interval => Options.PingInterval,
        Waiting.Closing => Options.CloseTimeout,
        Waiting.LastPoll => LastPollTime,
        _ => Options.PingTimeout,
    });
}
