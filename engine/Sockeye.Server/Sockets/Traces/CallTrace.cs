using System.Diagnostics;

namespace Sockeye.Server.Sockets;

/// <summary>The span of one event, or of one admission: from the call until the last handler that it has begun has ended, awaits included.</summary>
/// <remarks>It owns its span, and is made only while somebody listens. The call runs on one thread, where it is <see cref="Current"/>; handlers end anywhere.</remarks>
internal sealed class CallTrace
{
    [ThreadStatic]
    private static CallTrace? t_current;

    private readonly Activity _span;
    private string? _fault;
    private int _open = 1;

    private CallTrace(Activity span) => _span = span;

    /// <summary>That of the call on this thread; null: there is none, or nobody listens.</summary>
    public static CallTrace? Current => SocketTraces.IsOn ? t_current : null;

    /// <summary>Handles an event within a span.</summary>
    public static void Event(ServerSocket socket, in ReceivedEvent e)
    {
        var outer = Activity.Current;
        var before = t_current;
        var span = SocketTraces.Begin(socket, ActivityKind.Consumer, "process", HandlerCalls.RegisteredName(socket, e), isRoot: true);
        var trace = span is null ? null : new CallTrace(span);
        t_current = trace;
        try
        {
            HandlerCalls.Dispatch(socket, e);
        }
        finally
        {
            t_current = before;
            Activity.Current = outer;
            trace?.End(null);
        }
    }

    /// <summary>Admits or refuses a client within a span.</summary>
    /// <param name="client">The client.</param>
    /// <param name="socket">Its socket.</param>
    /// <param name="admit">Begins it; the task has ended when that is decided.</param>
    public static void Connect<TClient>(TClient client, ServerSocket socket, Func<TClient, ServerSocket, Task> admit)
    {
        var outer = Activity.Current;
        var span = SocketTraces.Begin(socket, ActivityKind.Server, "connect", null, isRoot: true);
        try
        {
            var task = admit(client, socket);
            if (span is not null)
            {
                _ = task.ContinueWith(_ => SocketTraces.End(span, socket.IsConnected ? null : "refused"), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
        finally
        {
            Activity.Current = outer;
        }
    }

    /// <summary>A handler of the call awaits.</summary>
    public void Await(Task task)
    {
        Interlocked.Increment(ref _open);
        _ = task.ContinueWith(
            static (task, trace) => ((CallTrace)trace!).End(task.Exception?.GetBaseException()), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>A handler has failed.</summary>
    public void Fail(Exception failure) => _fault = failure.GetType().FullName;

    private void End(Exception? failure)
    {
        if (failure is not null)
        {
            Fail(failure);
        }

        if (Interlocked.Decrement(ref _open) == 0)
        {
            SocketTraces.End(_span, _fault);
        }
    }
}
