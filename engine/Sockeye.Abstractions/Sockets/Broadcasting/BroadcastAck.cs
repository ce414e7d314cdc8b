namespace Sockeye;

/// <summary>The acknowledgements of a broadcast: what came, and who did not answer.</summary>
/// <typeparam name="T">The type of their first argument.</typeparam>
public sealed class BroadcastAck<T>
{
    internal BroadcastAck(IReadOnlyList<AckFrom<T>> answers, IReadOnlyList<string> missing, IReadOnlyList<string> missingNodes, bool isPartial)
    {
        Answers = answers;
        Missing = missing;
        MissingNodes = missingNodes;
        IsComplete = !isPartial && missing.Count == 0 && missingNodes.Count == 0;
    }

    /// <summary>The answers, in the order in which they came.</summary>
    public IReadOnlyList<AckFrom<T>> Answers { get; }

    /// <summary>Ids of the sockets that did not answer in time, went away, could not be sent to, or answered with another type.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Names of the servers of the cluster that did not answer in time: which sockets they have is not known. Empty without a cluster.</summary>
    public IReadOnlyList<string> MissingNodes { get; }

    /// <summary>Whether every socket and every server answered. Also false if an event loop had too much waiting to take the broadcast, whose sockets are then not even listed as missing.</summary>
    public bool IsComplete { get; }
}

/// <summary>One acknowledgement of a broadcast.</summary>
/// <typeparam name="T">The type of its first argument.</typeparam>
/// <param name="SocketId">Whose it is.</param>
/// <param name="Value">Its first argument.</param>
public readonly record struct AckFrom<T>(string SocketId, T? Value);
