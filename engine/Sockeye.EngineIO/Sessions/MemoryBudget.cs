using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Connections;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>Keeps what the engine holds in this process below a budget: above 80 % new handshakes are refused, above 95 % the slowest readers are closed.</summary>
/// <remarks>Any thread. What is held is <see cref="BufferCounters.HeldBytes"/>, a frame once however many outboxes share it; so a reader that is closed may free less than its
/// outbox says, and then the next look closes further ones. One round of closing at a time.</remarks>
internal sealed class MemoryBudget(long bytes, ILogger logger) : IMemoryBudget
{
    /// <summary>How often it is looked at while there are sessions. Own choice; growth is looked at besides.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private const int RefusePercent = 80;
    private const int ClosePercent = 95;

    private readonly long _bytes = bytes;
    private readonly long _refuseAbove = Percent(bytes, RefusePercent);
    private readonly long _closeAbove = Percent(bytes, ClosePercent);
    private readonly ILogger _logger = logger;
    private int _isRefusing;
    private int _isClosing;

    /// <summary>The sessions, by loop.</summary>
    public SessionTable[] Tables { get; set; } = [];

    /// <summary>The connections of the server, whose plain WebSockets are readers too.</summary>
    public ConnectionRegistry? Connections { get; set; }

    /// <inheritdoc />
    public void OnGrowth(ITransportLoop loop) => Tables[loop.Index].Budget.OnGrowth();

    /// <summary>The budget of these options; null: half of the memory that the process may use.</summary>
    public static long Of(long? configured) =>
        configured ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is > 0 and var available ? available / 2 : long.MaxValue);

    /// <inheritdoc />
    public bool IsRefusing()
    {
        long held = BufferCounters.HeldBytes;
        bool refuses = held > _refuseAbove;
        if (Interlocked.Exchange(ref _isRefusing, refuses ? 1 : 0) != (refuses ? 1 : 0))
        {
            if (refuses)
            {
                EngineLog.BudgetRefuses(_logger, _bytes, held);
            }
            else
            {
                EngineLog.BudgetTakes(_logger, _bytes, held);
            }
        }

        return refuses;
    }

    /// <summary>Looks whether slow readers have to be closed, and begins to do so.</summary>
    public void Check()
    {
        long held = BufferCounters.HeldBytes;
        if (held > _closeAbove && Interlocked.Exchange(ref _isClosing, 1) == 0)
        {
            var round = new Round(this, held);
            foreach (SessionTable table in Tables)
            {
                table.Loop.Post(static state =>
                {
                    (Round round, SessionTable table) = ((Round, SessionTable))state!;
                    round.Collect(table);
                }, (round, table));
            }
        }
    }

    private static long Percent(long whole, int percent) => (whole / 100 * percent) + (whole % 100 * percent / 100);

    /// <summary>Asks every loop how full its outboxes are, then closes the fullest until their bytes reach the excess.</summary>
    private sealed class Round(MemoryBudget budget, long held)
    {
        private readonly Lock _lock = new();
        private readonly List<(int Bytes, IReader Reader)> _readers = [];
        private int _open = budget.Tables.Length;

        public void Collect(SessionTable table)
        {
            lock (_lock)
            {
                Add(table.Snapshot());
            }

            if (Interlocked.Decrement(ref _open) == 0)
            {
                CloseSlowest();
            }
        }

        private void Add(IReader[] readers)
        {
            foreach (IReader reader in readers)
            {
                if (reader.IsOpen && reader.OutboxBytes is > 0 and var bytes)
                {
                    _readers.Add((bytes, reader));
                }
            }
        }

        private void CloseSlowest()
        {
            Add(budget.Connections?.Readers() ?? []);
            _readers.Sort(static (one, other) => other.Bytes.CompareTo(one.Bytes));
            long excess = held - budget._closeAbove;
            int count = 0;
            for (; count < _readers.Count && excess > 0; count++)
            {
                excess -= _readers[count].Bytes;
            }

            EngineLog.BudgetCloses(budget._logger, budget._bytes, held, count, count == 0 ? 0 : _readers[0].Bytes);
            _open = count;
            if (count == 0)
            {
                Volatile.Write(ref budget._isClosing, 0);
            }

            for (int i = 0; i < count; i++)
            {
                _readers[i].Reader.Loop.Post(static state =>
                {
                    (Round round, IReader reader) = ((Round, IReader))state!;
                    reader.Shed();
                    round.OnClosed();
                }, (this, _readers[i].Reader));
            }
        }

        private void OnClosed()
        {
            if (Interlocked.Decrement(ref _open) == 0)
            {
                Volatile.Write(ref budget._isClosing, 0);
            }
        }
    }
}

/// <summary>One loop's look at the budget: every second while it has sessions, and when an outbox is above its high mark, once for each turn. Loop thread only.</summary>
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
            budget.Check();
        }
    }

    protected override void OnDue(TimeSpan due)
    {
        if (table.Count > 0)
        {
            budget.Check();
            Start();
        }
    }
}
