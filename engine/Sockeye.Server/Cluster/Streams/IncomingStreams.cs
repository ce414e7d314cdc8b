namespace Sockeye.Server.Cluster;

/// <summary>What has come of the streams that other nodes publish to one subject: what came twice or too late is told from what is new, and holes are found, by the next number or by heartbeats.</summary>
/// <remarks>
/// <para>It owns a few numbers for each node that publishes there. Any thread. Lives as long as the subscription; a node that has gone is forgotten with <see cref="Forget"/>.
/// At the limit those of nodes that are not in the cluster, as they have gone before their last message came, or never said that they are there, are forgotten.</para>
/// <para>A hole counts as soon as a later message is there, and what comes after that is too late: else the order would be another. Heartbeats go another way and may overtake messages, so what one says counts when the next one is there.
/// A node's streams have rising numbers.</para>
/// <para>Where nothing is known of the beginning of a stream, heartbeats tell it: how many messages they are the first to tell of, and when the first of those was published.</para>
/// </remarks>
/// <param name="isMember">Whether a node is in the cluster.</param>
/// <param name="most">Nodes, more than can be in the cluster.</param>
internal sealed class IncomingStreams(Func<int, bool> isMember, int most)
{
    /// <summary>Not known: the subscription may be younger than the stream.</summary>
    private const long Unknown = -1;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Stream> _streams = [];

    /// <summary>A message has come.</summary>
    /// <param name="node">Who has published it.</param>
    /// <param name="incarnation">Which of the servers of that node.</param>
    /// <param name="id">Its stream.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="isFromStart">Whether a stream of which nothing is known has begun after the subscription.</param>
    /// <param name="missing">Messages before it that did not come.</param>
    /// <returns>False: it came before, or too late.</returns>
    public bool TryTake(int node, long incarnation, uint id, long sequence, bool isFromStart, out long missing)
    {
        lock (_lock)
        {
            missing = 0;
            var stream = Find(node, incarnation);
            if (stream is null)
            {
                missing = isFromStart ? sequence - 1 : 0;
                MakeRoom();
                _streams[node] = new Stream { Incarnation = incarnation, Id = id, Last = sequence, First = isFromStart ? 0 : sequence };
                return true;
            }

            if (stream.Id != id)
            {
                if (IsOlder(id, stream.Id))
                {
                    return false;
                }

                missing = stream.GiveUp();
                stream.Begin(id, told: 0);
            }

            if (sequence <= stream.Last)
            {
                return false;
            }

            missing += stream.Last == Unknown ? 0 : sequence - stream.Last - 1;
            stream.Last = sequence;
            return true;
        }
    }

    /// <summary>A heartbeat says where a stream stands.</summary>
    /// <param name="node">Whose.</param>
    /// <param name="incarnation">Of which of the servers of that node.</param>
    /// <param name="id">The stream.</param>
    /// <param name="sequence">Its last number.</param>
    /// <param name="isFromStart">Whether a stream of which nothing is known has begun after the subscription.</param>
    /// <param name="due">How many of the last messages were published since the heartbeat before, if all of those were published after the subscription; 0: it is not known.</param>
    /// <returns>Messages that were there at the heartbeat before, and have not come.</returns>
    public long Beat(int node, long incarnation, uint id, long sequence, bool isFromStart, long due = 0)
    {
        lock (_lock)
        {
            var stream = Find(node, incarnation);
            if (stream is null)
            {
                MakeRoom();
                _streams[node] = new Stream { Incarnation = incarnation, Id = id, Last = isFromStart ? 0 : due > 0 ? sequence - due : Unknown, Told = sequence };
                return 0;
            }

            if (stream.Id != id && IsOlder(id, stream.Id))
            {
                return 0;
            }

            var missing = stream.GiveUp();
            if (stream.Id == id)
            {
                missing += stream.Begun(sequence, due);
                stream.Told = Math.Max(stream.Told, sequence);
            }
            else
            {
                stream.Begin(id, told: sequence);
            }

            return missing;
        }
    }

    /// <summary>A node has gone. What has come of another server of its number since stays.</summary>
    public void Forget(int node, long incarnation)
    {
        lock (_lock)
        {
            if (Find(node, incarnation) is not null)
            {
                _streams.Remove(node);
            }
        }
    }

    /// <summary>Lock. With twice as many as can be in the cluster each look at all of them frees half.</summary>
    private void MakeRoom()
    {
        if (_streams.Count >= most)
        {
            foreach (var node in _streams.Keys)
            {
                if (!isMember(node))
                {
                    _streams.Remove(node);
                }
            }
        }
    }

    private static bool IsOlder(uint id, uint than) => (int)(id - than) < 0;

    private Stream? Find(int node, long incarnation) => _streams.TryGetValue(node, out var stream) && stream.Incarnation == incarnation ? stream : null;

    /// <summary>The stream of one node.</summary>
    private sealed class Stream
    {
        public long Incarnation { get; init; }

        public uint Id { get; set; }

        /// <summary>The highest number that has come, or was given up.</summary>
        public long Last { get; set; }

        /// <summary>The first number that has come, while it is not known what should have come before it; else 0.</summary>
        public long First { get; set; }

        /// <summary>The highest number of which heartbeats told.</summary>
        public long Told { get; set; }

        /// <summary>What was told before and has not come does not come any more.</summary>
        public long GiveUp()
        {
            var missing = Last == Unknown ? 0 : Math.Max(0, Told - Last);
            Last = Math.Max(Last, Told);
            return missing;
        }

        /// <summary>A heartbeat tells of the last messages, and that so many of them should have come.</summary>
        /// <returns>Those before the first one that has come.</returns>
        public long Begun(long sequence, long due)
        {
            if (Last == Unknown && due > 0)
            {
                Last = sequence - due;
            }

            if (First == 0 || sequence < First)
            {
                return 0;
            }

            var missing = due > 0 ? Math.Max(0, First - 1 - (sequence - due)) : 0;
            First = 0;
            return missing;
        }

        /// <summary>A later stream of the node, from its first message on.</summary>
        public void Begin(uint id, long told) => (Id, Last, First, Told) = (id, 0, 0, told);
    }
}
