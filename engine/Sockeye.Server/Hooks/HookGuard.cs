using Sockeye.Plugins;
using Sockeye.Transport;

namespace Sockeye.Server.Hooks;

/// <summary>Whether a hook may be called.</summary>
internal enum HookPass : byte
{
    /// <summary>Its circuit is open.</summary>
    None,

    Normal,

    /// <summary>It is the one call that tries an open circuit.</summary>
    Trial,
}

/// <summary>One hook of one generation of a plugin: what it has done wrong, and whether it is still asked.</summary>
/// <remarks>
/// <para>It owns the circuit: closed; open after <see cref="HookOptions.Faults"/> faults within <see cref="HookOptions.FaultWindow"/>, or at once when a call does not come back; after
/// <see cref="HookOptions.RetryAfter"/> one call tries it, which closes or opens it again. While a call has not come back none tries it: it would be held as well.</para>
/// <para>The first call that comes back, and those that ran beside it, may take longer than <see cref="HookOptions.Budget"/>: the runtime loads and compiles what they need, which is nobody's fault.</para>
/// <para>It knows nothing of the plugin but its id, so that what still holds a guard does not hold the plugin. Any thread. Lives as long as its generation, and as the last call of it.</para>
/// </remarks>
internal sealed class HookGuard : IActivitySource
{
    private readonly HookOptions _options;
    private readonly HookClock _clock;
    private readonly long _budget;
    private readonly IHookFaults _faultsTo;
    private readonly Lock _lock = new();
    private readonly long[] _recent;
    private readonly List<(HookThread Thread, long Call)> _blocked = [];
    private volatile Circuit _circuit;
    private int _next;
    private int _pending;
    private long _faults;
    private long _retryAt;
    private long _warmAt = long.MaxValue;

    /// <param name="plugin">The id of the plugin.</param>
    /// <param name="hook">The interface without its I.</param>
    /// <param name="mode">What becomes of what it should decide while it fails.</param>
    /// <param name="options">The limits.</param>
    /// <param name="clock">The server's clock.</param>
    /// <param name="faultsTo">Hears of faults.</param>
    public HookGuard(string plugin, string hook, FaultMode mode, HookOptions options, HookClock clock, IHookFaults faultsTo)
    {
        Plugin = plugin;
        Hook = hook;
        Name = $"{hook} of plugin \"{plugin}\"";
        IsClosedWhenFaulted = mode == FaultMode.Closed;
        _options = options;
        _clock = clock;
        _faultsTo = faultsTo;
        _recent = new long[options.Faults];
        _recent.AsSpan().Fill(long.MinValue);
        _budget = clock.Units(options.Budget);
        Log = new LogLimit(clock.Time);
    }

    private enum Circuit : byte
    {
        Closed,
        Open,
        Trial,
    }

    public string Plugin { get; }

    public string Hook { get; }

    /// <summary>What it is called where it is named: <c>EventGate of plugin "x"</c>.</summary>
    public string Name { get; }

    /// <summary>Whether what it should decide is refused while it fails.</summary>
    public bool IsClosedWhenFaulted { get; }

    /// <summary>Thins the lines about it.</summary>
    public LogLimit Log { get; }

    /// <summary>How long its circuit stays open at least.</summary>
    public TimeSpan RetryAfter => _options.RetryAfter;

    public HookStatus Status => new(Hook, Interlocked.Read(ref _faults), _circuit != Circuit.Closed);

    /// <summary>Whether an asynchronous call of it has not ended.</summary>
    public bool IsPending => Volatile.Read(ref _pending) != 0;

    /// <summary>Whether <see cref="Enter"/> would let a call through now, for calls that are made once and can wait.</summary>
    public bool MayBeAsked
    {
        get
        {
            if (_circuit == Circuit.Closed)
            {
                return true;
            }

            lock (_lock)
            {
                return _circuit == Circuit.Closed || CanTry();
            }
        }
    }

    string IActivitySource.Describe(string activity) => activity == Name ? Name : $"{Name}, {LogText.Escape(activity)}";

    /// <summary>Whether the hook may be called now.</summary>
    public HookPass Enter() => _circuit == Circuit.Closed ? HookPass.Normal : TryTrial();

