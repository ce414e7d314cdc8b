using Sockeye.Transport;

namespace Sockeye.Server.Sockets;

/// <summary>Lets the end of one socket wait no longer for what has outlived it by the stop timeout.</summary>
/// <remarks>On the event loop, from the end of a socket behind which something waits until nothing does. What began within the time has until the next moment.</remarks>
internal sealed class Farewell(HandlerQueue queue, ServerSocket socket) : DueEntry
{
    private readonly TimeSpan _patience = socket.FarewellTime;
    private long _call;

    /// <summary>What runs now has until the next moment; what began before it is late then.</summary>
    public void Start()
    {
        _call = queue.MarkLate();
        socket.Home.DueList(_patience).Add(this);
    }

    /// <inheritdoc />
    protected override void OnDue(TimeSpan due)
    {
        foreach (var run in queue.LateRuns())
        {
            socket.ReportOutlived(run.Kind == HandlerKind.Event ? run.Context.Name.ToString() : "On" + run.Kind);
            queue.End(run);
        }

        // Its worker stands in the call; another one takes over.
        if (queue.TryGiveUp(_call))
        {
            socket.ReportOutlived(queue.Activity);
            queue.Continue();
        }

        if (!queue.IsEmpty)
        {
            Start();
        }
    }
}
