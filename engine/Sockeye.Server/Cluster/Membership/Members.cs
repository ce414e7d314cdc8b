using Sockeye.Cluster;

namespace Sockeye.Server.Cluster;

/// <summary>Who else is in the cluster, by what was heard of them.</summary>
/// <remarks>It owns the table of nodes, at most <see cref="ClusterOptions.MaxNodes"/>. Any thread; events are raised outside its lock. Lives as long as the cluster of its server.</remarks>
internal sealed class Members(ClusterState state, ClusterOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Member> _members = [];
    private readonly long _began = time.GetTimestamp();
    private ClusterNode[] _all = [];

    /// <summary>Raised when a node has gone, before the application hears of it. Another server may have its number by then.</summary>
    public event Action<ClusterNode>? Left;

    /// <summary>How many there may be.</summary>
    public int Most => options.MaxNodes;

    /// <summary>All that have not gone.</summary>
    public ClusterNode[] All => Volatile.Read(ref _all);

    /// <summary>The time since it was made.</summary>
    public TimeSpan Now => time.GetElapsedTime(_began);

    /// <summary>Whether a node is there.</summary>
    public bool Has(int node)
    {
        lock (_lock)
        {
            return _members.ContainsKey(node);
        }
    }

    /// <summary>A node that is there, as one that may be given something to do.</summary>
    /// <param name="node">Which.</param>
    /// <param name="incarnation">Which of its servers.</param>
    public bool TryFind(int node, out long incarnation)
    {
        lock (_lock)
        {
            var isThere = _members.TryGetValue(node, out var member);
            incarnation = member?.Incarnation ?? 0;
            return isThere;
        }
    }

    /// <summary>How long a node has been silent; one that has gone: for ever.</summary>
    public TimeSpan Silence(int node)
    {
        lock (_lock)
        {
            return _members.TryGetValue(node, out var member) ? Now - member.Heard : TimeSpan.MaxValue;
        }
    }

    /// <summary>Something was heard of a node.</summary>
    /// <param name="node">Who.</param>
    /// <param name="incarnation">Which of its servers.</param>
    /// <param name="how">How it says that it stands: <see cref="ClusterNodeState.Alive"/>, <see cref="ClusterNodeState.Draining"/>; null: it does not say.</param>
    /// <param name="isBeat">Whether it was a heartbeat, and its last message.</param>
    public void Heard(int node, long incarnation, ClusterNodeState? how, bool isBeat = false)
    {
        bool isTaken;
        Member? before;
        ClusterNode? changed;
        bool isHole;
        lock (_lock)
        {
            isTaken = Take(node, incarnation, how, isBeat, out before, out changed, out isHole);
        }

        if (!isTaken)
        {
            state.Refuse(node);
        }

        if (before is not null)
        {
            Tell(before.Shown with { State = ClusterNodeState.Gone });
        }

        if (changed is not null)
        {
            state.Report(changed);
        }

        if (isHole)
        {
            // It lives, and its heartbeats did not come: streams that ended meanwhile were not told.
            state.Report(new ClusterGap(null, ClusterIdentity.NameOf(node), 0, ClusterGapReason.Lost));
        }
    }

    /// <summary>Whether a stream of a node of which a subscription knows nothing has begun after it: the node has come since, or two heartbeats, which would have told of it.</summary>
    public bool Covers(int node, long incarnation, TimeSpan since)
    {
        lock (_lock)
        {
            return _members.TryGetValue(node, out var member) && member.Incarnation == incarnation && (member.BeatBefore > since || member.Since > since);
        }
    }

    /// <summary>Those that have been silent for some time, and whether it was longer than a second time.</summary>
    public List<(ClusterNode Node, bool IsOver)> Silent(TimeSpan suspectAfter, TimeSpan goneAfter)
    {
        List<(ClusterNode, bool)> silent = [];
        List<ClusterNode> changed = [];
        lock (_lock)
        {
            foreach (var member in _members.Values)
            {
                var quiet = Now - member.Heard;
                if (quiet < suspectAfter)
                {
                    continue;
                }

                if (member.State != ClusterNodeState.Suspect)
                {
                    member.State = ClusterNodeState.Suspect;
                    changed.Add(member.Shown);
                }

                silent.Add((member.Shown, quiet >= goneAfter));
            }

            if (changed.Count > 0)
            {
                Show();
            }
        }

        foreach (var node in changed)
        {
            state.Report(node);
        }

        return silent;
    }

    /// <summary>The bus was away: nobody could be heard.</summary>
    public void Excuse()
    {
        lock (_lock)
        {
            foreach (var member in _members.Values)
            {
                member.Heard = member.Told = Now;
            }
        }
    }

    /// <summary>A node has gone.</summary>
    /// <returns>False: it was not there.</returns>
    public bool Remove(int node, long incarnation)
    {
        Member? member;
        lock (_lock)
        {
            if (!_members.TryGetValue(node, out member) || member.Incarnation != incarnation)
            {
                return false;
            }

            _members.Remove(node);
            Show();
        }

        Tell(member.Shown with { State = ClusterNodeState.Gone });
        return true;
    }

    /// <summary>Lock.</summary>
    /// <returns>False: there is no room for another node.</returns>
    private bool Take(int node, long incarnation, ClusterNodeState? how, bool isBeat, out Member? before, out ClusterNode? changed, out bool isHole)
    {
        (before, changed, isHole) = (null, null, false);
        if (!_members.TryGetValue(node, out var member) || member.Incarnation != incarnation)
        {
            if (member is null && _members.Count >= options.MaxNodes)
            {
                return false;
            }

            before = member;
            member = new Member(node, incarnation, how ?? ClusterNodeState.Alive, Now);
            _members[node] = member;
            changed = member.Shown;
            Show();
        }
        else if ((how ?? (member.State == ClusterNodeState.Suspect ? member.Said : member.State)) is var next && next != member.State)
        {
            member.State = next;
            changed = member.Shown;
            Show();
        }

        member.Said = how ?? member.Said;
        member.Heard = Now;
        if (isBeat)
        {
            isHole = Now - member.Told > options.GoneAfter;
            member.Told = Now;
            (member.BeatBefore, member.Beat) = (member.Beat, Now);
        }

        return true;
    }

    private void Tell(ClusterNode gone)
    {
        Left?.Invoke(gone);
        state.Report(gone);
    }

    /// <summary>Lock.</summary>
    private void Show() => Volatile.Write(ref _all, [.. _members.Values.Select(static member => member.Shown)]);

    /// <summary>One node. Lock.</summary>
    private sealed class Member(int node, long incarnation, ClusterNodeState state, TimeSpan now)
    {
        public long Incarnation { get; } = incarnation;

        /// <summary>When it was first heard.</summary>
        public TimeSpan Since { get; } = now;

        public ClusterNodeState State { get; set; } = state;

        /// <summary>What it has said of itself.</summary>
        public ClusterNodeState Said { get; set; } = state;

        public TimeSpan Heard { get; set; }

        /// <summary>When a heartbeat was heard, or could not be.</summary>
        public TimeSpan Told { get; set; } = now;

        public TimeSpan Beat { get; set; } = TimeSpan.MinValue;

        public TimeSpan BeatBefore { get; set; } = TimeSpan.MinValue;

        public ClusterNode Shown => new(ClusterIdentity.NameOf(node), node, Incarnation, State);
    }
}