    /// <summary>A call has come back. Before <see cref="HookThread.End"/>.</summary>
    /// <param name="pass">What it was.</param>
    /// <param name="thread">Its thread.</param>
    /// <param name="took">How long it has held that, in units of <see cref="HookClock"/>.</param>
    public void Returned(HookPass pass, HookThread thread, long took)
    {
        var isFirst = _warmAt == long.MaxValue;
        if (isFirst)
        {
            Volatile.Write(ref _warmAt, _clock.Now);
        }

        if (took > _budget)
        {
            Overran(pass, thread, took, isFirst || _clock.Now - took < Volatile.Read(ref _warmAt));
        }
        else if (pass == HookPass.Trial)
        {
            EndTrial();
        }
    }

    /// <summary>An asynchronous call has been answered in time.</summary>
    public void Answered(HookPass pass)
    {
        if (pass == HookPass.Trial)
        {
            EndTrial();
        }
    }

    /// <summary>A trial has said nothing about the hook: the next call tries it.</summary>
    public void Abandoned(HookPass pass)
    {
        if (pass == HookPass.Trial)
        {
            lock (_lock)
            {
                _retryAt = long.MinValue;
                _circuit = Circuit.Open;
            }
        }
    }

    /// <summary>A call was in vain, or too slow.</summary>
    public void Failed(HookPass pass, HookFault fault, Exception? failure = null)
    {
        Interlocked.Increment(ref _faults);
        _faultsTo.HookFaulted(this, fault, failure);
        var now = _clock.Now;
        bool opens;
        lock (_lock)
        {
            _recent[_next] = now;
            _next = (_next + 1) % _recent.Length;
            var oldest = _recent[_next];
            opens = pass == HookPass.Trial
                || (_circuit == Circuit.Closed && (fault == HookFault.Blocked || (oldest != long.MinValue && now - oldest <= _clock.Units(_options.FaultWindow))));
            if (opens)
            {
                Open(now);
            }
        }

        // One that tries and fails was open before.
        if (opens && pass != HookPass.Trial)
        {
            _faultsTo.CircuitChanged(this, isOpen: true);
        }
    }

    /// <summary>A call does not come back: nobody else runs into it.</summary>
    public void Block(HookThread thread, long call)
    {
        lock (_lock)
        {
            _blocked.Add((thread, call));
        }

        Failed(HookPass.Normal, HookFault.Blocked);
    }

    /// <summary>Whether it is a hook of that server.</summary>
    public bool TellsTo(IHookFaults faultsTo) => _faultsTo == faultsTo;

    public void BeginPending() => Interlocked.Increment(ref _pending);

    public void EndPending() => Interlocked.Decrement(ref _pending);

    private void Overran(HookPass pass, HookThread thread, long took, bool isCold)
    {
        bool isCounted;
        lock (_lock)
        {
            // One that was told to block was counted then.
            isCounted = _blocked.Contains((thread, thread.Call));
            if (isCounted && pass == HookPass.Trial)
            {
                Open(_clock.Now);
            }
        }

        if (isCounted)
        {
            return;
        }

        if (!isCold)
        {
            Failed(pass, HookFault.Overran);
            return;
        }

        _faultsTo.HookWasCold(this, _clock.Milliseconds(took));
        if (pass == HookPass.Trial)
        {
            EndTrial();
        }
    }

    private HookPass TryTrial()
    {
        lock (_lock)
        {
            if (_circuit == Circuit.Closed)
            {
                return HookPass.Normal;
            }

            if (!CanTry())
            {
                return HookPass.None;
            }

            _circuit = Circuit.Trial;
            return HookPass.Trial;
        }
    }

    /// <summary>Whether a call may try the circuit, which is not closed. Under the lock.</summary>
    private bool CanTry()
    {
        _blocked.RemoveAll(static blocked => blocked.Thread.Call != blocked.Call);
        return _circuit != Circuit.Trial && _blocked.Count == 0 && _clock.Now >= _retryAt;
    }

    private void EndTrial()
    {
        lock (_lock)
        {
            _recent.AsSpan().Fill(long.MinValue);
            _circuit = Circuit.Closed;
        }

        _faultsTo.CircuitChanged(this, isOpen: false);
    }

    /// <summary>Under the lock.</summary>
    private void Open(long now)
    {
        _retryAt = now + _clock.Units(_options.RetryAfter);
        _circuit = Circuit.Open;
    }
}
