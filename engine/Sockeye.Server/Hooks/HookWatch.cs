using System.Diagnostics.CodeAnalysis;
using System.Runtime;

namespace Sockeye.Server.Hooks;

/// <summary>Notices hooks that do not come back, wherever they run, and opens their circuits, so that no other thread runs into them.</summary>
/// <remarks>It owns a timer of the server's clock, from the first hook until the server has stopped. It looks each <see cref="Interval"/>: a call that it finds for the third time, the same,
/// has not come back for two of them. Time in which the process stood still does not count, since nothing looked; nor does that in which it compiled.</remarks>
/// <param name="faultsTo">The server whose hooks it looks at.</param>
/// <param name="time">Its clock.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "Its timer ends with the server.")]
internal sealed class HookWatch(IHookFaults faultsTo, TimeProvider time)
{
    /// <summary>Time between two looks: 200 ms, as the watch over loops.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Looks at the same call, the first not counted, after which it is blocked: 400 ms (own; it has to be told within a second).</summary>
    public const int Looks = 2;

    private readonly Lock _lock = new();
    private Dictionary<HookThread, (long Call, int Looks)> _seen = [];
    private TimeSpan _compiled;
    private ITimer? _timer;
    private bool _isStopped;

    /// <summary>There are hooks.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (!_isStopped)
            {
                _timer ??= time.CreateTimer(static watch => ((HookWatch)watch!).Look(), this, Interval, Interval);
            }
        }
    }

    /// <summary>The server has stopped.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            _timer?.Dispose();
        }
    }

    private void Look()
    {
        var compiled = JitInfo.GetCompilationTime();
        List<(HookGuard Guard, HookThread Thread, long Call)> blocked = [];
        lock (_lock)
        {
            var counts = compiled - _compiled < Interval / 2;
            _compiled = compiled;
            Dictionary<HookThread, (long Call, int Looks)> seen = [];
            foreach (var thread in HookThread.All())
            {
                var call = thread.Call;
                if (thread.Running is not { } guard || !guard.TellsTo(faultsTo) || thread.Call != call)
                {
                    continue;
                }

                var looks = _seen.TryGetValue(thread, out var last) && last.Call == call ? last.Looks + (counts ? 1 : 0) : 0;
                seen[thread] = (call, looks);
                if (looks == Looks && counts)
                {
                    blocked.Add((guard, thread, call));
                }
            }

            _seen = seen;
        }

        foreach (var (guard, thread, call) in blocked)
        {
            guard.Block(thread, call);
        }
    }
}
