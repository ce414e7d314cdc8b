using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Closes the sessions of one loop, or those of them whose ids name another node than one, one after the other, evenly over a time, so that their clients do not all look for another server at once.</summary>
/// <remarks>It owns the list of those that are left, and its own moments. Posted to the loop, and on it from then on. Lives until all are told. It takes at most the time, and closes at least
/// <see cref="LeastPerSecond"/> in a second.</remarks>
internal sealed class SessionDrain(SessionTable table, TimeSpan over, int keptNode) : DueEntry, ILoopWork
{
    /// <summary>Sessions that are closed in a second at least: so many new connections a second trouble no server, and a few clients need not be waited for (own).</summary>
    public const int LeastPerSecond = 100;

    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EngineSession[] _sessions = [];
    private TimeSpan _begin;
    private TimeSpan _step;
    private int _next;

    /// <summary>Completes when all are closed; what is queued for them may still be on its way.</summary>
    public Task Told => _told.Task;

    void ILoopWork.Run()
    {
        _sessions = [.. table.Snapshot().Where(session => session.NodeId != keptNode)];
        _begin = table.Loop.Now;
        var longest = TimeSpan.FromSeconds((double)_sessions.Length / LeastPerSecond);
        _step = _sessions.Length == 0 ? TimeSpan.Zero : (over < longest ? over : longest) / _sessions.Length;
        Go();
    }

    protected override void OnDue(TimeSpan due) => Go();

    private void Go()
    {
        while (_next < _sessions.Length && Moment <= table.Loop.Now)
        {
            _sessions[_next++].Close(DisconnectReason.ServerShuttingDown);
        }

        if (_next < _sessions.Length)
        {
            table.Loop.DueList(_step).Add(this, Moment);
        }
        else
        {
            _told.TrySetResult();
        }
    }

    private TimeSpan Moment => _begin + (_step * _next);
}
