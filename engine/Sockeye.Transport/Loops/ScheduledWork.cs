using System.Runtime.CompilerServices;
using DotNetty.Common;
using DotNetty.Common.Concurrency;
using TaskCompletionSource = System.Threading.Tasks.TaskCompletionSource;

namespace Sockeye.Transport.Loops;

/// <summary>A delayed call in DotNetty's sense, on the loop's own clock. It owns the task that tells its end.</summary>
/// <remarks>It waits and runs on the loop; cancelling is safe on any thread. Lives until it has run, is cancelled or its loop has ended.</remarks>
internal sealed class ScheduledWork : DueEntry, IScheduledTask, ILoopWork
{
    private readonly LoopBase _loop;
    private readonly object _action;
    private readonly object? _context, _state;
    private readonly TimeSpan _delay;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _registration;

    internal ScheduledWork(LoopBase loop, object action, object? context, object? state, TimeSpan delay)
    {
        ArgumentNullException.ThrowIfNull(action);
        _loop = loop;
        _action = action;
        _context = context;
        _state = state;
        _delay = delay > TimeSpan.Zero ? delay : TimeSpan.FromTicks(1);
        Deadline = PreciseTimeSpan.Deadline(delay);
    }

    public PreciseTimeSpan Deadline { get; }

    public Task Completion => _completion.Task;

    public TaskAwaiter GetAwaiter() => Completion.GetAwaiter();

    public bool Cancel()
    {
        if (!_completion.TrySetCanceled())
        {
            return false;
        }

        _registration.Dispose();
        _loop.Post(static entry => DueList.Cancel((ScheduledWork)entry!), this);
        return true;
    }

    /// <summary>Starts to wait; on the loop.</summary>
    public void Run()
    {
        if (!_completion.Task.IsCompleted)
        {
            _loop.DueList(_delay).Add(this);
        }
    }

    /// <summary>The loop has ended before it began to wait.</summary>
    void ILoopWork.Dropped() => _completion.TrySetCanceled();

    internal Task CompletionWith(CancellationToken cancellationToken)
    {
        _registration = cancellationToken.UnsafeRegister(static entry => ((ScheduledWork)entry!).Cancel(), this);
        return Completion;
    }

    protected internal override void OnDue(TimeSpan due)
    {
        if (_completion.Task.IsCompleted)
        {
            return;
        }

        _registration.Dispose();
        try
        {
            switch (_action)
            {
                case Action action: action(); break;
                case Action<object?> action: action(_state); break;
                case Action<object?, object?> action: action(_context, _state); break;
                default: ((IRunnable)_action).Run(); break;
            }

            _completion.TrySetResult();
        }
        catch (Exception e)
        {
            ((ILoopFaults)_loop).Report(e, _action);
            _completion.TrySetException(e);
        }
    }
}
