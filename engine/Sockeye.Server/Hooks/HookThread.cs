namespace Sockeye.Server.Hooks;

/// <summary>What a thread does in hooks: which one it stands in, so that one that does not come back is noticed, and whether it still uses what was replaced.</summary>
/// <remarks>It owns two numbers. Written by its thread with plain stores, read by any. Lives as long as its thread; of one that has gone nothing is kept.</remarks>
internal sealed class HookThread
{
    private static readonly Lock s_lock = new();
    private static readonly List<WeakReference<HookThread>> s_all = [];

    [ThreadStatic]
    private static HookThread? t_current;

    private HookGuard? _running;
    private long _call;
    private long _section;

    private HookThread()
    {
    }

    /// <summary>That of the calling thread.</summary>
    public static HookThread Current => t_current ?? Make();

    /// <summary>The hook that runs; null: none does. Any thread.</summary>
    public HookGuard? Running => Volatile.Read(ref _running);

    /// <summary>A number that is another one with each beginning and each end of a call. Any thread.</summary>
    public long Call => Volatile.Read(ref _call);

    /// <summary>Odd while the thread uses a snapshot of hooks, another number each time. Any thread.</summary>
    public long Section => Volatile.Read(ref _section);

    /// <summary>Whether a hook for outgoing events stands further up the stack, whose own emits it is not asked about.</summary>
    public bool IsEmitting { get; set; }

    /// <summary>All that are still there.</summary>
    public static List<HookThread> All()
    {
        lock (s_lock)
        {
            s_all.RemoveAll(static reference => !reference.TryGetTarget(out _));
            List<HookThread> all = [];
            foreach (var reference in s_all)
            {
                if (reference.TryGetTarget(out var thread))
                {
                    all.Add(thread);
                }
            }

            return all;
        }
    }

    /// <summary>The thread is about to use a snapshot, which it must read after this.</summary>
    /// <returns>Whether this call begins it, and so has to end it.</returns>
    public bool EnterSection()
    {
        if ((_section & 1) != 0)
        {
            return false;
        }

        Volatile.Write(ref _section, _section + 1);
        return true;
    }

    public void LeaveSection(bool began)
    {
        if (began)
        {
            Volatile.Write(ref _section, _section + 1);
        }
    }

    /// <summary>A hook is about to be called.</summary>
    /// <returns>The one further up the stack.</returns>
    public HookGuard? Begin(HookGuard guard)
    {
        var outer = _running;
        Volatile.Write(ref _call, _call + 1);
        Volatile.Write(ref _running, guard);
        return outer;
    }

    /// <summary>It has returned, or thrown.</summary>
    public void End(HookGuard? outer)
    {
        Volatile.Write(ref _running, outer);
        Volatile.Write(ref _call, _call + 1);
    }

    private static HookThread Make()
    {
        var made = t_current = new HookThread();
        lock (s_lock)
        {
            s_all.Add(new WeakReference<HookThread>(made));
        }

        return made;
    }
}

/// <summary>A moment after which nobody uses a snapshot of hooks that was replaced before it.</summary>
/// <remarks>Made after the replacement. Any thread, also one that stands in a hook, for whose return it waits too; so nothing waits for it there. It waits for threads that stand in hooks, not for asynchronous calls (<see cref="HookGuard.IsPending"/>).</remarks>
internal sealed class HookGrace
{
    private readonly List<(HookThread Thread, long Section)> _inside = [];

    public HookGrace()
    {
        // Whoever has read the old snapshot has said before that it is inside, and is seen here: the other threads pay no fence for it.
        Interlocked.MemoryBarrierProcessWide();
        foreach (var thread in HookThread.All())
        {
            var section = thread.Section;
            if ((section & 1) != 0)
            {
                _inside.Add((thread, section));
            }
        }
    }

    /// <summary>Whether it has come.</summary>
    public bool IsOver
    {
        get
        {
            _inside.RemoveAll(static inside => inside.Thread.Section != inside.Section);
            return _inside.Count == 0;
        }
    }
}
