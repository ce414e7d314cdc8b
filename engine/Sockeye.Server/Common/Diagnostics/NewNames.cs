namespace Sockeye.Server.Common;

/// <summary>Names that clients have made up and of which each is told once, as many as fit.</summary>
/// <remarks>It owns the names, which come cut. Any thread. Lives as long as the log. At most <see cref="Max"/> names; all others count as known.</remarks>
internal sealed class NewNames
{
    /// <summary>Names that are told (own: more than anybody mistypes).</summary>
    public const int Max = 64;

    private readonly Lock _lock = new();
    private readonly HashSet<(string, string)> _names = [];

    /// <summary>Whether a name comes for the first time and is to be told.</summary>
    public bool IsNew(string nsp, string name)
    {
        lock (_lock)
        {
            return _names.Count < Max && _names.Add((nsp, name));
        }
    }
}
