namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Compiled permissions by their list, so that a thousand clients of one role share one object. May be called from any thread.</summary>
/// <remarks><b>Memory.</b> Two halves: when the newer one is full, the older one is forgotten, so that lists of one client each (a permission with its own name in it) cost no more than <see cref="Half"/> of them twice.</remarks>
internal sealed class CompiledRules
{
    /// <summary>Lists in each half: 512 (own).</summary>
    public const int Half = 512;

    /// <summary>A longer list is compiled anew each time: 65,536 characters (own), so that the memory has a bound.</summary>
    public const int MaxKeptLength = 65_536;

    private readonly Lock _lock = new();
    private Dictionary<string, AccessRules> _newer = new(StringComparer.Ordinal);
    private Dictionary<string, AccessRules> _older = new(StringComparer.Ordinal);

    /// <summary>The rules of a list.</summary>
    /// <param name="permissions">The list.</param>
    /// <exception cref="FormatException">One is malformed.</exception>
    public AccessRules Get(IReadOnlyList<string> permissions)
    {
        // No permission is empty or has a line break in it, so that two lists never have one key; whoever says otherwise is told so.
        if (permissions.Any(static permission => permission.Length == 0 || permission.Contains('\n', StringComparison.Ordinal)))
        {
            return AccessRules.Parse(permissions);
        }

        var key = string.Join('\n', permissions);
        lock (_lock)
        {
            if (_newer.TryGetValue(key, out var known))
            {
                return known;
            }

            if (_older.TryGetValue(key, out known))
            {
                Keep(key, known);
                return known;
            }
        }

        var made = AccessRules.Parse(permissions);
        if (key.Length <= MaxKeptLength)
        {
            lock (_lock)
            {
                Keep(key, made);
            }
        }

        return made;
    }

    private void Keep(string key, AccessRules rules)
    {
        if (_newer.Count >= Half)
        {
            _older = _newer;
            _newer = new Dictionary<string, AccessRules>(StringComparer.Ordinal);
        }

        _newer[key] = rules;
    }
}
