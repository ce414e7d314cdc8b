using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Connections;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Keeps what the engine holds in this process below a budget: above 80 % new handshakes are refused and readers that nobody will miss are closed
/// (<see cref="IReader.IsExpendable"/>), above 95 % those for which the most is held.</summary>
/// <remarks>It owns the round of closing that goes on, one at a time; what is held is <see cref="BufferCounters.HeldBytes"/>, a frame once however many outboxes share it, so a reader that is
/// closed may free less than its outbox says, and then the next look closes further ones. Any thread. Lives as long as its <see cref="EngineServer"/>. A loop that has ended, or does not
/// answer for <see cref="Patience"/>, holds no round up.</remarks>
internal sealed class MemoryBudget(long bytes, ILogger logger) : IMemoryBudget
{
    /// <summary>How often it is looked at while there are sessions, or new ones are refused. Own choice; growth is looked at besides.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long a round waits for the loops, and then for the closing. Own choice: a loop that is later is stuck.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What an expendable reader has to take at least to be closed: who has just come must not pay for others. Own choice.</summary>
    internal const int LeastExpendable = 16 << 10;

    private const int RefusePercent = 80;
    private const int ClosePercent = 95;

    private readonly long _bytes = bytes;
    private readonly long _refuseAbove = Percent(bytes, RefusePercent);
    private readonly long _closeAbove = Percent(bytes, ClosePercent);
    private readonly ILogger _logger = logger;
    private int _isRefusing;
    private Round? _round;

    /// <summary>The sessions, by loop.</summary>
    public SessionTable[] Tables { get; set; } = [];

    /// <summary>The connections of the server, whose plain WebSockets and HTTP answers are read too.</summary>
    public ConnectionRegistry? Connections { get; set; }

    /// <summary>The budget.</summary>
    public long Bytes => _bytes;

    /// <summary>Whether new handshakes were refused when it was last asked.</summary>
    public bool WasRefusing => Volatile.Read(ref _isRefusing) == 1;

    /// <inheritdoc />
    public void OnGrowth(ITransportLoop loop) => Tables[loop.Index].Budget.OnGrowth();

