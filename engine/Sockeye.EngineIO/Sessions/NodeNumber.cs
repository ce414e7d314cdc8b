namespace Sockeye.EngineIO.Sessions;

/// <summary>The number that a server puts into the ids of its sessions, and the one before it while sessions have that.</summary>
/// <remarks>Any thread; it changes one call after the other. Lives as long as its server.</remarks>
internal sealed class NodeNumber(int first)
{
    private volatile int _current = first;
    private volatile int _former = -1;

    public int Current => _current;

    /// <summary>Whether sessions here may have it.</summary>
    public bool Has(int node) => node == _current || node == _former;

    public void Become(int node)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(node);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(node, 1 << 24);
        (_former, _current) = (_current, node);
    }

    /// <summary>No session has the one before any more.</summary>
    public void Forget() => _former = -1;
}
