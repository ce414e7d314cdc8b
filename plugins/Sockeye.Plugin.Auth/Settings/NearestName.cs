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

        var best = known.Select(name => (Name: name, Distance: EditDistance.Of(written, name))).OrderBy(static near => near.Distance).FirstOrDefault();
        return best.Name is { } found && best.Distance <= Math.Max(2, found.Length / 3) && best.Distance < found.Length ? found : null;
    }
}
