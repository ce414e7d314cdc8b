namespace Sockeye.Host.Administration;

/// <summary>Whether each event loop of clients comes round. One round at a time is under way, however many ask, so a loop that stands still gathers no work.</summary>
/// <remarks>Any thread. A round begins when somebody asks and none is under way; nobody asks: it costs nothing.</remarks>
/// <param name="check">Completes when each loop has come round.</param>
/// <param name="time">The clock.</param>
/// <param name="patience">How long a round may take.</param>
internal sealed class LoopRounds(Func<Task> check, TimeProvider time, TimeSpan patience)
{
    /// <summary>How long an answer waits for the round that it has begun. Own: probes of Kubernetes wait for 1 s unless told otherwise.</summary>
    public static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private Task _round = Task.CompletedTask;
    private long _since;

    /// <summary>Begins a round, waits a moment for it, and says how it stands.</summary>
    /// <returns>Null: the loops come round; otherwise for how long one has not.</returns>
    public async ValueTask<TimeSpan?> LookAsync()
    {
        var (round, _) = Begin();
        if (!round.IsCompleted)
        {
            await Task.WhenAny(round, Task.Delay(Glance, time));
        }

        return Late(Begin());
    }

    /// <summary>As <see cref="LookAsync"/>, without waiting: for those who ask again and again.</summary>
    public TimeSpan? Look() => Late(Begin());

    private TimeSpan? Late((Task Round, long Since) state) => !state.Round.IsCompleted && time.GetElapsedTime(state.Since) is var late && late >= patience ? late : null;

    private (Task Round, long Since) Begin()
    {
        lock (_lock)
        {
            if (_round.IsCompleted)
            {
                _since = time.GetTimestamp();
                _round = check();
            }

            return (_round, _since);
        }
    }
}
