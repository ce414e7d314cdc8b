namespace Sockeye.Server.Relays;

/// <summary>Polls of others that were answered from here, as long as their servers may still say that the answer has not reached the client.</summary>
/// <remarks>It owns the list: at most <see cref="Most"/>, the oldest go first, and each at most <see cref="Time"/>. Any thread. Lives as long as the cluster of its server.</remarks>
/// <param name="lost">Hears of a session whose answer is lost.</param>
internal sealed class UnconfirmedAnswers(Action<string> lost)
{
    /// <summary>Answers that are kept (own).</summary>
    internal const int Most = 10_000;

    /// <summary>How long one is kept (own): a client that takes nothing is given up after 10 s.</summary>
    internal static readonly TimeSpan Time = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<(long Incarnation, long Id), string> _answers = [];
    private readonly Queue<((long, long) Key, TimeSpan Since)> _order = new();

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _answers.Count;
            }
        }
    }

    public void Add(long incarnation, long id, string sid, TimeSpan now)
    {
        lock (_lock)
        {
            if (_order.Count >= Most)
            {
                _answers.Remove(_order.Dequeue().Key);
            }

            _answers[(incarnation, id)] = sid;
            _order.Enqueue(((incarnation, id), now));
        }
    }

    /// <summary>An answer has not reached its client.</summary>
    public void Lose(long incarnation, long id)
    {
        string? sid;
        lock (_lock)
        {
            if (!_answers.Remove((incarnation, id), out sid))
            {
                return;
            }
        }

        lost(sid);
    }

    public void Forget(TimeSpan now)
    {
        lock (_lock)
        {
            while (_order.TryPeek(out var oldest) && now - oldest.Since > Time)
            {
                _order.Dequeue();
                _answers.Remove(oldest.Key);
            }
        }
    }
}
