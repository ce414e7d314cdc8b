namespace Sockeye.Server.Common;

/// <summary>Finds the name that somebody may have meant.</summary>
internal static class NearName
{
    /// <summary>Names that are looked at, and characters of each: who has more gets no hint (own).</summary>
    private const int MaxNames = 256;

    private const int MaxLength = 64;

    /// <summary>The nearest name, if at most a third of its letters differ, whatever their case; null: none is near.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        if (name.Length > MaxLength)
        {
            return null;
        }

        string? nearest = null;
        var least = Math.Max(1, name.Length / 3) + 1;
        foreach (var candidate in known.Take(MaxNames))
        {
            if (candidate.Length <= MaxLength && EditDistance.Of(name, candidate) is var distance && distance < least)
            {
                least = distance;
                nearest = candidate;
            }
        }

        return nearest;
    }
}
