namespace Sockeye.Plugin.Auth.Live;

/// <summary>The other nodes that run this plugin, by what was heard of them. All members may be called from any thread.</summary>
/// <remarks>A node that goes says so; one that is silent is <b>lost</b> after <see cref="LostAfter"/>, and forgotten after <see cref="ForgottenAfter"/>. Whoever has lost all of them at once is more likely
/// to be cut off himself than to be the last one left.</remarks>
/// <param name="time">The clock.</param>
internal sealed class Peers(TimeProvider time)
{
    /// <summary>Nodes at most: 256 (own), so that whoever may publish on the bus cannot fill memory with made-up ones.</summary>
    public const int Max = 256;

    /// <summary>From one sign of life to the next: 4 s (own).</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(4);

    /// <summary>Silence after which a node is lost: three signs of life.</summary>
    public static readonly TimeSpan LostAfter = Beat * 3;

    /// <summary>Silence after which a node is forgotten: 60 s (own).</summary>
    public static readonly TimeSpan ForgottenAfter = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _heard = new(StringComparer.Ordinal);

    /// <summary>Something came from a node.</summary>
    /// <param name="node">The node.</param>
    /// <returns>False: there are too many.</returns>
    public bool Heard(string node)
    {
        lock (_lock)
        {
            if (_heard.Count >= Max && !_heard.ContainsKey(node))
            {
                return false;
            }

            _heard[node] = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>A node has said that it goes.</summary>
    /// <param name="node">The node.</param>
    public void Left(string node)
    {
        lock (_lock)
        {
            _heard.Remove(node);
        }
    }

    /// <summary>How many there are, and how many of them are lost. Forgets those that have been silent for too long.</summary>
    public (int Alive, int Lost) Count()
    {
        lock (_lock)
        {
            var lost = 0;
            foreach (var (node, at) in _heard)
            {
                var silence = time.GetElapsedTime(at);
                if (silence >= ForgottenAfter)
                {
                    _heard.Remove(node);
                }
                else if (silence >= LostAfter)
                {
                    lost++;
                }
            }

            return (_heard.Count - lost, lost);
        }
    }

    /// <summary>Those that are there.</summary>
    public IReadOnlyList<string> Alive()
    {
        lock (_lock)
        {
            return [.. _heard.Where(pair => time.GetElapsedTime(pair.Value) < LostAfter).Select(static pair => pair.Key)];
        }
    }
}
