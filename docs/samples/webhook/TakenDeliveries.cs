namespace Webhook;

/// <summary>The ids of deliveries that were taken, as long as they could come again. Any thread.</summary>
/// <param name="until">When each is forgotten; of a type of .NET, since it outlives this generation of the plugin.</param>
internal sealed class TakenDeliveries(Dictionary<string, DateTimeOffset> until)
{
    private const int Max = 10_000;

    /// <summary>Remembers a delivery. True: it is a new one; false: it was there; null: there are too many.</summary>
    public bool? Add(string id, DateTimeOffset now, TimeSpan window)
    {
        lock (until)
        {
            if (until.TryGetValue(id, out var end) && end > now)
            {
                return false;
            }

            if (until.Count >= Max)
            {
                foreach (var old in until.Where(entry => entry.Value <= now).Select(entry => entry.Key).ToArray())
                {
                    until.Remove(old);
                }
            }

            if (until.Count >= Max)
            {
                return null;
            }

            // A clock that runs ahead by the window may come back with it for twice as long.
            until[id] = now + (2 * window);
            return true;
        }
    }
}
