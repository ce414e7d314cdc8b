using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>The sessions of one loop, with what they share. It owns both.</summary>
/// <remarks>Loop thread only, apart from <see cref="Detach"/>. Lives as long as its <see cref="EngineServer"/>; when its loop ends before, it closes what is left. It bounds nothing itself.</remarks>
internal sealed class SessionTable : ILoopWork
{
    private readonly IdTable<EngineSession> _sessions = new();

    public SessionTable(ITransportLoop loop, EngineOptions options, MemoryBudget budget)
    {
        Loop = loop;
        PollAnswer = new PollAnswer(options.MaxPacketsPerPollAnswer, options.MaxPollAnswerBytes);
        Budget = new BudgetWatch(budget, this);
        loop.AtEnd(this);
    }

    public ITransportLoop Loop { get; }

    /// <summary>Builds the poll answers of this loop, one at a time.</summary>
    public PollAnswer PollAnswer { get; }

    /// <summary>Looks after the memory that is held.</summary>
    public BudgetWatch Budget { get; }

    /// <summary>Where small binary packets of POST bodies are decoded.</summary>
    public byte[] Scratch { get; } = new byte[4096];

    /// <summary>Sessions open or closing.</summary>
    public int Count => _sessions.Count;

    /// <summary>Called when the last session has gone.</summary>
    public Action? Emptied { get; set; }

    public void Add(EngineSession session)
    {
        _sessions.Add(session);
        Budget.Start();
    }

    public EngineSession? Find(RandomId id) => _sessions.Find(id);

    public void Remove(EngineSession session)
    {
        if (_sessions.Remove(session) && _sessions.Count == 0)
        {
            Emptied?.Invoke();
        }
    }

    /// <summary>It stays empty, and a loop that lives on keeps it no longer. Any thread.</summary>
    public void Detach() => Loop.ForgetAtEnd(this);

    /// <summary>The loop ends: nobody fetches any more what is queued for them.</summary>
    void ILoopWork.Run()
    {
        foreach (var session in All())
        {
            session.End(DisconnectReason.ServerShuttingDown, null, CloseKind.Discard);
            session.AbandonClose();
        }
    }

    /// <summary>All of them, in no order.</summary>
    public EngineSession[] All() => _sessions.ToArray();

    /// <summary>Some of them, as <see cref="IdTable{T}.Read"/> says.</summary>
    public int Read(ref long position, Span<EngineSession> into) => _sessions.Read(ref position, into);

    /// <summary>All of them, the oldest first.</summary>
    public EngineSession[] Snapshot()
    {
        var all = All();
        Array.Sort(all, static (a, b) => a.Request.Time.CompareTo(b.Request.Time));
        return all;
    }
}