    /// <summary>The budget of these options; null: half of the memory that the process may use.</summary>
    public static long Of(long? configured) =>
        configured ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is > 0 and var available ? available / 2 : long.MaxValue);

    /// <summary>Whether so much is held that readers are closed.</summary>
    public bool IsShort => BufferCounters.HeldBytes > _closeAbove;

    /// <inheritdoc />
    public bool IsRefusing()
    {
        var held = BufferCounters.HeldBytes;
        var refuses = held > _refuseAbove;
        if (Interlocked.Exchange(ref _isRefusing, refuses ? 1 : 0) != (refuses ? 1 : 0))
        {
            if (refuses)
            {
                EngineLog.BudgetRefuses(_logger, _bytes, held);
                Tables[0].Loop.Post(static budget => ((BudgetWatch)budget!).Look(), Tables[0].Budget);
            }
            else
            {
                EngineLog.BudgetTakes(_logger, _bytes, held);
            }
        }

        return refuses;
    }

    /// <summary>Looks whether readers have to be closed, and begins to do so.</summary>
    /// <param name="now">The time of a loop.</param>
    /// <param name="withExpendable">Whether those that nobody will miss are closed from 80 % on; else only the excess over 95 % counts, which is the cheaper look.</param>
    public void Check(TimeSpan now, bool withExpendable)
    {
        var held = BufferCounters.HeldBytes;
        if (held <= (withExpendable ? _refuseAbove : _closeAbove))
        {
            return;
        }

        var last = Volatile.Read(ref _round);
        if (last is not null && !last.IsOver(now))
        {
            return;
        }

        var round = new Round(this, held, now);
        if (Interlocked.CompareExchange(ref _round, round, last) == last)
        {
            round.Begin();
        }
    }

    private static long Percent(long whole, int percent) => (whole / 100 * percent) + (whole % 100 * percent / 100);

    /// <summary>Asks every loop how full its outboxes are, then closes those for which the most is held until their cost reaches the excess.</summary>
    private sealed class Round(MemoryBudget budget, long held, TimeSpan begun)
    {
        private readonly Lock _lock = new();
        private readonly List<(long Cost, bool IsExpendable, IReader Reader)> _readers = [];
        private int _loops = budget.Tables.Length;
        private int _closes;
        private bool _isClosing;

        public void Begin()
        {
            foreach (var table in budget.Tables)
            {
                table.Loop.Post(new Part(this, table, null));
            }
        }

        /// <summary>Whether nobody need wait for it any longer. If loops have not answered in time, those that have must do.</summary>
        public bool IsOver(TimeSpan now)
        {
            if (now - begun < Patience)
            {
                return false;
            }

            if (!TryBeginClosing(whenComplete: false))
            {
                return true;
            }

            begun = now;
            CloseSlowest();
            return false;
        }

        /// <summary>A loop has answered, or will not.</summary>
        private void OnCollected()
        {
            Interlocked.Decrement(ref _loops);
            if (TryBeginClosing(whenComplete: true))
            {
                CloseSlowest();
            }
        }

        private bool TryBeginClosing(bool whenComplete)
        {
            lock (_lock)
            {
                var begins = !_isClosing && (!whenComplete || Volatile.Read(ref _loops) == 0);
                _isClosing |= begins;
                return begins;
            }
        }

        /// <summary>A loop that comes too late changes nothing any more.</summary>
        private void Collect(SessionTable table)
        {
            var sessions = table.All();
            lock (_lock)
            {
                if (!_isClosing)
                {
                    Add(sessions);
                }
            }
        }

        private void Add(IReader[] readers)
        {
            foreach (var reader in readers)
            {
                if (reader.IsOpen && reader.Cost is > 0 and var cost)
                {
                    _readers.Add((cost, reader.IsExpendable && cost >= LeastExpendable, reader));
                }
            }
        }

        // Expendable readers pay for all above 80 %, the others for what is left above 95 %.
        private void CloseSlowest()
        {
            Add(budget.Connections?.Readers() ?? []);
            _readers.Sort(static (one, other) => one.IsExpendable == other.IsExpendable ? other.Cost.CompareTo(one.Cost) : other.IsExpendable.CompareTo(one.IsExpendable));
            var chosen = new List<IReader>();
            var left = held;
            long largest = 0;
            foreach (var (cost, isExpendable, reader) in _readers)
            {
                if (left > (isExpendable ? budget._refuseAbove : budget._closeAbove))
                {
                    chosen.Add(reader);
                    left -= cost;
                    largest = Math.Max(largest, cost);
                }
            }

            _closes = chosen.Count;
            if (chosen.Count > 0 || held > budget._closeAbove)
            {
                EngineLog.BudgetCloses(budget._logger, budget._bytes, held, chosen.Count, largest);
            }

            if (chosen.Count == 0)
            {
                End();
            }

            foreach (var reader in chosen)
            {
                reader.Loop.Post(new Part(this, null, reader));
            }
        }

        private void OnClosed()
        {
            if (Interlocked.Decrement(ref _closes) == 0)
            {
                End();
            }
        }

        private void End() => Interlocked.CompareExchange(ref budget._round, null, this);

        /// <summary>What one loop does for the round: looks at its sessions, or closes a reader. Whatever becomes of it, the round goes on.</summary>
        private sealed class Part(Round round, SessionTable? table, IReader? reader) : ILoopWork
        {
            public void Run()
            {
                try
                {
                    if (table is not null)
                    {
                        round.Collect(table);
                    }

                    reader?.Shed();
                }
                finally
                {
                    Dropped();
                }
            }

            public void Dropped()
            {
                if (table is not null)
                {
                    round.OnCollected();
                }
                else
                {
                    round.OnClosed();
                }
            }
        }
    }
}

/// <summary>One loop's look at the budget: every second while it has sessions or new ones are refused, and when an outbox is above its high mark, once for each turn.</summary>
/// <remarks>It owns the moment of the next look. Loop thread only. Lives as long as its <see cref="SessionTable"/>.</remarks>
internal sealed class BudgetWatch(MemoryBudget budget, SessionTable table) : DueEntry
{
    private TimeSpan _lastLook = TimeSpan.MinValue;

    public void Start()
    {
        if (!IsScheduled)
        {
            table.Loop.DueList(MemoryBudget.Interval).Add(this);
        }
    }

    public void OnGrowth()
    {
        if (table.Loop.Now != _lastLook)
        {
            _lastLook = table.Loop.Now;
            budget.Check(_lastLook, withExpendable: false);
        }
    }

    /// <summary>Looks now, and again in a second.</summary>
    public void Look()
    {
        budget.Check(table.Loop.Now, withExpendable: true);
        Start();
    }

    protected override void OnDue(TimeSpan due)
    {
        if (table.Count > 0 || budget.WasRefusing && budget.IsRefusing())
        {
            Look();
        }
    }
}
