namespace Sockeye.Plugin.Auth.Settings;

/// <summary>What somebody may have meant who wrote a name that does not exist. Any thread.</summary>
internal static class NearestName
{
    /// <summary>Characters that are compared at most: 64 (own).</summary>
    private const int MaxLength = 64;

    /// <summary>The name that a few letters make of what was written; null: none is near.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="known">The names that there are.</param>
    public static string? Of(string written, IEnumerable<string> known)
    {
        if (written.Length > MaxLength)
        {
            return null;
        }

        var best = known.Select(name => (Name: name, Distance: Distance(written, name))).OrderBy(static near => near.Distance).FirstOrDefault();
        return best.Name is { } found && best.Distance <= Math.Max(2, found.Length / 3) && best.Distance < found.Length ? found : null;
    }

    /// <summary>The number of letters to change, add or leave out, case aside.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                var change = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + change);
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
