using Sockeye.Abstractions.Sockets;
using Sockeye.Abstractions.Values;
using Sockeye.Server.Common;
using Sockeye.Transport;

namespace Sockeye.Server.Namespaces;

/// <summary>The broadcasts of one namespace that wait for room, in lanes: one for each room, and one for what goes to several rooms or everybody. A lane sends one after the other.</summary>
/// <remarks>It owns its lanes and what waits in them. Any thread. Lives as long as the namespace. A lane that is empty is forgotten; one that is not is bounded as the waiting emits of a socket are.</remarks>
internal sealed class AwaitedBroadcasts(NamespaceGroups groups, ServerContext server)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    public NamespaceGroups Groups { get; } = groups;

    /// <summary>Whether the caller is in a turn of a loop of the server.</summary>
    public bool IsOnLoop => server.Loops.IsInTurn;

    /// <summary>Sends a frame when its turn has come and all members have room. Takes the reference.</summary>
    public Task<EmitResult> Add(Frame frame, in BroadcastScope scope, in EmitOptions options, CancellationToken cancellationToken)
    {
        var broadcast = new AwaitedBroadcast(this, frame, scope, options, cancellationToken);
        var name = scope.Rooms.Count == 1 ? scope.Rooms[0] : "";
        Lane? lane;
        lock (_lock)
        {
            if (!_lanes.TryGetValue(name, out lane))
            {
                _lanes.Add(name, lane = new Lane(name));
            }

            if (lane.Waiting.Count >= server.Limits.AwaitedEmits || (lane.Waiting.Count > 0 && lane.Bytes + broadcast.Bytes > server.Outbox.MaxBytes))
            {
                lane = null;
            }
            else
            {
                broadcast.Node = lane.Waiting.AddLast(broadcast);
                broadcast.Lane = lane;
                lane.Bytes += broadcast.Bytes;
            }
        }

        if (lane is null)
        {
            broadcast.Abandon(EmitResult.Dropped);
            server.Metrics.Dropped(DropReason.AwaitedEmits);
        }
        else
        {
            Advance(lane);
        }

        return broadcast.Task;
    }

    /// <summary>A broadcast has been sent or given up: the next one of its lane may begin.</summary>
    public void Leave(AwaitedBroadcast broadcast)
    {
        Lane? lane;
        lock (_lock)
        {
            lane = broadcast.Lane;
            if (lane is null || broadcast.Node is not { } node)
            {
                return;
            }

            lane.Waiting.Remove(node);
            lane.Bytes -= broadcast.Bytes;
            broadcast.Node = null;
        }

        Advance(lane);
    }

    /// <summary>The loops have ended; what still waits is not sent.</summary>
    public void Abandon()
    {
        AwaitedBroadcast[] waiting;
        lock (_lock)
        {
            waiting = [.. _lanes.Values.SelectMany(lane => lane.Waiting)];
            _lanes.Clear();
        }

        foreach (var broadcast in waiting)
        {
            broadcast.Abandon(EmitResult.Closed);
        }
    }

    // One call at a time begins what is first in a lane, in a loop: what completes at once would else begin the next one further down the stack, and so on.
    private void Advance(Lane lane)
    {
        lock (_lock)
        {
            if (lane.IsAdvancing)
            {
                return;
            }

            lane.IsAdvancing = true;
        }

        while (true)
        {
            AwaitedBroadcast first;
            lock (_lock)
            {
                if (lane.Waiting.First?.Value is not { HasBegun: false } waiting)
                {
                    lane.IsAdvancing = false;
                    if (lane.Waiting.Count == 0 && _lanes.GetValueOrDefault(lane.Name) == lane)
                    {
                        _lanes.Remove(lane.Name);
                    }

                    return;
                }

                first = waiting;
                first.HasBegun = true;
            }

            first.Begin();
        }
    }

    /// <summary>Those for one target, in the order of the calls.</summary>
    internal sealed class Lane(string name)
    {
        public string Name { get; } = name;

        public LinkedList<AwaitedBroadcast> Waiting { get; } = new();

        /// <summary>Bytes of their messages.</summary>
        public long Bytes { get; set; }

        /// <summary>Whether a call is beginning what is first.</summary>
        public bool IsAdvancing { get; set; }
    }
}
