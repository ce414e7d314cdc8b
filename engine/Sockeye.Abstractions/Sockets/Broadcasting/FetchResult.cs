using System.Collections;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>The sockets that were fetched, and which servers of a cluster did not say theirs. Of a single server it is always complete.</summary>
public sealed class FetchResult : IReadOnlyList<RemoteSocket>
{
    private readonly IReadOnlyList<RemoteSocket> _sockets;

    internal FetchResult(IReadOnlyList<RemoteSocket> sockets, IReadOnlyList<string> missingNodes)
    {
        _sockets = sockets;
        MissingNodes = missingNodes;
    }

    /// <summary>Names of the servers whose sockets are not among these, since they did not answer in time. Empty without a cluster.</summary>
    public IReadOnlyList<string> MissingNodes { get; }

    /// <summary>Whether every server answered.</summary>
    public bool IsComplete => MissingNodes.Count == 0;

    /// <summary>How many there are.</summary>
    public int Count => _sockets.Count;

    /// <summary>One of them, in no order that means anything.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public RemoteSocket this[int index] => _sockets[index];

    /// <summary>The results of several namespaces as one.</summary>
    internal static async Task<FetchResult> MergeAsync(Task<FetchResult>[] parts)
    {
        List<RemoteSocket> sockets = [];
        var missing = new MissingNodeList();
        foreach (var part in await Task.WhenAll(parts).ConfigureAwait(false))
        {
            sockets.AddRange(part._sockets);
            missing.Add(part.MissingNodes);
        }

        return new FetchResult(sockets, missing.ToList());
    }

    /// <inheritdoc />
    public IEnumerator<RemoteSocket> GetEnumerator() => _sockets.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
