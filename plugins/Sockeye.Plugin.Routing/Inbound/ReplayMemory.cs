namespace Sockeye.Plugin.Routing.Inbound;

/// <summary>Remembers the ids of requests that were taken, for as long as their signatures would still hold. Any thread; handed from one generation of the plugin to the next.</summary>
/// <param name="seen">The timestamp of each; its lock is that of all of it, since two generations may use it at once.</param>
/// <param name="order">When each may be forgotten, the oldest first, by the clock's timestamps.</param>
/// <param name="time">The server's clock.</param>
internal sealed class ReplayMemory(Dictionary<string, long> seen, Queue<KeyValuePair<string, long>> order, TimeProvider time)
{
    /// <summary>Ids at a time: 100,000 (own: about 20 MB, 166 requests a second for ten minutes). Above, requests are refused with 503, since forgetting one would let it in twice.</summary>
    public const int MaxIds = 100_000;

    /// <summary>What is known of an id.</summary>
    public enum Answer
    {
        /// <summary>It is new, and remembered from now on.</summary>
        New,

        /// <summary>The very same request has come before.</summary>
        Replayed,

        /// <summary>It was taken before, with another timestamp: its sender sends it again.</summary>
        Repeated,

        /// <summary>There is no room to remember it.</summary>
        Full,
    }

    /// <summary>Ids that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (seen)
            {
                return seen.Count;
            }
        }
    }

    /// <summary>Remembers an id that is new.</summary>
    /// <param name="id">The id, with the name of its way in.</param>
    /// <param name="timestamp">The timestamp of the request.</param>
    /// <param name="window">How far that may be from the clock.</param>
    public Answer TryAdd(string id, long timestamp, TimeSpan window)
    {
        lock (seen)
        {
            var now = time.GetTimestamp();
            while (order.TryPeek(out var oldest) && oldest.Value <= now)
            {
                seen.Remove(order.Dequeue().Key);
            }

            if (seen.TryGetValue(id, out var before))
            {
                return before == timestamp ? Answer.Replayed : Answer.Repeated;
            }

            if (seen.Count >= MaxIds)
            {
                return Answer.Full;
            }

            // A timestamp may lie the window ahead of the clock, and holds for the window behind it; a second for the part that whole seconds cut off.
            var keep = (window * 2) + TimeSpan.FromSeconds(1);
            seen.Add(id, timestamp);
            order.Enqueue(new KeyValuePair<string, long>(id, now + (long)(keep.TotalSeconds * time.TimestampFrequency)));
            return Answer.New;
        }
    }
}
