namespace Sockeye.Abstractions.Sockets;

/// <summary>The servers of a cluster that did not answer one request, each once. Guarded by its owner; takes nothing while all answer.</summary>
internal sealed class MissingNodeList
{
    private List<string>? _nodes;

    public void Add(string node)
    {
        _nodes ??= [];
        if (!_nodes.Contains(node))
        {
            _nodes.Add(node);
        }
    }

    public void Add(IReadOnlyList<string> nodes)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            Add(nodes[i]);
        }
    }

    public IReadOnlyList<string> ToList() => _nodes?.ToArray() ?? [];
}
