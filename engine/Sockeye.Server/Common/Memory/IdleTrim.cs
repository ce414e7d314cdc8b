using System.Runtime;
using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>Gives memory back to the system when the process has become quiet: the pools of the loops, then one collection that compacts the heap.</summary>
/// <remarks>
/// It owns its timer and its watch. The thread of the timer. One for each server that owns its loops, from its start to its stop.
/// The heap belongs to the process, so several servers share the account of what was allocated since the last trim: whichever sees the quiet first trims for all.
/// The clock may be the application's: one that throws leaves the process untrimmed, and is logged.
/// </remarks>
internal sealed class IdleTrim : IServerPart, IDisposable
{
    /// <summary>How long a loop may take to give its pools back; one that is held up keeps them.</summary>
    private static readonly TimeSpan PoolTime = TimeSpan.FromSeconds(1);

    private static readonly Lock s_lock = new();
    private static readonly List<IdleTrim> s_all = [];
    private static long s_allocatedAtLastTrim;

    private readonly SocketTransport _transport;
    private readonly ServerContext _server;
    private readonly TimeSpan _quiet;
    private readonly TimeProvider _time;
    private ITimer? _timer;
    private readonly Func<ProcessUse> _use;
    private readonly QuietWatch _watch = new();
    private volatile bool _isDisposed;
    private int _isLooking;

    /// <summary>One that looks at nothing yet.</summary>
    /// <param name="transport">Its loops give their pools back.</param>
    /// <param name="server">Counts and logs.</param>
    /// <param name="quiet">How long the process must be quiet.</param>
    /// <param name="time">Tells when to look.</param>
    /// <param name="use">Tells what the process has used.</param>
    public IdleTrim(SocketTransport transport, ServerContext server, TimeSpan quiet, TimeProvider time, Func<ProcessUse> use)
    {
        _use = use;
        _transport = transport;
        _server = server;
        _quiet = quiet;
        _time = time;
    }

    string IServerPart.Name => "The idle trim";

    /// <summary>Looks at the process at each interval from now on. Once.</summary>
    public void Start()
    {
        _timer = TimerOf(_quiet, _time);
        if (_timer is not null)
        {
            lock (s_lock)
            {
                s_all.Add(this);
            }
        }
    }

    ValueTask IServerPart.StartAsync(CancellationToken cancellationToken)
    {
        Start();
        return ValueTask.CompletedTask;
    }

    Task IServerPart.StopAsync(Func<TimeSpan> patience)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _isDisposed = true;
        lock (s_lock)
        {
            s_all.Remove(this);
        }

        try
        {
            _timer?.Dispose();
        }
#pragma warning disable CA1031 // A timer of the application.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _server.Log.TrimFailed(failure);
        }
    }

    /// <summary>A plain timer: a half-made <see cref="PeriodicTimer"/> of a clock that throws would fail again in its finalizer, and end the process.</summary>
    private ITimer? TimerOf(TimeSpan quiet, TimeProvider time)
    {
        try
        {
            return time.CreateTimer(static trim => _ = ((IdleTrim)trim!).LookAsync(), this, quiet, quiet);
        }
#pragma warning disable CA1031 // A clock of the application.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _server.Log.TrimFailed(failure);
            return null;
        }
    }

    private async Task LookAsync()
    {
        // A look that takes longer than it may is not joined by the next one.
        if (_isDisposed || Interlocked.Exchange(ref _isLooking, 1) != 0)
        {
            return;
        }

        try
        {
            if (_watch.IsTrimDue(Use(), Volatile.Read(ref s_allocatedAtLastTrim)))
            {
                await TrimAsync().ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // One look that fails, at figures that the system does not give for example, is not the last.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _server.Log.TrimFailed(failure);
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    // A pause would be noticed by the clients of each server.
    private ProcessUse Use()
    {
        var use = _use();
        lock (s_lock)
        {
            foreach (var trim in s_all)
            {
                var total = trim._server.Metrics.Total;
                use = use with { Messages = use.Messages + total.Received + total.Sent, GameLoops = use.GameLoops + trim._server.Loops.GameLoopCount };
            }
        }

        return use;
    }

    private async Task TrimAsync()
    {
        Task[] pools;
        lock (s_lock)
        {
            pools = [.. s_all.Select(static trim => trim._transport.TrimPoolsAsync())];
        }

        await Task.WhenAny(Task.WhenAll(pools), Task.Delay(PoolTime)).ConfigureAwait(false);
        var heap = GC.GetTotalMemory(forceFullCollection: false);
        var pauses = GC.GetTotalPauseDuration();
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Volatile.Write(ref s_allocatedAtLastTrim, GC.GetTotalAllocatedBytes());
        var pause = GC.GetTotalPauseDuration() - pauses;
        _server.Metrics.Trimmed(pause);
        _server.Log.Trimmed(heap, GC.GetTotalMemory(forceFullCollection: false), pause);
    }
}
