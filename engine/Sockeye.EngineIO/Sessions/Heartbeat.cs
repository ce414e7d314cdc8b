using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>The one timer of a session: the next ping, then the answer to it; after a close the end of patience. Loop thread only.</summary>
/// <remarks>
/// Moments are nominal: the deadline is the ping's moment plus the timeout, however late the loop was. Only a loop that is late itself
/// first reads what may be waiting in its sockets before it declares a client dead.
/// </remarks>
internal sealed class Heartbeat(EngineSession session) : DueEntry
{
    /// <summary>A loop that is later than this has not read its sockets for a while, so an answer may wait there.</summary>
    private static readonly TimeSpan LateLoop = TimeSpan.FromMilliseconds(5);

    /// <summary>How long the answer to a client's close waits for its poll. Own choice: far more than it takes a request to reach another loop.</summary>
    internal static readonly TimeSpan LastPollTime = TimeSpan.FromMilliseconds(20);

    private Phase _phase;
    private bool _heard;
    private bool _deferred;

    private enum Phase : byte
    {
        Idle,
        Interval,
        Answer,
        Closing,
        LastPoll,
    }

    /// <summary>Opens: the first ping is due one interval from now.</summary>
    public void Start() => Wait(Phase.Interval, session.Options.PingInterval);

    /// <summary>From now on only the end of patience is waited for.</summary>
    public void Close() => Wait(Phase.Closing, session.Options.CloseTimeout);

    /// <summary>As <see cref="Close"/>, for the little while that a poll may still be under way.</summary>
    public void AwaitLastPoll() => Wait(Phase.LastPoll, LastPollTime);

    public void Stop()
    {
        if (IsScheduled)
        {
            List(_phase).Remove(this);
        }

        _phase = Phase.Idle;
    }

    /// <summary>Something came from the client: it lives.</summary>
    public void Heard() => _heard = true;

    /// <summary>A pong came; false if no ping was out.</summary>
    public bool Pong()
    {
        _heard = true;
        if (_phase != Phase.Answer)
        {
            return false;
        }

        Stop();
        Start();
        return true;
    }

    /// <summary>Whether the deadline has come though the loop did not act on it yet.</summary>
    public bool IsOverdue => _phase == Phase.Answer && !_heard && !session.IsReadingPaused && _deferred;

    protected override void OnDue(TimeSpan due)
    {
        switch (_phase)
        {
            case Phase.Interval:
                Ping(due);
                break;
            case Phase.Answer when session.IsReadingPaused:
                // We do not read, so silence says nothing about the client.
                List(Phase.Answer).Add(this, due + session.Options.PingTimeout);
                break;
            case Phase.Answer when _heard:
                Ping(due);
                break;
            case Phase.Answer when !_deferred && session.Loop.Now - due > LateLoop:
                _deferred = true;
                List(Phase.Answer).Add(this, due);
                break;
            case Phase.Answer:
                session.End(DisconnectReason.PingTimeout, null, CloseKind.Failure);
                break;
            case Phase.Closing or Phase.LastPoll:
                session.AbandonClose();
                break;
        }
    }

    private void Ping(TimeSpan due)
    {
        _phase = Phase.Answer;
        _heard = false;
        _deferred = false;
        List(Phase.Answer).Add(this, due + session.Options.PingTimeout);
        session.SendPing();
    }

    private void Wait(Phase phase, TimeSpan time)
    {
        Stop();
        _phase = phase;
        session.Loop.DueList(time).Add(this);
    }

    private DueList List(Phase phase) => session.Loop.DueList(phase switch
    {
        Phase.Interval => session.Options.PingInterval,
        Phase.Closing => session.Options.CloseTimeout,
        Phase.LastPoll => LastPollTime,
        _ => session.Options.PingTimeout,
    });
}
